"""Who a channel's answer speaks of, and whether that may be believed."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from idp.domain import id_numbers
from idp.domain.assurance import POPULATION_SOURCE
from idp.domain.channel import ChannelFacts, Correction, FieldKind, Verified
from idp.domain.claims import ClaimName
from idp.domain.errors import Distrusted, InvalidInput
from idp.domain.evidence import CheckMethod
from idp.domain.id_numbers import IdNumber
from idp.domain.organisations import Role, lets_act
from idp.domain.persons import PersonName, fold, parse_name
from idp.domain.ports import Citizen


@dataclass(frozen=True, slots=True)
class ProvedPerson:
    """The person of a verified answer. ``name`` keeps the spelling in which the person typed it."""

    name: PersonName = field(repr=False)
    number: IdNumber = field(repr=False)
    answer: Verified = field(repr=False)

    def is_another_than(self, citizen: Citizen, source: str) -> bool:
        """Whether the account has been proved to belong to somebody else.

        The register itself may know a new name for the same number (a correction, a marriage); of others only two
        officers, who state name and number that this very account has proved before.
        """
        if citizen.person is None or self.correction_of(citizen) is not None:
            return False
        name, number = citizen.person
        renamed = not self.name.same_as(name)
        return number != self.number.value or (renamed and source != POPULATION_SOURCE)

    def correction_of(self, citizen: Citizen) -> Correction | None:
        """The officers' correction, where it is one of this account; a number that is only claimed is none."""
        stated = self.answer.corrects
        if stated is None or citizen.name is None or citizen.id_number != stated.id_number:
            return None
        return stated if fold(citizen.name) == fold(stated.name) else None


def read_person(
    facts: ChannelFacts, answer: Verified, citizen: Citizen, asked: Mapping[str, str], *, today: datetime.date
) -> ProvedPerson:
    """The person in ``answer``; ``asked`` are the form fields that were checked, empty for an upstream's callback.

    Raises Distrusted: other claims than the channel proves, an unknown part in an organisation, a correction that it
    may not state, an impossible name or number, another person than was asked about (an answer mixed up on the way),
    or nobody at all.
    """
    if answer.claims.keys() != facts.proves:
        raise Distrusted(facts.name, "claims are not those the channel proves")
    if lets_act(facts) and answer.claims[ClaimName.ORGANISATION_ROLE] not in list(Role):
        raise Distrusted(facts.name, "an unknown part in an organisation")
    if answer.corrects is not None and CheckMethod.VPIP not in facts.check_methods:
        raise Distrusted(facts.name, "a correction without an officer")
    typed_name = asked.get(FieldKind.NAME)
    known_name, known_number = citizen.person or (None, None)
    name = answer.claims.get(ClaimName.NAME) or typed_name or known_name
    number = answer.claims.get(ClaimName.ID_NUMBER) or known_number
    if name is None or number is None:
        raise Distrusted(facts.name, "the answer names nobody")
    try:
        proved = ProvedPerson(parse_name(name), id_numbers.parse(number, today=today), answer)
    except InvalidInput as error:
        raise Distrusted(facts.name, f"impossible person: {error}") from None
    if asked.get(FieldKind.ID_NUMBER, proved.number.value) != proved.number.value:
        raise Distrusted(facts.name, "an answer about another number")
    if typed_name is None:
        return proved
    if not proved.name.same_as(typed_name):
        raise Distrusted(facts.name, "an answer about another name")
    return ProvedPerson(parse_name(typed_name), proved.number, answer)
