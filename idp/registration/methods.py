"""One model for each way a client may authenticate (RFC 7591 section 2): what it must declare for that."""

import hashlib
import ipaddress
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, Field, TypeAdapter, model_validator

from idp.domain.client import TlsIdentity
from idp.registration.declared import Declared
from idp.registration.distinguished_names import distinguished_name
from idp.registration.words import AsymmetricAlg, Reference, SecretDigest

MIN_SECRET = 32  # bytes: a digest of fewer random ones could be searched
TLS_NAMES = (
    "tls_client_auth_subject_dn",
    "tls_client_auth_san_dns",
    "tls_client_auth_san_uri",
    "tls_client_auth_san_ip",
    "tls_client_auth_san_email",
)


class _WithSecret(Declared):
    """A client with a secret, declared by digest only; two while rotating."""

    client_secret_digests: tuple[SecretDigest, ...] = Field(
        max_length=2,
        description="sha256:<hex> of secrets of at least 32 random bytes",
        json_schema_extra={"minItems": 1},
    )

    def secrets(self, by_reference: Mapping[str, str]) -> Mapping[str, Any]:
        """The declared digests."""
        del by_reference
        found = (bytes.fromhex(text.removeprefix("sha256:")) for text in self.client_secret_digests)
        return {"secret_digests": tuple(found)}

    @model_validator(mode="after")
    def _real_secrets(self) -> Self:
        if not self.client_secret_digests:
            raise ValueError("client_secret_digests: at least one is required")
        trivial = {hashlib.sha256(text).digest() for text in (b"", b"secret", b"changeme", b"password", b"example")}
        if trivial & set(self.secrets({})["secret_digests"]):
            raise ValueError("client_secret_digests: an example secret")
        return self


class BasicClient(_WithSecret):
    """Authenticates by HTTP Basic (RFC 6749 section 2.3.1)."""

    token_endpoint_auth_method: Literal["client_secret_basic"]


class PostClient(_WithSecret):
    """Authenticates by form parameters (RFC 6749 section 2.3.1)."""

    token_endpoint_auth_method: Literal["client_secret_post"]


class SecretJwtClient(Declared):
    """Authenticates by an assertion under its secret (OpenID Connect Core 9): we must know the secret itself."""

    token_endpoint_auth_method: Literal["client_secret_jwt"]
    token_endpoint_auth_signing_alg: Literal["HS256"] = "HS256"  # noqa: S105  an algorithm
    client_secret_refs: tuple[Reference, ...] = Field(
        max_length=2,
        description="names of secrets of at least 32 bytes, in IDP_CLIENT_SECRETS__<NAME>; two while rotating",
        json_schema_extra={"minItems": 1},
    )

    def secrets(self, by_reference: Mapping[str, str]) -> Mapping[str, Any]:
        """The secrets themselves. Raises KeyError for a name without one, ValueError for a short one."""
        found = tuple(by_reference[name].encode() for name in self.client_secret_refs)
        if any(len(secret) < MIN_SECRET for secret in found):
            raise ValueError(f"client_secret_refs: a secret is shorter than {MIN_SECRET} bytes")
        return {"hmac_secrets": found, "secret_digests": tuple(hashlib.sha256(secret).digest() for secret in found)}

    @model_validator(mode="after")
    def _some_secret(self) -> Self:
        if not self.client_secret_refs:
            raise ValueError("client_secret_refs: at least one is required")
        return self


class PublicClient(Declared):
    """A client that cannot keep a secret: PKCE alone (RFC 8252)."""

    token_endpoint_auth_method: Literal["none"]


class _WithKeys(Declared):
    """A client that authenticates by a key whose public half we know."""

    @model_validator(mode="after")
    def _some_keys(self) -> Self:
        if not self.keys:
            raise ValueError("jwks: jwks or jwks_uri is required")
        return self


class KeyClient(_WithKeys):
    """Authenticates by an assertion under its private key (RFC 7523, OpenID Connect Core 9)."""

    token_endpoint_auth_method: Literal["private_key_jwt"]
    token_endpoint_auth_signing_alg: AsymmetricAlg | None = Field(None, description="the one algorithm it uses")


class SelfSignedTlsClient(_WithKeys):
    """Authenticates by a certificate of its own, whose key is among its keys (RFC 8705 section 2.2)."""

    token_endpoint_auth_method: Literal["self_signed_tls_client_auth"]


def _ip(text: str) -> str:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        raise ValueError("must be an IP address") from None
    return text


class TlsClient(Declared):
    """Authenticates by a certificate of an authority that the proxy trusts (RFC 8705 section 2.1)."""

    token_endpoint_auth_method: Literal["tls_client_auth"]
    tls_client_auth_subject_dn: Annotated[str, AfterValidator(distinguished_name)] | None = Field(
        None, max_length=500, description="RFC 4514"
    )
    tls_client_auth_san_dns: str | None = Field(None, max_length=253)
    tls_client_auth_san_uri: str | None = Field(None, max_length=500)
    tls_client_auth_san_ip: Annotated[str, AfterValidator(_ip)] | None = Field(None, max_length=45)
    tls_client_auth_san_email: str | None = Field(None, max_length=254)

    @model_validator(mode="after")
    def _one_identity(self) -> Self:
        if len(self._identities()) != 1:
            raise ValueError("tls_client_auth_*: exactly one is required (RFC 8705 section 2.1.2)")
        return self

    def _identities(self) -> list[TlsIdentity]:
        return [TlsIdentity(name, value) for name in TLS_NAMES if (value := getattr(self, name)) is not None]

    def _tls_identity(self) -> TlsIdentity | None:
        return self._identities()[0]


ANY_CLIENT = BasicClient | PostClient | PublicClient | SecretJwtClient | KeyClient | TlsClient | SelfSignedTlsClient
AnyClient = Annotated[ANY_CLIENT, Field(discriminator="token_endpoint_auth_method")]
ONE: Final[TypeAdapter[ANY_CLIENT]] = TypeAdapter(AnyClient)
