"""What a client may be registered for: closed words and small values, each with its source.

Names are those of the IANA registry of OAuth Dynamic Client Registration metadata where it has one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final


class AuthMethod(StrEnum):
    """How a client authenticates at the token endpoint (RFC 7591 section 2, OpenID Connect Core 9, RFC 8705)."""

    BASIC = "client_secret_basic"
    POST = "client_secret_post"
    NONE = "none"
    PRIVATE_KEY_JWT = "private_key_jwt"
    SECRET_JWT = "client_secret_jwt"  # noqa: S105  a method's registered name
    TLS = "tls_client_auth"
    SELF_SIGNED_TLS = "self_signed_tls_client_auth"


class GrantType(StrEnum):
    """Grants a client may be registered for (RFC 6749, 8628, 8693; OpenID Connect CIBA)."""

    AUTHORIZATION_CODE = "authorization_code"
    REFRESH_TOKEN = "refresh_token"  # noqa: S105  a grant type's registered name
    CLIENT_CREDENTIALS = "client_credentials"
    DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
    CIBA = "urn:openid:params:grant-type:ciba"
    TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105  likewise


class SigningAlg(StrEnum):
    """Algorithms the provider signs with (RFC 7518 section 3.1, RFC 8037)."""

    RS256 = "RS256"
    PS256 = "PS256"
    ES256 = "ES256"
    EDDSA = "EdDSA"


class KeyAlg(StrEnum):
    """Algorithms by which a content key is encrypted for a client (RFC 7518 section 4.1); never RSA1_5."""

    RSA_OAEP_256 = "RSA-OAEP-256"
    ECDH_ES = "ECDH-ES"
    ECDH_ES_A256KW = "ECDH-ES+A256KW"


class ContentEnc(StrEnum):
    """Algorithms by which content is encrypted for a client (RFC 7518 section 5.1)."""

    A128GCM = "A128GCM"
    A256GCM = "A256GCM"
    A128CBC_HS256 = "A128CBC-HS256"


class ChannelPolicy(StrEnum):
    """What a client's list of channels means: ``suggest`` orders the ways offered, ``require`` offers no other."""

    SUGGEST = "suggest"
    REQUIRE = "require"


class ConsentPolicy(StrEnum):
    """``explicit``: the citizen is asked once per scope set. ``implied``: by law or contract, nothing is asked."""

    EXPLICIT = "explicit"
    IMPLIED = "implied"


class TokenFormat(StrEnum):
    """Access tokens: ``opaque``, or ``jwt`` (RFC 9068) for resource servers that look into them themselves."""

    OPAQUE = "opaque"
    JWT = "jwt"


class CibaDelivery(StrEnum):
    """How a client learns that a backchannel request was answered (CIBA 5); push is not offered."""

    POLL = "poll"
    PING = "ping"


@dataclass(frozen=True, slots=True)
class ClientKeys:
    """A client's public keys: a JWK Set by value, or where it is published. At most one of the two."""

    jwks: Mapping[str, Any] | None = None
    jwks_uri: str | None = None

    def __bool__(self) -> bool:
        return self.jwks is not None or self.jwks_uri is not None


NO_KEYS: Final = ClientKeys()


@dataclass(frozen=True, slots=True)
class TlsIdentity:
    """Which certificate a client shows (RFC 8705 section 2.1.2): the metadata name, and the value that is expected."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Encryption:
    """How something is encrypted for a client (OpenID Connect Registration 2)."""

    alg: KeyAlg
    enc: ContentEnc = ContentEnc.A128CBC_HS256


@dataclass(frozen=True, slots=True)
class PushEndpoint:
    """Where a client takes security events (RFC 8935). ``token_ref`` names the bearer token that it wants to see.

    ``uri`` None: it comes for them itself (RFC 8936). ``events``: the event types it wants; empty for every one.
    """

    uri: str | None
    token_ref: str | None = None
    events: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Ciba:
    """Backchannel authentication of a client (CIBA 4). ``alg``: requests must be signed by it; None: plain ones."""

    delivery: CibaDelivery = CibaDelivery.POLL
    notification_endpoint: str | None = None
    alg: str | None = None


@dataclass(frozen=True, slots=True)
class ResourceServer:
    """What makes a client a protected resource: it may introspect tokens meant for one of its ``identifiers``.

    ``token_format``: of access tokens for it. ``introspection_alg``: by what its answers are signed when it asks for
    a JWT (RFC 9701), ``introspection_encryption``: and encrypted. ``exchange``: who takes part in token exchange (RFC
    8693): client identifiers that may come with tokens meant for others and get one for this resource.
    """

    identifiers: frozenset[str]
    token_format: TokenFormat = TokenFormat.OPAQUE
    introspection_alg: SigningAlg = SigningAlg.RS256
    introspection_encryption: Encryption | None = None
    exchange: frozenset[str] = field(default_factory=frozenset)
