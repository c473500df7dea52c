"""How a client gets its UserInfo, as it is registered: JSON, signed, encrypted, or both (OpenID Connect Core 5.3.2)."""

from collections.abc import Mapping
from typing import Any

import orjson

from idp.domain.client import Client
from idp.oidc.client_encryption import ClientEncryption
from idp.oidc.jws import Minter


class UserInfoAnswers:
    """Words the answer of the UserInfo endpoint."""

    def __init__(self, issuer: str, minter: Minter, encryption: ClientEncryption) -> None:
        self._issuer = issuer
        self._minter = minter
        self._encryption = encryption

    def jwt(self, claims: Mapping[str, Any], client: Client) -> str | None:
        """The claims as a JWT, with ``iss`` and ``aud`` where they are signed; None for a client that takes JSON.

        Raises ClientKeyMissingError, TemporarilyUnavailableError where there is no key to encrypt with.
        """
        signed = None
        if client.userinfo_alg is not None:
            whole = {**claims, "iss": self._issuer, "aud": client.client_id}
            signed = self._minter.mint(whole, client.userinfo_alg)
        if client.userinfo_encryption is None:
            return signed
        if signed is None:
            return self._encryption.seal(orjson.dumps(claims), client, client.userinfo_encryption)
        return self._encryption.nested(signed, client, client.userinfo_encryption)
