"""The ``claims`` parameter (OpenID Connect Core 5.5; Identity Assurance 1.0 section 6), read once, when it arrives.

What a client is not registered for, and what nobody here knows, is left out without a word (Core 5.5: unknown members
MUST be ignored). What is malformed is ``invalid_request``; an essential ``acr`` that no level of ours can be is
:class:`~idp.domain.errors.AssuranceNotMet`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from authlib.oauth2.rfc6749 import InvalidRequestError

from idp.domain.assurance import Level, level_of_acr
from idp.domain.claims import VERIFIABLE, ClaimName, askable
from idp.domain.claims_request import NO_CLAIMS, ClaimsRequest, Placement, Template, VerifiedAsk
from idp.domain.client import Client
from idp.domain.errors import AssuranceNotMet
from idp.domain.evidence import EvidenceType

MAX_DEPTH: Final = 12
MAX_MEMBERS: Final = 250
MAX_ASKS: Final = 10
LISTS: Final = frozenset({"evidence", "check_details", "assurance_details", "evidence_ref"})


@dataclass(frozen=True, slots=True)
class ReadClaims:
    """The parameter in the domain's words. ``wanted_acr`` is voluntary; ``sub``: the only person who will do."""

    asked: ClaimsRequest = NO_CLAIMS
    wanted_acr: tuple[Level, ...] = ()
    sub: str | None = None


def read(text: str | None, client: Client) -> ReadClaims:
    """Read it. Raises InvalidRequestError or AssuranceNotMet."""
    if text is None:
        return ReadClaims()
    try:
        whole = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _malformed() from None
    _check_size(whole)
    places = {place: _object_or_none(_object(whole).get(place)) for place in ("userinfo", "id_token")}
    essential, wanted = _acr(places["id_token"].get("acr"))
    read_places = (_place(places["userinfo"], client), _place(places["id_token"], client))
    asked = ClaimsRequest(*read_places, essential, _must_act(places, client))
    return ReadClaims(asked, wanted, _sub(places))


def _check_size(value: Any) -> None:
    """Bounded depth and number of members, without recursion: the text is a stranger's."""
    members, level = 0, [value]
    for _ in range(MAX_DEPTH):
        level = [inner for each in level for inner in _inner(each)]
        members += len(level)
        if members > MAX_MEMBERS:
            raise InvalidRequestError("The claims parameter has too many members.")
        if not level:
            return
    raise InvalidRequestError("The claims parameter is nested too deeply.")


def _inner(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _place(members: Mapping[str, Any], client: Client) -> Placement:
    may_ask = askable(client.scopes)
    claims = {name: _template(members[name]) for name in sorted(may_ask) if name in members}
    requested = members.get("verified_claims")
    if requested is None:
        return Placement(claims)
    asks = requested if isinstance(requested, list) else [requested]
    if not asks or len(asks) > MAX_ASKS:
        raise InvalidRequestError("verified_claims must be an object or a short list of objects.")
    read_asks = [_verified(_object(ask), may_ask & VERIFIABLE) for ask in asks]
    if not client.verified_claims:
        return Placement(claims)
    return Placement(claims, tuple(ask for ask in read_asks if ask.claims), isinstance(requested, list))


def _must_act(places: Mapping[str, Mapping[str, Any]], client: Client) -> bool:
    """Whether the organisation acted for is essential: nobody is then sent back who acts for themselves alone."""
    members = [place.get(ClaimName.LEGAL_PERSON) for place in places.values()]
    essential = any(isinstance(each, dict) and each.get("essential") is True for each in members)
    return essential and ClaimName.LEGAL_PERSON in askable(client.scopes)


def _verified(ask: Mapping[str, Any], may_ask: frozenset[ClaimName]) -> VerifiedAsk:
    """One request (section 6.1, 6.2). Raises InvalidRequestError for what the request schema does not allow."""
    verification = _object(ask.get("verification"))
    if "trust_framework" not in verification or "claims" not in ask:
        raise InvalidRequestError("verified_claims needs verification with trust_framework, and claims.")
    if "evidence" in verification:
        _check_evidence(verification["evidence"])
    asked = _object_or_none(ask["claims"])
    claims = {name: _template(asked[name]) for name in sorted(may_ask) if name in asked}
    return VerifiedAsk(_template(verification) or {}, claims)


def _check_evidence(evidence: Any) -> None:
    """Each member is a filter of one type, named by ``value``, never ``values`` (section 6.2)."""
    if not isinstance(evidence, list) or not evidence:
        raise InvalidRequestError("evidence must be a list of objects.")
    for each in evidence:
        kind = _object(_object(each).get("type"))
        if "values" in kind or kind.get("value") not in list(EvidenceType):  # what was sent may have no hash
            raise InvalidRequestError("evidence needs a type with a value that the schema knows.")
        for check in _list(each.get("check_details", [{"check_method": None}])):
            if "check_method" not in _object(check):
                raise InvalidRequestError("check_details needs check_method.")


def _template(node: Any) -> Template:
    """One element of a request, with what we understand of it. Raises InvalidRequestError."""
    if node is None:
        return None
    found: dict[str, Any] = {}
    for name, value in _object(node).items():
        if name in LISTS:
            found[name] = [_template(_object(each)) for each in _list(value)]
        elif name in CHECKED:
            CHECKED[name](value)
            found[name] = value
        elif value is None or isinstance(value, dict):
            found[name] = _template(value)
        elif isinstance(value, list):
            raise _malformed()
    return found


def _value(value: Any) -> None:
    if not isinstance(value, str | int | float | bool):
        raise _malformed()


def _values(values: Any) -> None:
    for each in _list(values):
        _value(each)


def _max_age(value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _malformed()


CHECKED: Final = {"value": _value, "values": _values, "max_age": _max_age}


def _acr(node: Any) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
    """Essential and wanted levels (Core 5.5.1.1). Raises AssuranceNotMet when none of the essential values is ours."""
    template = _template(node)
    if template is None:
        return (), ()
    values = [template["value"]] if "value" in template else list(template.get("values", ()))
    levels = tuple(level for each in values if (level := level_of_acr(str(each))) is not None)
    if node.get("essential") is not True:
        return (), levels
    if values and not levels:
        raise AssuranceNotMet
    return levels, ()


def _sub(places: Mapping[str, Mapping[str, Any]]) -> str | None:
    """The subject asked for by value (Core 5.5.1). Raises InvalidRequestError when two are."""
    templates = [_template(place.get("sub")) or {} for place in places.values()]
    found = {each["value"] for each in templates if isinstance(each.get("value"), str)}
    if len(found) > 1:
        raise InvalidRequestError("claims asks for two subjects.")
    return next(iter(found), None)


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _malformed()
    return value


def _object_or_none(value: Any) -> dict[str, Any]:
    return {} if value is None else _object(value)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise _malformed()
    return value


def _malformed() -> InvalidRequestError:
    return InvalidRequestError("claims is not a well-formed claims request.")
