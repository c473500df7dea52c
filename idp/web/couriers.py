"""How each kind of event reaches its relying party, and what the receiver's status means."""

from collections.abc import Callable, Mapping
from typing import Final

import structlog

from idp.domain.audit_words import Outcome
from idp.domain.client import Client
from idp.domain.event_stream import StreamStatus
from idp.domain.ports import SecurityEvent, SecurityEventKind
from idp.oidc.logout_tokens import LogoutTokens
from idp.oidc.security_events import EVENT_TYPES, SecurityEventTokens
from idp.web.event_delivery import Courier
from idp.web.subscriptions import Subscriptions

Post = Callable[[str, str], int]  # (address, logout token) -> HTTP status; raises OSError or a client's error
# (address, token, bearer token or None) -> HTTP status and error code of the receiver; raises like Post
Push = Callable[[str, str, str | None], tuple[int, str]]

TAKEN: Final = frozenset({200, 202, 204})
# What both specifications answer to a token that they do not want; every other status may be a fault of the moment.
REFUSED: Final = 400
# Codes that a token of tomorrow may not meet: the receiver's copy of our keys is old, or our bearer token is (RFC 8935
# section 2.4).
PASSING: Final = frozenset({"invalid_key", "authentication_failed", "access_denied"})

log = structlog.get_logger(__name__)


class LogoutCourier:
    """Back-channel logout (OpenID Connect Back-Channel Logout 1.0, 2.5 and 2.8): each try has a token of its own."""

    def __init__(self, tokens: LogoutTokens, post: Post) -> None:
        self._tokens = tokens
        self._post = post

    def carry(self, client: Client, event: SecurityEvent) -> Outcome:
        """See :class:`Courier`."""
        if client.backchannel_logout_uri is None:
            return Outcome.REFUSED
        token = self._tokens.mint(client, event.sub, event.detail["sid"])
        return _meaning(client, event, self._post(client.backchannel_logout_uri, token), "")


class PushCourier:
    """Push delivery of a security event token (RFC 8935), to clients that do not come for theirs themselves."""

    def __init__(self, tokens: SecurityEventTokens, push: Push, subscriptions: Subscriptions) -> None:
        self._tokens = tokens
        self._push = push
        self._subscriptions = subscriptions

    def carry(self, client: Client, event: SecurityEvent) -> Outcome:
        """See :class:`Courier`. Raises BearerMissing: what wants a token is never sent without one.

        What a client comes for itself (RFC 8936), or takes later, waits here like for a receiver that is down.
        """
        stream = self._subscriptions.of(client)
        if stream is None or stream.status is StreamStatus.DISABLED:
            return Outcome.REFUSED
        if stream.uri is None or stream.status is StreamStatus.PAUSED:
            return Outcome.UNAVAILABLE
        bearer = self._subscriptions.bearer(stream)
        status, code = self._push(stream.uri, self._tokens.mint(client, event), bearer)
        return _meaning(client, event, status, code)


def couriers(logout: LogoutCourier, push: PushCourier) -> Mapping[SecurityEventKind, Courier]:
    """Who carries what."""
    return {**dict.fromkeys(EVENT_TYPES, push), SecurityEventKind.SESSION_ENDED: logout}


def _meaning(client: Client, event: SecurityEvent, status: int, code: str) -> Outcome:
    if status in TAKEN:
        return Outcome.OK
    log.warning("event_refused", client_id=client.client_id, event_id=event.id, status=status, code=code)
    return Outcome.REFUSED if status == REFUSED and code not in PASSING else Outcome.UNAVAILABLE
