"""Organisations as they are typed, compared and sent: name and unified social credit code (channels.md 2.2, 4.3)."""

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Final

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from idp.domain.channel import FieldKind
from idp.domain.errors import InvalidInput, Rule

CHANNEL: Final = "business_registry"
MAX_LENGTH: Final = 100
# The first character names the registry: 9 is the market regulator (channels.md 2.2 rule 7).
_ENTERPRISES: Final = "9"
_NOT_A_NAME: Final = re.compile(r"[<>\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_WIDE, _NARROW = "（）", "()"


@dataclass(frozen=True, slots=True)
class Organisation:
    """An enterprise as typed; ``name`` has full-width brackets, the form that is sent first."""

    name: str = field(repr=False)
    credit_code: str = field(repr=False)

    @property
    def kept_by_the_market_regulator(self) -> bool:
        """Whether its register can know this code at all."""
        return self.credit_code.startswith(_ENTERPRISES)

    @property
    def with_narrow_brackets(self) -> str | None:
        """The other spelling that a register may hold; None when the name has no brackets."""
        other = self.name.translate(str.maketrans(_WIDE, _NARROW))
        return other if other != self.name else None


def fold(name: str) -> str:
    """The comparison form of an organisation's name: NFKC makes both widths of brackets one; no white space."""
    normal = unicodedata.normalize("NFKC", name)
    return "".join(c for c in normal if not c.isspace() and unicodedata.category(c) not in {"Cf", "Cc"})


def parse(typed_name: str, typed_code: str) -> Organisation:
    """Read both fields. Raises InvalidInput: missing, characters, too_short, too_long, length, check_character."""
    return Organisation(_parse_name(typed_name), _parse_code(typed_code))


def _parse_name(typed: str) -> str:
    text = "".join(unicodedata.normalize("NFC", typed[: 4 * MAX_LENGTH]).split())
    text = text.translate(str.maketrans(_NARROW, _WIDE))
    checks = (
        (not text, Rule.MISSING),
        (len(text) < 2, Rule.TOO_SHORT),
        (len(text) > MAX_LENGTH, Rule.TOO_LONG),
        (bool(_NOT_A_NAME.search(text)), Rule.CHARACTERS),
    )
    for wrong, rule in checks:
        if wrong:
            raise InvalidInput(FieldKind.ORGANISATION_NAME, rule)
    return text


def _parse_code(typed: str) -> str:
    text = "".join(unicodedata.normalize("NFKC", typed[:64]).replace("-", "").split()).upper()
    if len(text) != 18:
        raise InvalidInput(FieldKind.CREDIT_CODE, Rule.LENGTH if text else Rule.MISSING)
    try:
        return str(uscc.validate(text))
    except (ValidationError, ValueError):
        raise InvalidInput(FieldKind.CREDIT_CODE, Rule.CHECK_CHARACTER) from None
