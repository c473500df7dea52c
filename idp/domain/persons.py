"""Names of persons, as they are typed, compared and sent.

What was typed is stored; two names are compared in their folded form: NFKC, one middle dot (U+00B7), no white space,
private-use code points of the old GBK tables as their Unicode characters. Traditional and simplified forms are never
folded into one another: the register decides.
"""

import re
import unicodedata
from dataclasses import dataclass, field

from idp.domain.errors import InvalidInput, Rule

FIELD = "name"
MAX_LENGTH = 50
MIDDLE_DOT = "\u00b7"
_DOTS = dict.fromkeys(map(ord, "\u2022\u30fb\uff0e.\u2027\u2219\u22c5\uff65\u25cf\u2e31\u00b7"), MIDDLE_DOT)
# GBK positions that had no Unicode character when the table was made (published GB 18030 mappings).
_PRIVATE_USE = {0xE863: "\u4dae"}
_FORBIDDEN = re.compile(r"[\d<>&\"'`;:/\\{}\[\]|=+*%$#@!?~^_,()\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name as typed (trimmed of nothing but outer space) and in the form that is compared and sent."""

    typed: str = field(repr=False)
    folded: str = field(repr=False)

    @property
    def masked(self) -> str:
        """First character and stars, for pages that need not show the whole: ``张*``."""
        return self.folded[0] + "*" * min(len(self.folded) - 1, 3)

    def same_as(self, other: str) -> bool:
        """Whether ``other``, in any spelling, is this name."""
        return fold(other) == self.folded


def fold(name: str) -> str:
    """The comparison form of a name (``vectors/channels/names.json``)."""
    mapped = "".join(_PRIVATE_USE.get(ord(c), c) for c in name)
    normal = unicodedata.normalize("NFKC", mapped).translate(_DOTS)
    return "".join(c for c in normal if not c.isspace() and unicodedata.category(c) not in {"Cf", "Cc"})


def parse_name(typed: str) -> PersonName:
    """Read a name. Raises :class:`InvalidInput` (field ``name``): missing, characters, too_short, too_long.

    Chinese, minority and Latin names pass; digits and markup do not. At least two characters, at most 50.
    """
    folded = fold(typed)
    if not folded:
        raise InvalidInput(FIELD, Rule.MISSING)
    if _FORBIDDEN.search(folded):
        raise InvalidInput(FIELD, Rule.CHARACTERS)
    if len(folded) < 2:
        raise InvalidInput(FIELD, Rule.TOO_SHORT)
    if len(folded) > MAX_LENGTH:
        raise InvalidInput(FIELD, Rule.TOO_LONG)
    return PersonName(typed=typed.strip(), folded=folded)


def alternative_spelling(folded: str) -> str | None:
    """The one other form that an old register may hold: ``.`` for the dot, or a private-use code point.

    None when the name has neither. Only the police and social-security record checks may ask a second time.
    """
    private = {v: chr(k) for k, v in _PRIVATE_USE.items()}
    other = "".join(private.get(c, c) for c in folded)
    if other == folded:
        other = folded.replace(MIDDLE_DOT, ".")
    return other if other != folded else None
