"""What a person types for a card check, in canonical form (channels.md 2.2)."""

import re
from typing import Final

from stdnum import luhn

from adapters.texted_code import compact
from idp.domain.channel import FieldKind
from idp.domain.errors import InvalidInput, Rule

_CARD: Final = re.compile(r"[0-9]{13,19}")


def card_number(typed: str) -> str:
    """13 to 19 digits with the Luhn check digit. Raises InvalidInput."""
    text = compact(typed)
    if not _CARD.fullmatch(text) or not luhn.is_valid(text):
        raise InvalidInput(FieldKind.BANK_CARD, Rule.FORMAT)
    return text
