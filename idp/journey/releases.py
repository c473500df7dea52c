"""What a client receives about a citizen: subject identifier, session identifier, and the claims consented to, sealed.

A release is a snapshot made when the citizen signs on with a client, so the token endpoint and userinfo need no SQL. It
holds no more than the scopes and the level allow (:func:`idp.domain.claims.released`). What was asked for by name
stands apart, by the place it was asked for (:class:`idp.domain.claims_request.Sealed`).
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from idp.domain.channel import ChannelFacts
from idp.domain.claims import MINIMUM_LEVELS, ClaimName, released
from idp.domain.claims_request import NO_CLAIMS, ClaimsRequest, Placement, Sealed, Unmatched, matching
from idp.domain.client import Client
from idp.domain.evidence import Evidence
from idp.domain.id_numbers import IdNumber
from idp.domain.organisations import NOT_ASKED, Choice
from idp.domain.ports import Citizen, FieldCipher, Randomness, Release
from idp.domain.verified_claims import Dossier, answers, dossier

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


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for by name, with what answers it: live evidence is read for ``verified_claims`` alone.

    ``chosen``: for whom the citizen acts (:mod:`idp.journey.acting`).
    """

    claims: ClaimsRequest
    now: float
    evidence: Sequence[Evidence] = ()
    channels: Mapping[str, ChannelFacts] = field(default_factory=dict)
    chosen: Choice = NOT_ASKED

    @property
    def organisation(self) -> dict[ClaimName, Any]:
        """The claim about the organisation, if the citizen acts for one."""
        return {ClaimName.LEGAL_PERSON: self.chosen.standing.claim} if self.chosen.standing else {}


NOTHING_ASKED = Asked(NO_CLAIMS, 0.0)


def claims_of(citizen: Citizen, scopes: frozenset[str], level: int, asked: Asked = NOTHING_ASKED) -> dict[str, Any]:
    """The values released for these scopes at this level; what is not known is left out."""
    wanted = released(scopes, level) - {ClaimName.LEVEL}  # the level is the grant's own, always fresh
    values = _values(citizen, wanted) | asked.organisation
    return {name.value: value for name, value in values.items() if name in wanted}


def _values(citizen: Citizen, wanted: frozenset[ClaimName]) -> dict[ClaimName, Any]:
    """What is known of the person; what the organisation is comes from elsewhere (:attr:`Asked.organisation`)."""
    number = IdNumber(citizen.id_number) if citizen.id_number else None
    values = {name: _READ[name](citizen, number) for name in sorted(wanted & _READ.keys())}
    return {name: value for name, value in values.items() if value is not None}


def make_release(
    citizen: Citizen,
    client: Client,
    sub: str,
    scopes: frozenset[str],
    level: int,
    *,
    cipher: FieldCipher,
    randomness: Randomness,
    asked: Asked = NOTHING_ASKED,
) -> Release:
    """A release of ``scopes`` to ``client``. The store keeps an earlier ``sid`` of the same session and client."""
    claims = claims_of(citizen, scopes, level, asked) | _asked_by_name(citizen, client, level, asked)
    until = asked.chosen.standing.expires_at if asked.chosen.standing else None
    if until is not None:
        claims[Sealed.ACTING_UNTIL.value] = until
    return Release(
        client_id=client.client_id,
        sub=sub,
        sid=randomness.token(SID_BYTES),
        scopes=scopes,
        claims=cipher.seal(orjson.dumps(claims), context(client.client_id)),
        asked=asked.claims.fingerprint,
        acting_for=asked.chosen.value,
        good_until=until,
    )


def _asked_by_name(citizen: Citizen, client: Client, level: int, asked: Asked) -> dict[str, Any]:
    """What was asked for by name, by place; and the essential levels, of which the ID token is to name one."""
    if not asked.claims:
        return {}
    told = _dossier(citizen, client, level, asked)
    found: dict[str, Any] = {
        Sealed.USERINFO.value: _placed(asked.claims.userinfo, told),
        Sealed.ID_TOKEN.value: _placed(asked.claims.id_token, told),
        Sealed.ACR.value: [int(each) for each in asked.claims.acr],
    }
    return {name: value for name, value in found.items() if value}


def _placed(place: Placement, told: Dossier) -> dict[str, Any]:
    """The claims of one place; a value that is not as asked for is left out, like one that is not known."""
    values = {**told.values, ClaimName.LEVEL: told.level}
    found: dict[str, Any] = {}
    for name, template in place.claims.items():
        if name not in values or told.level < MINIMUM_LEVELS[name]:
            continue
        try:
            found[name.value] = matching(template, values[name], told.now)
        except Unmatched:
            continue
    verified = answers(place, told)
    return found if verified is None else {**found, "verified_claims": verified}


def _dossier(citizen: Citizen, client: Client, level: int, asked: Asked) -> Dossier:
    def opaque(text: str) -> str:
        """An identifier by which portals of another sector cannot recognise the person."""
        return hmac.new(citizen.subject_secret, f"{client.sector}\0{text}".encode(), hashlib.sha256).hexdigest()[:32]

    values = _values(citizen, frozenset(_READ)) | asked.organisation
    return dossier(asked.evidence, asked.channels, values, level=int(level), now=asked.now, opaque=opaque)


def context(client_id: str) -> str:
    """What sealed claims are bound to: a release copied to another client's record does not open."""
    return f"claims:{client_id}"
