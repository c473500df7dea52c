"""What the provider says about an account: the check of a security event token (RFC 8417, pushed by RFC 8935).

No client library reads these yet, so every check stands here: the type first (an ID token or a logout token of the same
issuer must not pass), then the signature by the published keys and the one algorithm that we registered, then issuer,
audience, age, the absence of what only other tokens have, and the subject. An event that came before is known by its
``jti``: it is answered like a new one and changes nothing.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cryptojwt.jws.jws import factory
from cryptojwt.key_jar import KeyJar

TYPE: Final = "secevent+jwt"
MEDIA_TYPE: Final = "application/secevent+jwt"
SKEW: Final = 60.0  # seconds two clocks may differ
OLDEST: Final = 300.0  # seconds since the token was made: what happened may be older, each try has a new token
REMEMBERED: Final = 8 * 86_400.0  # the provider tries an event for a week
MOST: Final = 100_000  # known jti; beyond this the oldest is forgotten, and its event would change nothing new
LONGEST: Final = 16_384  # characters
FOREIGN: Final = frozenset({"exp", "nonce", "sub", "at_hash"})  # claims of other tokens, never of these

CAEP: Final = "https://schemas.openid.net/secevent/caep/event-type/"
RISC: Final = "https://schemas.openid.net/secevent/risc/event-type/"
LEVEL_CHANGED: Final = f"{CAEP}assurance-level-change"
ENDS_EVERY_SESSION: Final = frozenset({f"{CAEP}session-revoked", f"{RISC}account-disabled", f"{RISC}account-purged"})


class EventRefused(Exception):
    """The token says nothing to us; ``code`` is one of RFC 8935 section 2.4."""

    def __init__(self, code: str, what: str) -> None:
        super().__init__(what)
        self.code = code


@dataclass(frozen=True, slots=True)
class Heard:
    """One event. ``known``: it came before. ``kind`` may be a type that we do not understand."""

    kind: str
    sub: str
    payload: Mapping[str, Any]
    known: bool


class SecurityEvents:
    """Checks security event tokens for one client."""

    def __init__(
        self, *, keys: Callable[[], KeyJar], issuer: str, client_id: str, alg: str, clock: Callable[[], float]
    ) -> None:
        self._keys = keys
        self._issuer = issuer
        self._client_id = client_id
        self._alg = alg
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[str, float] = {}

    def verify(self, unverified_token: str) -> Heard:
        """What happened to whom. Raises EventRefused, or SignInFailed when the provider's keys cannot be had."""
        if len(unverified_token) > LONGEST:
            raise EventRefused("invalid_request", "too long")
        self._check_header(unverified_token)
        claims = self._signed_claims(unverified_token)
        self._check(claims)
        ((kind, payload),) = claims["events"].items()
        return Heard(kind, claims["sub_id"]["sub"], payload, self._came_before(claims["jti"]))

    def _check_header(self, unverified_token: str) -> None:
        # Before any key is looked at: `none`, HS256 with a public key, and other tokens posing as events.
        try:
            headers: Mapping[str, Any] = factory(unverified_token).jwt.headers
        except Exception as error:  # whatever the library throws at untrusted text is a refusal
            raise EventRefused("invalid_request", "not a signed JWT") from error
        if headers.get("alg") != self._alg:
            raise EventRefused("invalid_key", "alg")
        if str(headers.get("typ", "")).lower().removeprefix("application/") != TYPE:
            raise EventRefused("invalid_request", "typ")

    def _signed_claims(self, unverified_token: str) -> Mapping[str, Any]:
        jar = self._keys()  # no keys to be had is not the token's fault
        signed = factory(unverified_token, alg=self._alg)
        try:
            claims: Mapping[str, Any] = signed.jwt.payload()
            if claims["iss"] == self._issuer:
                signed.verify_compact(unverified_token, jar.get_jwt_verify_keys(signed.jwt))
                return claims
        except Exception as error:  # the library has forty kinds of them; each is a refusal
            raise EventRefused("invalid_key", type(error).__name__) from error
        raise EventRefused("invalid_issuer", "iss")

    def _check(self, claims: Mapping[str, Any]) -> None:
        now, issued = self._clock(), claims.get("iat")
        audience, events = claims.get("aud"), claims.get("events")
        fresh = isinstance(issued, int | float) and now - OLDEST <= issued <= now + SKEW
        one = isinstance(events, dict) and len(events) == 1 and isinstance(next(iter(events.values())), dict)
        checks = (
            (audience not in (self._client_id, [self._client_id]), "invalid_audience", "aud"),
            (not fresh, "invalid_request", "iat"),
            (not _text(claims.get("jti")), "invalid_request", "jti"),
            (bool(FOREIGN & claims.keys()), "invalid_request", "claims of another token"),
            (not one, "invalid_request", "events"),
            (not self._is_subject(claims.get("sub_id")), "invalid_request", "sub_id"),
        )
        for wrong, code, what in checks:
            if wrong:
                raise EventRefused(code, what)

    def _is_subject(self, subject: object) -> bool:
        """A subject of the provider's, by issuer and sub (RFC 9493 section 3.2.4)."""
        if not isinstance(subject, dict) or not _text(subject.get("sub")):
            return False
        return subject.get("format") == "iss_sub" and subject.get("iss") == self._issuer

    def _came_before(self, jti: str) -> bool:
        now = self._clock()
        with self._lock:
            while self._seen and (len(self._seen) > MOST or next(iter(self._seen.values())) <= now):
                del self._seen[next(iter(self._seen))]
            known = jti in self._seen
            self._seen.setdefault(jti, now + REMEMBERED)
            return known


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value)
