"""The people in the sandbox registers: the personas, and any number of other ones. None of them exists.

Every number has a birth date from 1901 to 1905 or the sequence code 000, which are never assigned to living people.
"""

import datetime
import functools
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib import resources
from typing import Any, Final

from adapters.sandbox.generated import generated
from adapters.sandbox.people_names import GIVEN, OLD_SPELLED, SURNAMES
from adapters.sandbox.person import ALIVE, CANCELLED, DECEASED, Person, check_character
from adapters.sandbox.traits import LATER, MATCH, PERSONAS, absent

__all__ = ["ALIVE", "CANCELLED", "DECEASED", "Person", "Register", "check_character", "generated", "personas"]

_FIRST_DAY: Final = datetime.date(1901, 1, 1)
_DAYS: Final = (datetime.date(1905, 12, 31) - _FIRST_DAY).days + 1
_AREAS: Final = ("370102", "370202", "370602", "371302", "370902")
_OLD_SPELLING: Final = str.maketrans({OLD_SPELLED: "\ue863"})
_OLD_SPELLED_AT: Final = {"unionpay_card": "bank_old_spelling", "alipay_account": "alipay_old_spelling"}


def synthetic_people(count: int, *, start: int = 0) -> Iterator[Person]:
    """``count`` generated people, the same ones every time; ``start`` skips ahead. At most 9 million exist."""
    for index in range(start, start + count):
        day = _FIRST_DAY + datetime.timedelta(days=index % _DAYS)
        rest, area = divmod(index // _DAYS, len(_AREAS))
        sequence = 100 + rest % 899  # below 100 are the personas
        seventeen = f"{_AREAS[area]}{day:%Y%m%d}{sequence:03d}"
        name = SURNAMES[index % 20] + GIVEN[index // 20 % 10] + GIVEN[index // 200 % 10]
        yield Person(f"synthetic-{index}", name, seventeen + check_character(seventeen), f"1990{index % 10**7:07d}")


def expectations(key: str) -> dict[str, str]:
    """What each channel answers to a persona, as ``personas.json`` says it; of later channels the table of traits."""
    written = next(row["expected"] for row in _file()["people"] if row["key"] == key)
    return {**dict.fromkeys(LATER, MATCH), **PERSONAS.get(key, {}), **written}


def personas() -> tuple[Person, ...]:
    """The named people, with what each is there for."""
    return tuple(_persona(row) for row in _file()["people"])


@functools.cache
def _file() -> Any:
    return json.loads((resources.files(__package__) / "personas.json").read_text(encoding="utf-8"))


def _persona(row: dict[str, str]) -> Person:
    state = {"revoked": CANCELLED, "deceased": DECEASED}.get(row["key"], ALIVE)
    return Person(row["key"], row["name"], row["id18"], row["phone"], state, row["key"], row["why"])


class Register:
    """The police population register. Edits live until the process ends."""

    def __init__(self, synthetic: int = 0, generated: Iterable[Person] = ()) -> None:
        self.people = personas()
        self.generated = tuple(generated)
        known = [p for p in self.people if p.key != "missing"]
        self._rows = {p.id18: p for p in (*known, *synthetic_people(synthetic), *self.generated)}
        self._holders = {p.key: p for p in (*self.people, *self.generated)}

    def find(self, id18: str, at: str = "police_population") -> Person | None:
        """The row of a number in the register behind a channel, with the name as that register spells it."""
        row = self._rows.get(id18)
        if row is None or absent(row.traits, at):
            return None
        return replace(row, name=row.name.translate(_OLD_SPELLING)) if _OLD_SPELLED_AT.get(at) in row.traits else row

    def holder(self, key: str) -> Person | None:
        """A persona or generated person by key, registered or not: who carries the card."""
        return self._holders.get(key)

    def put(self, id18: str, changes: dict[str, str | None]) -> Person:
        """Change or add a row. ``changes``: name, swbs, portrait. A new row needs a name."""
        row = self._rows.get(id18) or Person("edited", "", id18, "")
        allowed = {k: v for k, v in changes.items() if k in {"name", "swbs", "portrait"}}
        row = replace(row, **allowed)  # type: ignore[arg-type]  # checked by the caller
        if not row.name:
            raise ValueError("a new row needs a name")
        self._rows[id18] = row
        return row

    def remove(self, id18: str) -> None:
        """Forget a row."""
        self._rows.pop(id18, None)
