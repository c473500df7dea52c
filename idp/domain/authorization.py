"""A validated authorization request: what a client asks, in the domain's words.

Made by ``oidc`` only after client, redirect URI and every parameter were checked; carried by ``journey`` to the answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from idp.domain.assurance import Level
from idp.domain.claims_request import NO_CLAIMS, ClaimsRequest


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """OpenID Connect Core 3.1.2.1 parameters after validation.

    ``wanted_level`` is what the client would like (``acr_values``), ``essential_level`` what it insists on (its
    registration, or an essential ``acr``). ``max_age`` in seconds. ``login_hint`` may be personal: the request is only
    kept sealed. ``expected_sub`` comes from ``id_token_hint`` or a ``sub`` claim request. ``channels``: real-name
    channels the client would like used, best first; ``channels_only``: no others should be offered.
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

    @property
    def to_agree(self) -> frozenset[str]:
        """What the citizen is asked to agree to: scopes, and claims asked for by name."""
        return frozenset(self.scopes) | self.claims.to_agree(self.scopes)

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
                "wanted_level": Level(value["wanted_level"]),
                "essential_level": Level(value["essential_level"]),
            }
        )
