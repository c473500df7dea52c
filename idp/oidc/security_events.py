"""Security event tokens (RFC 8417) for what happened to an account, as the Shared Signals final texts want them.

Typed ``secevent+jwt``; never ``exp``, ``sub`` or ``nonce``, so that none can pass for an ID token (RFC 8417 section
4.5, Shared Signals Framework 1.0). The subject is ``sub_id`` in the form ``iss_sub`` (RFC 9493 section 3.2.4) with the
client's own pairwise ``sub``. No ``txn``: the same value at two clients would let them link their subjects.

Event types: CAEP 1.0 and RISC 1.0 where one fits. RISC ``identifier-changed`` does not (its subject must be an e-mail
address or a telephone number): joined and parted subjects have types of our own. So has the end of an authority to act
for an organisation, which neither knows.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from idp.domain.assurance import ACR_PREFIX, level_of_acr
from idp.domain.client import Client
from idp.domain.ports import Clock, SecurityEvent, SecurityEventKind
from idp.oidc.jws import Minter

TYPE: Final = "secevent+jwt"
SSF: Final = "https://schemas.openid.net/secevent/ssf/event-type/"
CAEP: Final = "https://schemas.openid.net/secevent/caep/event-type/"
RISC: Final = "https://schemas.openid.net/secevent/risc/event-type/"
OWN: Final = "urn:yihaotong:secevent:"

EVENT_TYPES: Final[Mapping[SecurityEventKind, str]] = {
    SecurityEventKind.LEVEL_CHANGED: f"{CAEP}assurance-level-change",
    SecurityEventKind.SESSIONS_REVOKED: f"{CAEP}session-revoked",
    SecurityEventKind.ACCOUNT_DISABLED: f"{RISC}account-disabled",
    SecurityEventKind.ACCOUNT_ENABLED: f"{RISC}account-enabled",
    SecurityEventKind.ACCOUNT_PURGED: f"{RISC}account-purged",
    SecurityEventKind.CREDENTIAL_CHANGED: f"{CAEP}credential-change",
    SecurityEventKind.CREDENTIAL_COMPROMISED: f"{RISC}credential-compromise",
    SecurityEventKind.SUBJECTS_JOINED: f"{OWN}subjects-joined",
    SecurityEventKind.SUBJECTS_PARTED: f"{OWN}subjects-parted",
    SecurityEventKind.MANDATE_REVOKED: f"{OWN}mandate-revoked",
    SecurityEventKind.STREAM_VERIFIED: f"{SSF}verification",
}

Payload = Callable[[SecurityEvent, str], dict[str, Any]]


class SecurityEventTokens:
    """Mints the token that tells one relying party of one event."""

    def __init__(self, issuer: str, minter: Minter, clock: Clock) -> None:
        self._issuer = issuer
        self._minter = minter
        self._clock = clock

    def mint(self, client: Client, event: SecurityEvent) -> str:
        """A signed token by the client's own ID token algorithm. ``jti`` is the event's id: the same at every try."""
        claims = {
            "iss": self._issuer,
            "aud": client.client_id,
            "iat": int(self._clock.now()),
            "jti": event.id,
            "sub_id": _about(event, self._issuer),
            "events": {EVENT_TYPES[event.kind]: PAYLOADS[event.kind](event, self._issuer)},
        }
        return self._minter.mint(claims, client.id_token_alg, typ=TYPE)


def _about(event: SecurityEvent, issuer: str) -> dict[str, str]:
    """The citizen; or the stream itself, ``opaque`` (RFC 9493 section 3.2.7, Shared Signals Framework 1.0, 8.1.4.1)."""
    if event.kind is SecurityEventKind.STREAM_VERIFIED:
        return {"format": "opaque", "id": event.sub}
    return subject_id(issuer, event.sub)


def subject_id(issuer: str, sub: str) -> dict[str, str]:
    """A subject identifier of the format ``iss_sub`` (RFC 9493 section 3.2.4)."""
    return {"format": "iss_sub", "iss": issuer, "sub": sub}


def _level_changed(event: SecurityEvent, _issuer: str) -> dict[str, Any]:
    """CAEP assurance-level-change; the namespace is ours, its values are those of ``acr``."""
    previous, current = level_of_acr(event.detail["previous"]), level_of_acr(event.detail["current"])
    if previous is None or current is None:
        raise ValueError("an event names a level that does not exist")
    return {
        "namespace": ACR_PREFIX.rstrip(":"),
        "previous_level": previous.acr,
        "current_level": current.acr,
        "change_direction": "increase" if current > previous else "decrease",
        **_moment(event, _issuer),
    }


def _subjects(event: SecurityEvent, issuer: str) -> dict[str, Any]:
    return {"alias": subject_id(issuer, event.detail["alias"]), **_moment(event, issuer)}


def _changed(event: SecurityEvent, issuer: str) -> dict[str, Any]:
    """CAEP 1.0 section 3.3."""
    words = {"credential_type": event.detail["credential"], "change_type": event.detail["change"]}
    return {**words, **_moment(event, issuer)}


def _compromised(event: SecurityEvent, issuer: str) -> dict[str, Any]:
    """RISC 1.0 section 2.7; ``credential_type`` in the words of CAEP."""
    return {"credential_type": event.detail["credential"], **_moment(event, issuer)}


def _verified(event: SecurityEvent, _issuer: str) -> dict[str, Any]:
    """What the client said when it asked, if anything."""
    return dict(event.detail)


def _moment(event: SecurityEvent, _issuer: str) -> dict[str, Any]:
    """When it happened (CAEP 1.0 section 2): ``iat`` is of the try and may be days later."""
    return {"event_timestamp": int(event.at)}


def _nothing(_event: SecurityEvent, _issuer: str) -> dict[str, Any]:
    """RISC knows no time of the event, and a reason is nobody's business."""
    return {}


PAYLOADS: Final[Mapping[SecurityEventKind, Payload]] = {
    SecurityEventKind.LEVEL_CHANGED: _level_changed,
    SecurityEventKind.SESSIONS_REVOKED: _moment,
    SecurityEventKind.ACCOUNT_DISABLED: _nothing,
    SecurityEventKind.ACCOUNT_ENABLED: _nothing,
    SecurityEventKind.ACCOUNT_PURGED: _nothing,
    SecurityEventKind.CREDENTIAL_CHANGED: _changed,
    SecurityEventKind.CREDENTIAL_COMPROMISED: _compromised,
    SecurityEventKind.SUBJECTS_JOINED: _subjects,
    SecurityEventKind.SUBJECTS_PARTED: _subjects,
    SecurityEventKind.MANDATE_REVOKED: _moment,
    SecurityEventKind.STREAM_VERIFIED: _verified,
}
