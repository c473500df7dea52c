"""ID tokens (OpenID Connect Core 2): what happened, never what was asked for."""

import hashlib
from typing import Any

from idp.domain.assurance import Level
from idp.domain.client import Client
from idp.domain.ports import Grant
from idp.oidc.jws import Minter, b64


class IdTokens:
    """Mints ID tokens for grants."""

    def __init__(self, issuer: str, minter: Minter, *, life: int) -> None:
        self._issuer = issuer
        self._minter = minter
        self._life = life

    def mint(self, grant: Grant, client: Client, access_token: str, *, now: float, first: bool) -> str:
        """The ID token of a grant. A refreshed one keeps everything but times and has no nonce (Core 12.2).

        ``acr`` states the level really reached and ``amr`` what was really done; both are the session's.
        """
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "sub": grant.sub,
            "aud": client.client_id,
            "iat": int(now),
            "exp": int(now) + self._life,
            "auth_time": int(grant.auth_time),
            "acr": Level(grant.level).acr,
            "amr": grant.amr,
            "sid": grant.sid,
            "at_hash": at_hash(access_token),
        }
        if first and grant.nonce is not None:
            claims["nonce"] = grant.nonce
        return self._minter.mint(claims, client.id_token_alg)


def at_hash(access_token: str) -> str:
    """Left half of SHA-256, base64url (Core 3.1.3.6; SHA-256 for RS256 and ES256 alike)."""
    return b64(hashlib.sha256(access_token.encode("ascii")).digest()[:16]).decode("ascii")
