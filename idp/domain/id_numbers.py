"""Citizen ID numbers (公民身份号码): what people type in, one canonical number out.

Source: GB 11643-1999 (structure, check character by ISO 7064 MOD 11-2). Residence permits of Hong Kong, Macao and
Taiwan residents (81, 82, 83) and the 2023 foreign permanent resident card (first digit 9) have the same shape.

python-stdnum's ``cn.ric.validate`` is not used: it compares the birth year with the years a county existed and so
refuses real people (counties renamed before their birth), and refuses residence permits. Its check digit, its dates and
its table of areas are used.
"""

import datetime
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum

from stdnum import numdb
from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from idp.domain.errors import InvalidInput, Rule

FIELD = "id_number"
_SEPARATORS = dict.fromkeys(map(ord, " \t\r\n\u00a0\u3000-\u2010\u2011\u2012\u2013\u2014\u200b\ufeff"))
_DIGITS = frozenset("0123456789")


class DocumentKind(StrEnum):
    """Which document carries the number. Channels declare which kinds they serve."""

    RESIDENT = "resident_id_card"
    HK_MACAO_TAIWAN = "hk_macao_taiwan_residence_permit"
    FOREIGN_PERMANENT = "foreign_permanent_resident_card"


class Sex(StrEnum):
    """As the number states it; the OpenID Connect Core 5.1 ``gender`` values."""

    MALE = "male"
    FEMALE = "female"


@dataclass(frozen=True, slots=True)
class IdNumber:
    """A canonical 18-character number. Build one with :func:`parse`; ``value`` never appears in ``repr``."""

    value: str = field(repr=False)

    @property
    def birth_date(self) -> datetime.date:
        """The birth date that the number states (seventh to fourteenth digit)."""
        return ric.get_birth_date(self.value)

    @property
    def sex(self) -> Sex:
        """By the seventeenth digit: odd is male (GB 11643 section 4.3)."""
        return Sex.MALE if int(self.value[16]) % 2 else Sex.FEMALE

    @property
    def kind(self) -> DocumentKind:
        """Which document carries this number, by its first digits."""
        if self.value[0] == "9":
            return DocumentKind.FOREIGN_PERMANENT
        if self.value[:2] in {"81", "82", "83"}:
            return DocumentKind.HK_MACAO_TAIWAN
        return DocumentKind.RESIDENT

    @property
    def masked(self) -> str:
        """First four and last three characters, for the person's own pages: ``3701***********012``."""
        return f"{self.value[:4]}***********{self.value[-3:]}"

    def age_on(self, day: datetime.date) -> int:
        """Whole years on ``day``."""
        born = self.birth_date
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def parse(typed: str, *, today: datetime.date) -> IdNumber:
    """Read an ID number as people type it: full width, spaces, lower-case x, 15 digits.

    Raises :class:`InvalidInput` with field ``id_number`` and the rule that failed, in this order: missing, characters,
    length, area, birth_date, birth_date_future, check_character. ``today`` bounds the birth date.
    """
    text = unicodedata.normalize("NFKC", typed).translate(_SEPARATORS).upper()
    if not text:
        raise InvalidInput(FIELD, Rule.MISSING)
    if not (set(text[:-1]) <= _DIGITS and text[-1] in _DIGITS | {"X"}):
        raise InvalidInput(FIELD, Rule.CHARACTERS)
    if len(text) == 15 and text.isdigit():
        text = _upgrade(text)
    if len(text) != 18:
        raise InvalidInput(FIELD, Rule.LENGTH)
    _check_area(text)
    _check_birth_date(text, today)
    if text[-1] != ric.calc_check_digit(text):
        raise InvalidInput(FIELD, Rule.CHECK_CHARACTER)
    return IdNumber(text)


def looks_like_one(typed: str) -> bool:
    """Whether a sign-in name should be read as an ID number: 15 or 18 characters of the right alphabet."""
    text = unicodedata.normalize("NFKC", typed).translate(_SEPARATORS).upper()
    return len(text) in {15, 18} and set(text[:-1]) <= _DIGITS and text[-1] in _DIGITS | {"X"}


def _upgrade(fifteen: str) -> str:
    """15 digits to 18: the century 19 after the area, then the check character (GB 11643-1999, transition)."""
    seventeen = f"{fifteen[:6]}19{fifteen[6:]}"
    return seventeen + ric.calc_check_digit(seventeen + "0")


def _check_area(number: str) -> None:
    """The province part must exist. Counties come and go, so they are no reason to refuse anybody."""
    if number[0] == "9" or number[:2] in {"81", "82", "83"}:
        return
    if not any("province" in properties for _, properties in numdb.get("cn/loc").info(number[:6])):
        raise InvalidInput(FIELD, Rule.AREA)


def _check_birth_date(number: str, today: datetime.date) -> None:
    try:
        born = ric.get_birth_date(number)
    except ValidationError:
        raise InvalidInput(FIELD, Rule.BIRTH_DATE) from None
    if born > today:
        raise InvalidInput(FIELD, Rule.BIRTH_DATE_FUTURE)
    if born.year < 1880:
        raise InvalidInput(FIELD, Rule.BIRTH_DATE)
