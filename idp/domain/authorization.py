"""A validated authorization request: what a client asks, in the domain's words.

Made by ``oidc`` only after client, redirect URI and every parameter were checked; carried by ``journey`` to the answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

from idp.domain.assurance import Level
from idp.domain.claims import ClaimName, Scope
from idp.domain.claims_request import NO_CLAIMS, ClaimsRequest

# The one type of rich authorization request (RFC 9396): a government service item. What is agreed to is its identifier.
MATTER: Final = "matter"
AGREE_MATTER: Final = "matter:"


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """OpenID Connect Core 3.1.2.1 parameters after validation.

    ``wanted_level`` is what the client would like (``acr_values``), ``essential_level`` what it insists on (its
    registration, or an essential ``acr``). ``max_age`` in seconds. ``login_hint`` may be personal: the request is only
    kept sealed. ``expected_sub`` comes from ``id_token_hint`` or a ``sub`` claim request. ``channels``: real-name
    channels the client would like used, best first; ``channels_only``: no others should be offered. ``resources``: for
    whom the tokens are (RFC 8707). ``details``: rich authorization requests, checked (RFC 9396). ``dpop_jkt``: the key
    that the code is bound to, by its thumbprint (RFC 9449 section 10). ``pushed``: the name of the pushed request it is
    (RFC 9126), which is used up when a code is given; empty for any other.
    """

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    code_challenge: str
    state: str | None = None
    nonce: str | None = None
    prompts: frozenset[str] = frozenset()
    max_age: int | None = None
    wanted_level: Level = Level.UNPROVED
    essential_level: Level = Level.UNPROVED
    ui_locales: tuple[str, ...] = ()
    response_mode: str = "query"
    login_hint: str | None = field(default=None, repr=False)
    expected_sub: str | None = None
    claims: ClaimsRequest = NO_CLAIMS
    channels: tuple[str, ...] = ()
    channels_only: bool = False
    claims_locales: tuple[str, ...] = ()
    display: str = "page"
    resources: tuple[str, ...] = ()
    details: tuple[Mapping[str, Any], ...] = ()
    dpop_jkt: str | None = None
    pushed: str = field(default="", repr=False)

    @property
    def asks_for_whom(self) -> bool:
        """Whether the client asks for which organisation the citizen acts, by scope or by name."""
        named = self.claims.userinfo.names | self.claims.id_token.names
        return Scope.LEGAL_PERSON in self.scopes or ClaimName.LEGAL_PERSON in named

    @property
    def to_agree(self) -> frozenset[str]:
        """What the citizen is asked to agree to: scopes, claims asked for by name, and every matter by itself."""
        matters = (AGREE_MATTER + each["identifier"] for each in self.details)
        return frozenset(self.scopes).union(self.claims.to_agree(self.scopes), matters)

    def to_json(self) -> dict[str, Any]:
        """JSON values, for a sealed record."""
        plain = {each.name: getattr(self, each.name) for each in fields(self)}
        return {**plain, "prompts": sorted(self.prompts), "claims": self.claims.to_json()}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "AuthorizationRequest":
        """The inverse of :meth:`to_json`."""
        return cls(
            **{
                **value,
                "scopes": tuple(value["scopes"]),
                "prompts": frozenset(value["prompts"]),
                "ui_locales": tuple(value["ui_locales"]),
                "claims": ClaimsRequest.from_json(value["claims"]) if "claims" in value else NO_CLAIMS,
                "channels": tuple(value.get("channels", ())),
                **{name: tuple(value.get(name, ())) for name in ("claims_locales", "resources", "details")},
                "wanted_level": Level(value["wanted_level"]),
                "essential_level": Level(value["essential_level"]),
            }
        )
