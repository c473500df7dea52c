"""The sealed claims of a grant: what was released, by scope and by name. Opened where they are sent, nowhere else."""

import math
from collections.abc import Collection, Mapping
from typing import Any, Final

import orjson

from idp.domain.claims import MINIMUM_LEVELS, ClaimName, askable
from idp.domain.claims_request import Sealed
from idp.domain.client import Client
from idp.domain.ports import FieldCipher, Grant

VERIFIED: Final = "verified_claims"


def opened(grant: Grant, cipher: FieldCipher, now: float) -> Mapping[str, Any]:
    """The sealed claims, as far as they hold at ``now``. Raises MasterKeyWrong for those of another client.

    Whom the citizen acts for was shown for a day: a grant that lives longer tells it no more.
    """
    claims: dict[str, Any] = orjson.loads(cipher.open(grant.claims, f"claims:{grant.client_id}"))
    if now >= claims.pop(Sealed.ACTING_UNTIL, math.inf):
        for place in (claims, claims.get(Sealed.USERINFO, {}), claims.get(Sealed.ID_TOKEN, {})):
            place.pop(ClaimName.LEGAL_PERSON, None)
    return claims


def by_name(sealed: Mapping[str, Any], place: Sealed, grant: Grant, client: Client) -> dict[str, Any]:
    """What was asked for by name for this place, as far as the grant's level and its client's registration of now
    allow it: what the client may no more ask for, it is no more told.
    """
    claims, may_ask = sealed.get(place, {}), askable(client.scopes)
    found = {name: value for name, value in claims.items() if name in may_ask and MINIMUM_LEVELS[name] <= grant.level}
    verified = _verified(claims.get(VERIFIED), may_ask) if client.verified_claims else None
    return found if not verified else {**found, VERIFIED: verified}


def _verified(told: Any, may_ask: Collection[str]) -> Any:
    """The answers to ``verified_claims``, one or a list, without claims that may no more be asked for."""
    answers = told if isinstance(told, list) else [told] if told else []
    pruned = [{**each, "claims": _only(each["claims"], may_ask)} for each in answers]
    left = [each for each in pruned if each["claims"]]
    return left if isinstance(told, list) else next(iter(left), None)


def _only(claims: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in claims.items() if name in names}
