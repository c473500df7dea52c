"""Who is asked about: the person whom the account has proved already, never somebody typed in for the occasion."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from idp.domain import id_numbers, persons
from idp.domain.attempt import Attempt
from idp.domain.channel import Reason
from idp.domain.claims import ClaimName
from idp.domain.errors import InvalidInput
from idp.domain.id_numbers import DocumentKind, IdNumber

CERT_TYPE: Final = "IDENTITY_CARD"
# The platform's IDENTITY_CARD is the second-generation card of residents.
DOCUMENTS: Final = frozenset({DocumentKind.RESIDENT})
PROVES: Final = frozenset({ClaimName.NAME, ClaimName.ID_NUMBER, ClaimName.BIRTHDATE, ClaimName.GENDER})
_CHINA: Final = datetime.timezone(datetime.timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Subject:
    """``name`` in its canonical form, as sent (channels.md 2.2 rule 5); ``age`` in whole years today."""

    name: str = field(repr=False)
    number: IdNumber = field(repr=False)
    age: int

    def claims(self) -> Mapping[ClaimName, str]:
        """What a success proves."""
        return {
            ClaimName.NAME: self.name,
            ClaimName.ID_NUMBER: self.number.value,
            ClaimName.BIRTHDATE: self.number.birth_date.isoformat(),
            ClaimName.GENDER: str(self.number.sex),
        }


def subject_of(attempt: Attempt, now: float) -> Subject | Reason:
    """The account's person, or why the platform cannot be asked: nobody proved yet, or another kind of document."""
    today = datetime.datetime.fromtimestamp(now, tz=_CHINA).date()
    try:
        name = persons.parse_name(attempt.known.get(ClaimName.NAME, ""))
        number = id_numbers.parse(attempt.known.get(ClaimName.ID_NUMBER, ""), today=today)
    except InvalidInput:
        return Reason.BAD_INPUT
    if number.kind not in DOCUMENTS:
        return Reason.NOT_FOUND
    return Subject(name.folded, number, number.age_on(today))
