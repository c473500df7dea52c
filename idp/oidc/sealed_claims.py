"""The sealed claims of a grant: what was released, by scope and by name. Opened where they are sent, nowhere else."""

from collections.abc import Mapping
from typing import Any

import orjson

from idp.domain.claims import MINIMUM_LEVELS
from idp.domain.claims_request import Sealed
from idp.domain.ports import FieldCipher, Grant


def opened(grant: Grant, cipher: FieldCipher) -> Mapping[str, Any]:
    """The sealed claims. Raises MasterKeyWrong for those of another client."""
    claims: Mapping[str, Any] = orjson.loads(cipher.open(grant.claims, f"claims:{grant.client_id}"))
    return claims


def by_name(sealed: Mapping[str, Any], place: Sealed, grant: Grant) -> dict[str, Any]:
    """What was asked for by name for this place, as far as the grant's level allows it."""
    claims = sealed.get(place, {})
    return {name: value for name, value in claims.items() if MINIMUM_LEVELS.get(name, 0) <= grant.level}
