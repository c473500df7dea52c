"""A registered relying party as every room sees it, and the port that finds one.

Names are those of RFC 7591 section 2 where it has one. Built only by :mod:`idp.clients`, which checks every rule.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from idp.domain.assurance import Level


class AuthMethod(StrEnum):
    """How a client authenticates at the token endpoint (RFC 7591 section 2)."""

    BASIC = "client_secret_basic"
    POST = "client_secret_post"
    NONE = "none"


class GrantType(StrEnum):
    """Grants a client may be registered for."""

    AUTHORIZATION_CODE = "authorization_code"
    REFRESH_TOKEN = "refresh_token"  # noqa: S105  a grant type's registered name


class SigningAlg(StrEnum):
    """Algorithms of ID tokens (RFC 7518 section 3.1)."""

    RS256 = "RS256"
    ES256 = "ES256"


class ChannelPolicy(StrEnum):
    """What a client's list of channels means: ``suggest`` orders the ways offered, ``require`` offers no other."""

    SUGGEST = "suggest"
    REQUIRE = "require"


class ConsentPolicy(StrEnum):
    """``explicit``: the citizen is asked once per scope set. ``implied``: by law or contract, nothing is asked."""

    EXPLICIT = "explicit"
    IMPLIED = "implied"


@dataclass(frozen=True, slots=True)
class PushEndpoint:
    """Where a client takes security events (RFC 8935). ``token_ref`` names the bearer token that it wants to see."""

    uri: str
    token_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """One relying party. ``secret_digests`` are SHA-256 of secrets of at least 32 random bytes: digests suffice.

    ``verified_claims``: it may ask what was proved, by what and when. ``channels``: names, best first.
    """

    client_id: str
    name: str
    name_en: str
    auth_method: AuthMethod
    redirect_uris: frozenset[str]
    scopes: frozenset[str]
    sector: str
    secret_digests: tuple[bytes, ...] = field(default=(), repr=False)
    post_logout_redirect_uris: frozenset[str] = frozenset()
    grant_types: frozenset[GrantType] = frozenset({GrantType.AUTHORIZATION_CODE})
    id_token_alg: SigningAlg = SigningAlg.RS256
    backchannel_logout_uri: str | None = None
    security_events: PushEndpoint | None = None
    minimum_level: Level = Level.UNPROVED
    consent: ConsentPolicy = ConsentPolicy.EXPLICIT
    initiate_login_uri: str | None = None
    client_uri: str | None = None
    contacts: tuple[str, ...] = ()
    verified_claims: bool = False
    channels: tuple[str, ...] = ()
    channel_policy: ChannelPolicy = ChannelPolicy.SUGGEST

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
