"""Whose face is expected: the person whom the account has proved already, never somebody typed in for the occasion."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from idp.domain import id_numbers, persons
from idp.domain.channel import Reason
from idp.domain.claims import ClaimName
from idp.domain.errors import InvalidInput
from idp.domain.id_numbers import DocumentKind, IdNumber

# The police compare faces of residents alone (channels.md 2.3); nobody under 14 consents to it for themselves.
DOCUMENTS: Final = frozenset({DocumentKind.RESIDENT})
MINIMUM_AGE: Final = 14
_CHINA: Final = datetime.timezone(datetime.timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Subject:
    """``name`` in its canonical form, as sent (channels.md 2.2 rule 5: no second spelling here)."""

    name: str = field(repr=False)
    number: IdNumber = field(repr=False)

    def claims(self) -> Mapping[ClaimName, str]:
        """What a success proves."""
        return {
            ClaimName.NAME: self.name,
            ClaimName.ID_NUMBER: self.number.value,
            ClaimName.BIRTHDATE: self.number.birth_date.isoformat(),
            ClaimName.GENDER: str(self.number.sex),
        }


def subject_of(known: Mapping[ClaimName, str], now: float, *, guarded: bool) -> Subject | Reason:
    """The account's person, or why nobody can be asked about: nobody proved yet, another document, under age."""
    today = datetime.datetime.fromtimestamp(now, tz=_CHINA).date()
    try:
        name = persons.parse_name(known.get(ClaimName.NAME, ""))
        number = id_numbers.parse(known.get(ClaimName.ID_NUMBER, ""), today=today)
        name.folded.encode()  # a lone surrogate cannot be sent
    except (InvalidInput, UnicodeEncodeError):
        return Reason.BAD_INPUT
    if number.kind not in DOCUMENTS:
        return Reason.NOT_FOUND
    too_young = number.age_on(today) < MINIMUM_AGE and not guarded
    return Reason.UNDER_AGE if too_young else Subject(name.folded, number)
