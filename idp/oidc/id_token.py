"""ID tokens (OpenID Connect Core 2): what happened, never what was asked for."""

import hashlib
from collections.abc import Sequence
from typing import Any

from idp.domain.assurance import Level
from idp.domain.claims_request import Sealed
from idp.domain.client import Client, GrantType, SigningAlg
from idp.domain.ports import FieldCipher, Grant
from idp.oidc import person_hints
from idp.oidc.client_encryption import ClientEncryption
from idp.oidc.jws import Minter, b64
from idp.oidc.sealed_claims import by_name, opened


class IdTokens:
    """Mints ID tokens for grants."""

    def __init__(
        self, issuer: str, minter: Minter, cipher: FieldCipher, encryption: ClientEncryption, *, life: int
    ) -> None:
        self._issuer = issuer
        self._minter = minter
        self._cipher = cipher
        self._encryption = encryption
        self._life = life

    def mint(self, grant: Grant, client: Client, access_token: str, *, now: float, first: bool) -> str:
        """The ID token of a grant. A refreshed one keeps everything but times and has no nonce (Core 12.2).

        ``acr`` states the level really reached and ``amr`` what was really done; both are the session's. Where the
        client named essential ``acr`` values, it is the highest of them that was reached (Core 5.5.1.1). The sealed
        claims are opened only when some were asked for by name: the hot path opens nothing.
        """
        sealed = opened(grant, self._cipher, now) if grant.asked else {}
        claims: dict[str, Any] = {
            **by_name(sealed, Sealed.ID_TOKEN, grant, client),
            "iss": self._issuer,
            "sub": grant.sub,
            "aud": client.client_id,
            "iat": int(now),
            "exp": int(now) + self._life,
            "auth_time": int(grant.auth_time),
            "acr": _stated(grant.level, sealed.get(Sealed.ACR, ())).acr,
            "amr": grant.amr,
            "sid": grant.sid,
            "at_hash": at_hash(access_token, client.id_token_alg),
        }
        if first and grant.nonce is not None:
            claims["nonce"] = grant.nonce
        if GrantType.CIBA in client.grant_types:
            claims[person_hints.CLAIM] = person_hints.sealed(self._cipher, grant.citizen_id, client.client_id)
        signed = self._minter.mint(claims, client.id_token_alg)
        if client.id_token_encryption is None:
            return signed
        return self._encryption.nested(signed, client, client.id_token_encryption)


def _stated(reached: int, essential: Sequence[int]) -> Level:
    return Level(max((level for level in essential if level <= reached), default=reached))


def at_hash(access_token: str, alg: str) -> str:
    """Left half of the hash that ``alg`` signs with, base64url (Core 3.1.3.6): SHA-512 for Ed25519, else SHA-256."""
    digest = (hashlib.sha512 if alg == SigningAlg.EDDSA else hashlib.sha256)(access_token.encode("ascii")).digest()
    return b64(digest[: len(digest) // 2]).decode("ascii")
