"""The ``claims`` parameter after validation (OpenID Connect Core 5.5), and how a request is held against a value.

A *template* says of one element what is asked: None, or an object with ``value``, ``values`` or ``max_age``. Those of
``verified_claims`` nest as the answer does (Identity Assurance 1.0 section 6). ``essential`` changes nothing but
``acr``, and that nobody may answer for themselves alone when asked for whom they act.
"""

import datetime
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Self, TypeAlias

from idp.domain.assurance import Level
from idp.domain.claims import CLAIMS, MINIMUM_LEVELS, ClaimName

Template: TypeAlias = Mapping[str, Any] | None

CONSTRAINTS: Final = frozenset({"value", "values", "max_age"})
AGREE_CLAIM: Final = "claim:"
AGREE_VERIFIED: Final = "verified"
AGREE_EVIDENCE: Final = "verified:evidence"


class Unmatched(Exception):
    """The value there is does not satisfy the request."""


@dataclass(frozen=True, slots=True)
class VerifiedAsk:
    """One member of a ``verified_claims`` request."""

    verification: Mapping[str, Any]
    claims: Mapping[ClaimName, Template]


@dataclass(frozen=True, slots=True)
class Placement:
    """What one place, the ID token or userinfo, is to hold. ``many``: the request was an array, so the answer is."""

    claims: Mapping[ClaimName, Template] = field(default_factory=dict)
    verified: tuple[VerifiedAsk, ...] = ()
    many: bool = False

    @property
    def names(self) -> frozenset[ClaimName]:
        """Every claim that is asked for here, verified or not."""
        return frozenset(self.claims).union(*(ask.claims for ask in self.verified))

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """From the values of :meth:`ClaimsRequest.to_json`."""
        asks = tuple(VerifiedAsk(each["verification"], _named(each["claims"])) for each in value["verified"])
        return cls(_named(value["claims"]), asks, value["many"])

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        asks = [{"verification": ask.verification, "claims": _plain(ask.claims)} for ask in self.verified]
        return {"claims": _plain(self.claims), "verified": asks, "many": self.many}


NOTHING: Final = Placement()


class Sealed(StrEnum):
    """Where a release keeps what was asked for by name, beside the claims of its scopes. No claim has such a name."""

    USERINFO = "@userinfo"
    ID_TOKEN = "@id_token"  # noqa: S105  a member's name, no secret
    ACR = "@acr"
    ACTING_UNTIL = "@acting_until"


@dataclass(frozen=True, slots=True)
class ClaimsRequest:
    """The whole parameter. ``acr``: the essential levels, of which the ID token's ``acr`` names one (Core 5.5.1.1).

    ``must_act``: the organisation that the citizen acts for is essential.
    """

    userinfo: Placement = NOTHING
    id_token: Placement = NOTHING
    acr: tuple[Level, ...] = ()
    must_act: bool = False

    def __bool__(self) -> bool:
        return self != ClaimsRequest()

    @property
    def verified(self) -> tuple[VerifiedAsk, ...]:
        """Every verified_claims request in it."""
        return self.userinfo.verified + self.id_token.verified

    @property
    def lowest_level(self) -> Level:
        """The level that the client insists on by it: an essential ``acr``, or what an essential claim asks for."""
        needed = Level(MINIMUM_LEVELS[ClaimName.LEGAL_PERSON]) if self.must_act else Level.UNPROVED
        return max(needed, min(self.acr, default=Level.UNPROVED))

    @property
    def fingerprint(self) -> str:
        """Tells one request from another; empty for none. A release is made for exactly one."""
        if not self:
            return ""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()[:32]

    def to_agree(self, scopes: Iterable[str]) -> frozenset[str]:
        """What the citizen is asked about besides ``scopes``, in closed words: kept with a consent as scopes are."""
        covered = {c.name for c in CLAIMS if c.scope in set(scopes)}
        words = {AGREE_CLAIM + name for name in (self.userinfo.names | self.id_token.names) - covered}
        if self.verified:
            words.add(AGREE_VERIFIED)
        if any("evidence" in ask.verification for ask in self.verified):
            words.add(AGREE_EVIDENCE)
        return frozenset(words)

    def to_json(self) -> dict[str, Any]:
        """JSON values, for a sealed record."""
        places = {"userinfo": self.userinfo.to_json(), "id_token": self.id_token.to_json()}
        act = {"must_act": True} if self.must_act else {}
        return {**places, "acr": [int(level) for level in self.acr], **act}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The inverse of :meth:`to_json`."""
        acr = tuple(map(Level, value["acr"]))
        userinfo, id_token = (Placement.from_json(value[place]) for place in ("userinfo", "id_token"))
        return cls(userinfo, id_token, acr, value.get("must_act", False))


NO_CLAIMS: Final = ClaimsRequest()


def constrained(template: Any) -> bool:
    """Whether a request puts a condition on this element, or on anything in it."""
    if isinstance(template, Mapping):
        return not CONSTRAINTS.isdisjoint(template) or any(constrained(each) for each in template.values())
    return isinstance(template, list) and any(constrained(each) for each in template)


def matching(template: Template, value: Any, now: float) -> Any:
    """The value of one element, as it is asked for. Raises Unmatched."""
    if template is None:
        return value
    if "value" in template and not _same(value, template["value"]):
        raise Unmatched
    if "values" in template and not any(_same(value, each) for each in template["values"]):
        raise Unmatched
    if "max_age" in template and not _young(value, template["max_age"], now):
        raise Unmatched
    return value


def _same(value: Any, asked: Any) -> bool:
    return isinstance(value, bool) is isinstance(asked, bool) and bool(value == asked)  # True is no 1


def _young(value: Any, max_age: int, now: float) -> bool:
    """Whether a date or time is ``max_age`` seconds back at most; of a date its last second counts (section 6.3.2)."""
    try:
        then = datetime.datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return False
    if len(value) == len("2025-01-01"):
        then = then.replace(hour=23, minute=59, second=59)
    if then.tzinfo is None:
        then = then.replace(tzinfo=datetime.UTC)
    return now - then.timestamp() <= max_age


def _plain(claims: Mapping[ClaimName, Template]) -> dict[str, Template]:
    return {name.value: template for name, template in claims.items()}


def _named(claims: Mapping[str, Template]) -> dict[ClaimName, Template]:
    return {ClaimName(name): template for name, template in claims.items()}
