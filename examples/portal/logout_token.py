"""Who may end a session from outside: the check of a logout token (Back-Channel Logout 1.0 section 2.6).

The client library checks signature, issuer, audience, algorithm, ``events``, the absence of ``nonce`` and the presence
of ``sub`` or ``sid``. It leaves four things to us, each of which is an attack: another kind of JWT of the same issuer
(``typ``), an old token (``exp``, ``iat``), one without end, and the same one twice (``jti``).
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptojwt.jws.jws import factory
from cryptojwt.key_jar import KeyJar
from idpyoidc.message.oidc.session import BackChannelLogoutRequest

from examples.portal.relying_party import SignInFailed

TYPE = "logout+jwt"
SKEW = 60.0  # seconds two clocks may differ
OLDEST = 300.0  # seconds after which a token is stale, whatever its exp says
LONGEST = 16_384  # characters


class LogoutRefused(Exception):
    """The token ends nothing; the text says which check failed and holds nothing of the token."""


@dataclass(frozen=True, slots=True)
class Ended:
    """Whose session is over: ``sid`` one session, ``sub`` alone all of the person's."""

    sub: str | None
    sid: str | None


class LogoutTokens:
    """Checks logout tokens for one client. Remembers every ``jti`` until its token would be refused as old."""

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

    def verify(self, unverified_token: str) -> Ended:
        """Whom the token ends. Raises LogoutRefused."""
        if len(unverified_token) > LONGEST:
            raise LogoutRefused("too long")
        self._check_header(unverified_token)
        self._check_signature(unverified_token)
        claims = _claims(unverified_token)
        self._check_times(claims)
        self._take_once(claims)
        return Ended(sub=claims.get("sub"), sid=claims.get("sid"))

    def _check_header(self, unverified_token: str) -> None:
        # Before any key is looked at: `none`, HS256 with a public key, and ID tokens posing as logout tokens.
        try:
            signed = factory(unverified_token)
        except Exception as error:  # whatever the library throws at untrusted text is a refusal
            raise LogoutRefused("not a signed JWT") from error
        if not signed:
            raise LogoutRefused("not a signed JWT")
        headers: Mapping[str, Any] = signed.jwt.headers
        if headers.get("alg") != self._alg:
            raise LogoutRefused("alg")
        if str(headers.get("typ", "")).lower().removeprefix("application/") != TYPE:
            raise LogoutRefused("typ")

    def _check_signature(self, unverified_token: str) -> None:
        request = BackChannelLogoutRequest(logout_token=unverified_token)
        try:
            request.verify(
                keyjar=self._keys(),
                iss=self._issuer,
                aud=self._client_id,
                allowed_sign_alg=self._alg,
                skew=SKEW,
            )
        except SignInFailed:  # no keys to be had: not the token's fault
            raise
        except Exception as error:  # the library has forty kinds of them; each is a refusal
            raise LogoutRefused(type(error).__name__) from error

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        now, issued, ends = self._clock(), claims.get("iat"), claims.get("exp")
        if not isinstance(ends, int | float) or ends + SKEW < now:
            raise LogoutRefused("exp")
        if not isinstance(issued, int | float) or not now - OLDEST <= issued <= now + SKEW:
            raise LogoutRefused("iat")

    def _take_once(self, claims: Mapping[str, Any]) -> None:
        now, jti = self._clock(), str(claims["jti"])
        with self._lock:
            self._seen = {seen: until for seen, until in self._seen.items() if until > now}
            if jti in self._seen:
                raise LogoutRefused("jti")
            self._seen[jti] = now + OLDEST + 2 * SKEW


def _claims(token: str) -> dict[str, Any]:
    """Claims of a token whose signature was checked, as signed: the library's own message drops what is empty."""
    claims: dict[str, Any] = factory(token).jwt.payload()
    named = {name: claims[name] for name in ("sub", "sid", "jti") if name in claims}
    if any(not isinstance(value, str) or not value for value in named.values()):
        raise LogoutRefused("empty claim")
    return claims
