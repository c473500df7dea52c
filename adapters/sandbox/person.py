"""A person of the sandbox, and the check digits of what a person holds."""

from dataclasses import dataclass, field
from typing import Final

from adapters.sandbox.traits import outcome

_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK: Final = "10X98765432"
ALIVE, DECEASED, CANCELLED = "0", "1", "2"


@dataclass(frozen=True, slots=True)
class Person:
    """One person. ``swbs`` other than ``0``: deceased or cancelled. ``traits``: what is different, if generated.

    ``pan`` and ``social_card_no`` are what a generated person holds; those of the personas are in their file.
    """

    key: str
    name: str = field(repr=False)
    id18: str = field(repr=False)
    phone: str = field(repr=False)
    swbs: str = ALIVE
    portrait: str | None = None
    why: str = ""
    traits: frozenset[str] = frozenset()
    pan: str = field(default="", repr=False)
    social_card_no: str = field(default="", repr=False)

    def expected(self, channel: str) -> str:
        """What ``channel`` answers to a generated person's own details (:mod:`adapters.sandbox.traits`)."""
        return outcome(self.traits, channel)

    @property
    def birthdate(self) -> str:
        """``yyyyMMdd`` as the number states it."""
        return self.id18[6:14]

    @property
    def sex_code(self) -> str:
        """GB/T 2261.1: 1 male, 2 female."""
        return "1" if int(self.id18[16]) % 2 else "2"


def check_character(seventeen: str) -> str:
    """GB 11643: weighted sum modulo 11."""
    return _CHECK[sum(int(d) * w for d, w in zip(seventeen, _WEIGHTS, strict=True)) % 11]


def luhn_digit(body: str) -> str:
    """ISO/IEC 7812-1 annex B: the digit that makes the weighted sum a multiple of ten."""
    total = 0
    for place, digit in enumerate(reversed(body)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)
