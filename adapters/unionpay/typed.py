"""What a person types for a card check, in canonical form (channels.md 2.2)."""

import re
import unicodedata
from typing import Final

from stdnum import luhn

from idp.domain.channel import FieldKind
from idp.domain.errors import InvalidInput, Rule

_LONGEST: Final = 64
_CARD: Final = re.compile(r"[0-9]{13,19}")
_MOBILE: Final = re.compile(r"(?:\+?86)?(1[0-9]{10})")
_CODE: Final = re.compile(r"[0-9]{6}")


def card_number(typed: str) -> str:
    """13 to 19 digits with the Luhn check digit. Raises InvalidInput."""
    text = _compact(typed)
    if not _CARD.fullmatch(text) or not luhn.is_valid(text):
        raise InvalidInput(FieldKind.BANK_CARD, Rule.FORMAT)
    return text


def mobile_number(typed: str) -> str:
    """The 11 digits of a mainland mobile number. Raises InvalidInput."""
    found = _MOBILE.fullmatch(_compact(typed))
    if found is None:
        raise InvalidInput(FieldKind.MOBILE, Rule.FORMAT)
    return found[1]


def one_time_code(typed: str) -> str:
    """Six digits. Raises InvalidInput."""
    text = _compact(typed)
    if not _CODE.fullmatch(text):
        raise InvalidInput(FieldKind.SMS_CODE, Rule.FORMAT)
    return text


def _compact(typed: str) -> str:
    return "".join(unicodedata.normalize("NFKC", typed[:_LONGEST]).replace("-", "").split())
