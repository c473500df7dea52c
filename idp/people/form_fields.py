"""Reads the fields of a channel's form before anything is spent: one parser for each kind of field.

A field that cannot be right costs no try and reaches no upstream; the page keeps what was typed.
"""

import datetime
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from stdnum import luhn
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from idp.domain import id_numbers
from idp.domain.channel import FieldKind
from idp.domain.errors import InvalidInput, Rule
from idp.domain.persons import parse_name
from idp.people.contact import parse_mobile

CODE_DIGITS: Final = 6
_LONGEST_ORGANISATION: Final = 100
_SOCIAL_CARD: Final = re.compile(r"[0-9A-Z]{6,20}")
_MARKUP: Final = re.compile(r"[<>\x00-\x1f\x7f]")


def read_fields(
    kinds: Iterable[FieldKind], unverified_fields: Mapping[str, str], *, today: datetime.date
) -> dict[str, str]:
    """The canonical value of each field the form asked for; what it did not ask for is dropped.

    A name stays as it was typed: channels and comparisons fold it, storage must not. Raises InvalidInput with the
    :class:`FieldKind` as field, for the first field that cannot be right.
    """
    return {str(kind): _PARSERS[kind](unverified_fields.get(kind, ""), today) for kind in kinds}


def parse_code(typed: str, field: str) -> str:
    """Six digits, in any width and with spaces between them. Raises InvalidInput: missing, format."""
    text = "".join(unicodedata.normalize("NFKC", typed[:64]).split())
    if not text:
        raise InvalidInput(field, Rule.MISSING)
    if len(text) != CODE_DIGITS or not (text.isascii() and text.isdigit()):
        raise InvalidInput(field, Rule.FORMAT)
    return text


def parse_bank_card(typed: str) -> str:
    """13 to 19 digits with the Luhn check digit (ISO/IEC 7812-1 annex B)."""
    text = _compact(typed)
    if not text:
        raise InvalidInput(FieldKind.BANK_CARD, Rule.MISSING)
    if not (text.isascii() and text.isdigit()):
        raise InvalidInput(FieldKind.BANK_CARD, Rule.CHARACTERS)
    if not 13 <= len(text) <= 19:
        raise InvalidInput(FieldKind.BANK_CARD, Rule.LENGTH)
    if not luhn.is_valid(text):
        raise InvalidInput(FieldKind.BANK_CARD, Rule.CHECK_CHARACTER)
    return text


def parse_credit_code(typed: str) -> str:
    """A unified social credit code of 18 characters (GB 32100-2015)."""
    text = _compact(typed).upper()
    if not text:
        raise InvalidInput(FieldKind.CREDIT_CODE, Rule.MISSING)
    if not (text.isascii() and text.isalnum()):
        raise InvalidInput(FieldKind.CREDIT_CODE, Rule.CHARACTERS)
    if len(text) != 18:
        raise InvalidInput(FieldKind.CREDIT_CODE, Rule.LENGTH)
    try:
        return str(uscc.validate(text))
    except ValidationError:
        raise InvalidInput(FieldKind.CREDIT_CODE, Rule.CHECK_CHARACTER) from None


def parse_social_card(typed: str) -> str:
    """The number printed on a social security card: letters and digits, no check digit (AAZ500, channels.md 6.1)."""
    text = _compact(typed).upper()
    if not text:
        raise InvalidInput(FieldKind.SOCIAL_CARD, Rule.MISSING)
    if _SOCIAL_CARD.fullmatch(text) is None:
        raise InvalidInput(FieldKind.SOCIAL_CARD, Rule.FORMAT)
    return text


def _parse_organisation(typed: str) -> str:
    text = " ".join(unicodedata.normalize("NFC", typed[: 4 * _LONGEST_ORGANISATION]).split())
    checks = (
        (not text, Rule.MISSING),
        (len(text) < 2, Rule.TOO_SHORT),
        (len(text) > _LONGEST_ORGANISATION, Rule.TOO_LONG),
        (bool(_MARKUP.search(text)), Rule.CHARACTERS),
    )
    for wrong, rule in checks:
        if wrong:
            raise InvalidInput(FieldKind.ORGANISATION_NAME, rule)
    return text


def _compact(typed: str) -> str:
    return "".join(unicodedata.normalize("NFKC", typed[:64]).replace("-", "").split())


_PARSERS: Final[Mapping[FieldKind, Callable[[str, datetime.date], str]]] = {
    FieldKind.NAME: lambda typed, _: parse_name(typed).typed,
    FieldKind.ID_NUMBER: lambda typed, today: id_numbers.parse(typed, today=today).value,
    FieldKind.MOBILE: lambda typed, _: parse_mobile(typed),
    FieldKind.BANK_CARD: lambda typed, _: parse_bank_card(typed),
    FieldKind.SMS_CODE: lambda typed, _: parse_code(typed, FieldKind.SMS_CODE),
    FieldKind.CREDIT_CODE: lambda typed, _: parse_credit_code(typed),
    FieldKind.ORGANISATION_NAME: lambda typed, _: _parse_organisation(typed),
    FieldKind.SOCIAL_CARD: lambda typed, _: parse_social_card(typed),
}
