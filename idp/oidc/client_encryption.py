"""Answers that only their client can read: ID tokens and UserInfo as JWE (RFC 7516, OpenID Connect Core 10.2).

Signed first, encrypted then (Core 16.14): what a client decrypts is a JWT that it must still verify. Algorithms are the
registered ones and the key is the client's own; nothing of a request chooses them.
"""

from functools import lru_cache
from typing import Any

from joserfc.jwe import JWERegistry, encrypt_compact

from idp.domain.client import Client, Encryption
from idp.oidc.client_jwks import ClientJwks, KeysUnavailable, NoKey
from idp.oidc.errors import ClientKeyMissingError, TemporarilyUnavailableError


class ClientEncryption:
    """Encrypts for clients."""

    def __init__(self, jwks: ClientJwks) -> None:
        self._jwks = jwks

    def check(self, client: Client) -> None:
        """Whether its ID tokens can be encrypted: to be known before a code is given that could not be redeemed.

        Raises ClientKeyMissingError, TemporarilyUnavailableError; nothing for a client that does not ask for it.
        """
        if client.id_token_encryption is not None:
            self._key(client, client.id_token_encryption)

    def nested(self, jwt: str, client: Client, encryption: Encryption) -> str:
        """A signed JWT inside a JWE (RFC 7519 section 11.2). Raises as :meth:`check`."""
        return self.seal(jwt.encode("ascii"), client, encryption, content_type="JWT")

    def seal(self, content: bytes, client: Client, encryption: Encryption, *, content_type: str | None = None) -> str:
        """A compact JWE to the client's first key that fits. Raises as :meth:`check`."""
        key = self._key(client, encryption)
        header: dict[str, str] = {"alg": encryption.alg.value, "enc": encryption.enc.value}
        if key.kid is not None:
            header["kid"] = key.kid
        if content_type is not None:
            header["cty"] = content_type
        return encrypt_compact(header, content, key, registry=_registry(header["alg"], header["enc"]))

    def _key(self, client: Client, encryption: Encryption) -> Any:
        try:
            return self._jwks.encryption_key(client, encryption.alg.value)
        except KeysUnavailable as error:
            raise TemporarilyUnavailableError(description=error.reason) from None
        except NoKey:
            raise ClientKeyMissingError(
                description="The client has no key to encrypt for it by its registered algorithm: jwks, jwks_uri."
            ) from None


@lru_cache(maxsize=32)
def _registry(alg: str, enc: str) -> JWERegistry:
    """Exactly these two algorithms."""
    return JWERegistry(algorithms=[alg, enc])
