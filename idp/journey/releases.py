"""What a client receives about a citizen: subject identifier, session identifier, and the claims consented to, sealed.

A release is a snapshot made when the citizen signs on with a client, so the token endpoint and userinfo need no SQL. It
holds no more than the scopes and the level allow (:func:`idp.domain.claims.released`).
"""

from collections.abc import Callable
from typing import Any

import orjson

from idp.domain.claims import ClaimName, released
from idp.domain.client import Client
from idp.domain.id_numbers import IdNumber
from idp.domain.ports import Citizen, FieldCipher, Randomness, Release
from idp.domain.subjects import pairwise

SID_BYTES = 16

_READ: dict[ClaimName, Callable[[Citizen, IdNumber | None], Any]] = {
    ClaimName.NAME: lambda citizen, _: citizen.name,
    ClaimName.BIRTHDATE: lambda _, number: number and number.birth_date.isoformat(),
    ClaimName.GENDER: lambda _, number: number and number.sex,
    ClaimName.DOCUMENT_KIND: lambda _, number: number and number.kind,
    ClaimName.ID_NUMBER: lambda _, number: number and number.value,
    ClaimName.PHONE_NUMBER: lambda citizen, _: citizen.mobile,
    ClaimName.PHONE_NUMBER_VERIFIED: lambda citizen, _: citizen.mobile is not None or None,
}


def claims_of(citizen: Citizen, scopes: frozenset[str], level: int) -> dict[str, Any]:
    """The values released for these scopes at this level; what is not known is left out."""
    number = IdNumber(citizen.id_number) if citizen.id_number else None
    wanted = released(scopes, level) - {ClaimName.LEVEL}  # the level is the grant's own, always fresh
    values = {name.value: _READ[name](citizen, number) for name in sorted(wanted)}
    return {name: value for name, value in values.items() if value is not None}


def make_release(
    citizen: Citizen, client: Client, scopes: frozenset[str], level: int, *, cipher: FieldCipher, randomness: Randomness
) -> Release:
    """A release of ``scopes`` to ``client``. The store keeps an earlier ``sid`` of the same session and client."""
    claims = claims_of(citizen, scopes, level)
    return Release(
        client_id=client.client_id,
        sub=pairwise(citizen.subject_secret, client.sector),
        sid=randomness.token(SID_BYTES),
        scopes=scopes,
        claims=cipher.seal(orjson.dumps(claims), context(client.client_id)),
    )


def context(client_id: str) -> str:
    """What sealed claims are bound to: a release copied to another client's record does not open."""
    return f"claims:{client_id}"
