"""Who the carriers know behind a mobile, and test numbers that answer a chosen result.

A test number is ``19988000`` and three digits: ``19988000012`` answers -12 whoever asks, ``19988000000`` answers 0.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from adapters.sandbox.population import Register, expectations
from adapters.sandbox.traits import MISMATCH, NOT_FOUND, REJECTED

CHANNEL: Final = "carrier_three_element"
_TEST_NUMBERS: Final = "19988000"
AGREES, DIFFERENT, TOO_OFTEN, NO_RECORD, SEGMENT = "0", "-4", "-12", "-9", "-13"
_WORDS: Final = {MISMATCH: DIFFERENT, NOT_FOUND: NO_RECORD, REJECTED: SEGMENT}


@dataclass(frozen=True, slots=True)
class Line:
    """A mobile and who is said to hold it."""

    name: str = field(repr=False)
    id18: str = field(repr=False)
    phone: str = field(repr=False)


def test_number(result: str) -> str:
    """The mobile that answers ``result``: 0, or a negative number of up to three digits."""
    return f"{_TEST_NUMBERS}{int(result.removeprefix('-')):03d}"


class Subscribers:
    """All three carriers. ``tries`` a day and mobile, then -12."""

    def __init__(self, register: Register, tries: int) -> None:
        self._register = register
        self._personas = {person.id18: person.key for person in register.people}
        self._tries = tries
        self._asked: Counter[tuple[str, str]] = Counter()

    def answer(self, asked: Line, day: str) -> str:
        """The result for these three on a day (``yyyyMMdd``)."""
        self._asked[asked.phone, day] += 1
        if self._asked[asked.phone, day] > self._tries:
            return TOO_OFTEN
        if asked.phone.startswith(_TEST_NUMBERS):
            code = int(asked.phone.removeprefix(_TEST_NUMBERS))
            return f"-{code}" if code else AGREES
        return self._held(asked)

    def _held(self, asked: Line) -> str:
        holder = self._register.find(asked.id18, CHANNEL)
        if holder is None:
            return NO_RECORD
        persona = self._personas.get(asked.id18)
        word = expectations(persona)[CHANNEL] if persona else holder.expected(CHANNEL)
        if holder.phone == asked.phone and word in _WORDS:
            return _WORDS[word]  # a line in a relative's name, a segment that cannot be asked about
        return AGREES if (holder.name, holder.phone) == (asked.name, asked.phone) else DIFFERENT
