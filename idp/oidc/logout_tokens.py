"""Logout tokens (OpenID Connect Back-Channel Logout 1.0, section 2.4)."""

from idp.domain.client import Client
from idp.domain.ports import Clock, Randomness
from idp.oidc.jws import Minter

LIFE = 120
EVENT = "http://schemas.openid.net/event/backchannel-logout"


class LogoutTokens:
    """Mints the token that tells one relying party of one ended session: sub and sid, two minutes, never a nonce."""

    def __init__(self, issuer: str, minter: Minter, clock: Clock, randomness: Randomness) -> None:
        self._issuer = issuer
        self._minter = minter
        self._clock = clock
        self._randomness = randomness

    def mint(self, client: Client, sub: str, sid: str) -> str:
        """A signed logout token, typ ``logout+jwt``, by the client's own ID token algorithm."""
        now = int(self._clock.now())
        claims = {
            "iss": self._issuer,
            "aud": client.client_id,
            "iat": now,
            "exp": now + LIFE,
            "jti": self._randomness.hex(16),
            "events": {EVENT: {}},
            "sub": sub,
            "sid": sid,
        }
        return self._minter.mint(claims, client.id_token_alg, typ="logout+jwt")
