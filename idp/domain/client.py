"""A registered relying party as every room sees it, and the port that finds one.

Names are those of RFC 7591 section 2 where it has one. Built only by :mod:`idp.clients`, which checks every rule.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from idp.domain.assurance import Level
from idp.domain.client_options import (
    NO_KEYS,
    AuthMethod,
    ChannelPolicy,
    Ciba,
    CibaDelivery,
    ClientKeys,
    ConsentPolicy,
    ContentEnc,
    Encryption,
    GrantType,
    KeyAlg,
    PushEndpoint,
    ResourceServer,
    SigningAlg,
    TlsIdentity,
    TokenFormat,
)
from idp.domain.profiles import PROFILES, Profile, Rules

__all__ = [
    "AuthMethod", "ChannelPolicy", "Ciba", "CibaDelivery", "Client", "ClientKeys", "Clients", "ConsentPolicy",
    "ContentEnc", "Encryption", "GrantType", "KeyAlg", "Profile", "PushEndpoint", "ResourceServer", "Rules",
    "SigningAlg", "TlsIdentity", "TokenFormat",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Client:
    """One relying party. ``secret_digests`` are SHA-256 of secrets of at least 32 random bytes: digests suffice.

    ``hmac_secrets``: the secrets themselves, only where ``client_secret_jwt`` needs them. ``verified_claims``: it may
    ask what was proved, by what and when. ``channels``: names, best first. ``resources``: protected resources that it
    may ask tokens for (RFC 8707). ``origins``: web pages whose scripts may call us (CORS). ``require_*``, ``*_bound``:
    what it asked to be held to; what its profile demands besides is in :attr:`rules`.
    """

    client_id: str
    name: str
    name_en: str
    auth_method: AuthMethod
    redirect_uris: frozenset[str]
    scopes: frozenset[str]
    sector: str
    secret_digests: tuple[bytes, ...] = field(default=(), repr=False)
    hmac_secrets: tuple[bytes, ...] = field(default=(), repr=False)
    auth_alg: str | None = None
    keys: ClientKeys = NO_KEYS
    tls: TlsIdentity | None = None
    profile: Profile = Profile.GOVERNMENT
    post_logout_redirect_uris: frozenset[str] = frozenset()
    grant_types: frozenset[GrantType] = frozenset({GrantType.AUTHORIZATION_CODE})
    id_token_alg: SigningAlg = SigningAlg.RS256
    id_token_encryption: Encryption | None = None
    userinfo_alg: SigningAlg | None = None
    userinfo_encryption: Encryption | None = None
    request_object_alg: str | None = None
    require_signed_request: bool = False
    require_par: bool = False
    dpop_bound: bool = False
    tls_bound: bool = False
    token_format: TokenFormat = TokenFormat.OPAQUE
    resources: frozenset[str] = frozenset()
    resource_server: ResourceServer | None = None
    details_types: frozenset[str] = frozenset()
    default_max_age: int | None = None
    backchannel_logout_uri: str | None = None
    frontchannel_logout_uri: str | None = None
    frontchannel_session_required: bool = False
    ciba: Ciba | None = None
    security_events: PushEndpoint | None = None
    minimum_level: Level = Level.UNPROVED
    consent: ConsentPolicy = ConsentPolicy.EXPLICIT
    initiate_login_uri: str | None = None
    client_uri: str | None = None
    logo_uri: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None
    contacts: tuple[str, ...] = ()
    origins: frozenset[str] = frozenset()
    verified_claims: bool = False
    channels: tuple[str, ...] = ()
    channel_policy: ChannelPolicy = ChannelPolicy.SUGGEST

    @property
    def rules(self) -> Rules:
        """What its profile demands."""
        return PROFILES[self.profile]

    def channels_for(self, hint: str) -> tuple[str, ...]:
        """The channels of one request, best first: ``hint`` (names, space separated) orders or narrows the list.

        A name that is not registered changes nothing. Where the list is a suggestion, the rest of it follows the hint.
        """
        hinted = tuple(dict.fromkeys(name for name in hint.split() if name in self.channels))
        if self.channel_policy is ChannelPolicy.REQUIRE and hinted:
            return hinted
        return hinted + tuple(name for name in self.channels if name not in hinted)

    def label(self, locale: str) -> str:
        """The name that pages show."""
        return self.name if locale.startswith("zh") else self.name_en


class Clients(Protocol):
    """The registered relying parties, in memory."""

    def get(self, client_id: str) -> Client | None:
        """The client of exactly this id."""
        ...

    def all(self) -> Sequence[Client]:
        """Every client, in order of declaration."""
        ...
