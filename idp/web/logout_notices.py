"""Telling relying parties that a session ended: back-channel logout (OpenID Connect Back-Channel Logout 1.0, 2.5).

A notice is kept before anything is sent and goes out at once from another thread: a slow or dead receiver does not hold
up the citizen's sign-out, and one that is down is told when it is back, whatever becomes of this worker. When the
database is away, notices are parked beside the sessions (which ended there a moment ago) until it is back.
"""

from collections.abc import Sequence

import structlog

from idp.domain.client import Clients
from idp.domain.errors import StoreUnavailable
from idp.domain.ports import (
    Clock,
    EndedSession,
    ParkedEvents,
    Randomness,
    SecurityEvent,
    SecurityEventKind,
    SecurityEvents,
)
from idp.web.event_delivery import EventDelivery

log = structlog.get_logger(__name__)


class LogoutNotices:
    """Keeps what ended sessions mean for relying parties, and wakes the delivery."""

    def __init__(
        self,
        *,
        clients: Clients,
        events: SecurityEvents,
        parked: ParkedEvents,
        delivery: EventDelivery,
        clock: Clock,
        randomness: Randomness,
    ) -> None:
        self._clients = clients
        self._events = events
        self._parked = parked
        self._delivery = delivery
        self._clock = clock
        self._randomness = randomness

    def send(self, ended: EndedSession) -> int:
        """Tell every relying party of the session that asked to be told; returns at once. How many will be told.

        The session is over by now: a database that is away must not tell the citizen otherwise.
        """
        notices = [
            self._notice(ended.citizen_id, client_id, sub, sid)
            for client_id, sub, sid in ended.relying_parties
            if (client := self._clients.get(client_id)) is not None and client.backchannel_logout_uri is not None
        ]
        if not notices:
            return 0
        if not self._keep(notices):
            return 0
        self._delivery.wake()
        return len(notices)

    def tick(self) -> None:
        """What housekeeping does once a second: parked notices go their way, then what is due is delivered."""
        try:
            self._parked.move(self._events)
        finally:
            self._delivery.tick()

    def close(self) -> None:
        """Let notices under way finish; the others wait in the store."""
        self._delivery.close()

    def _keep(self, notices: Sequence[SecurityEvent]) -> bool:
        told = [notice.client_id for notice in notices]
        try:
            self._events.announce(notices)
        except StoreUnavailable:
            log.warning("logout_notices_parked", clients=told)
        else:
            return True
        try:
            self._parked.park(notices)
        except StoreUnavailable:
            log.exception("logout_notices_lost", clients=told)
            return False
        return True

    def _notice(self, citizen_id: str, client_id: str, sub: str, sid: str) -> SecurityEvent:
        return SecurityEvent(
            id=self._randomness.hex(16),
            client_id=client_id,
            citizen_id=citizen_id,
            kind=SecurityEventKind.SESSION_ENDED,
            at=self._clock.now(),
            sub=sub,
            detail={"sid": sid},
        )
