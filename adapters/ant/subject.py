"""Who is asked about, and whose browser comes back: what both channels check before anything is sent.

The person is the one whom the account has proved already, never somebody typed in for the occasion.
"""

import datetime
import hmac
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
MINIMUM_AGE: Final = 14
STATE_BYTES: Final = 24
_CHINA: Final = datetime.timezone(datetime.timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Subject:
    """``name`` in its canonical form, as sent (channels.md 2.2 rule 5)."""

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


def subject_of(attempt: Attempt, now: float, *, minimum_age: int = 0) -> Subject | Reason:
    """The account's person, or why the platform cannot be asked: nobody proved yet, another document, a child."""
    today = datetime.datetime.fromtimestamp(now, tz=_CHINA).date()
    try:
        name = persons.parse_name(attempt.known.get(ClaimName.NAME, ""))
        number = id_numbers.parse(attempt.known.get(ClaimName.ID_NUMBER, ""), today=today)
    except InvalidInput:
        return Reason.BAD_INPUT
    if number.kind not in DOCUMENTS:
        return Reason.NOT_FOUND
    if number.age_on(today) < minimum_age and not attempt.guarded:
        return Reason.UNDER_AGE
    return Subject(name.folded, number)


def is_ours(fields: Mapping[str, str], keep: Mapping[str, str]) -> bool:
    """Whether the browser brings the ``state`` of this attempt: another one's return must not enter here."""
    return hmac.compare_digest(fields.get("state", "").encode(errors="replace"), keep["state"].encode())
