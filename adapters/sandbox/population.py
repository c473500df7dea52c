"""The people in the sandbox registers: the personas, and any number of generated ones. None of them exists.

Every number has a birth date from 1901 to 1905 or the sequence code 000, which are never assigned to living people.
"""

import datetime
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from importlib import resources
from typing import Final

_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK: Final = "10X98765432"
_FIRST_DAY: Final = datetime.date(1901, 1, 1)
_DAYS: Final = (datetime.date(1905, 12, 31) - _FIRST_DAY).days + 1
_AREAS: Final = ("370102", "370202", "370602", "371302", "370902")
_SURNAMES: Final = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN: Final = "试测样例仿拟虚构演示"
ALIVE, DECEASED, CANCELLED = "0", "1", "2"


@dataclass(frozen=True, slots=True)
class Person:
    """One row of the population register. ``swbs`` other than ``0``: deceased or cancelled."""

    key: str
    name: str = field(repr=False)
    id18: str = field(repr=False)
    phone: str = field(repr=False)
    swbs: str = ALIVE
    portrait: str | None = None
    why: str = ""

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


def synthetic_people(count: int, *, start: int = 0) -> Iterator[Person]:
    """``count`` generated people, the same ones every time; ``start`` skips ahead. At most 9 million exist."""
    for index in range(start, start + count):
        day = _FIRST_DAY + datetime.timedelta(days=index % _DAYS)
        rest, area = divmod(index // _DAYS, len(_AREAS))
        sequence = 100 + rest % 899  # below 100 are the personas
        seventeen = f"{_AREAS[area]}{day:%Y%m%d}{sequence:03d}"
        name = _SURNAMES[index % 20] + _GIVEN[index // 20 % 10] + _GIVEN[index // 200 % 10]
        yield Person(f"synthetic-{index}", name, seventeen + check_character(seventeen), f"1990{index % 10**7:07d}")


def personas() -> tuple[Person, ...]:
    """The named people, with what each is there for."""
    text = (resources.files(__package__) / "personas.json").read_text(encoding="utf-8")
    return tuple(_persona(row) for row in json.loads(text)["people"])


def _persona(row: dict[str, str]) -> Person:
    state = {"revoked": CANCELLED, "deceased": DECEASED}.get(row["key"], ALIVE)
    return Person(row["key"], row["name"], row["id18"], row["phone"], state, row["key"], row["why"])


class Register:
    """The police population register. Edits live until the process ends."""

    def __init__(self, synthetic: int = 0) -> None:
        self.people = personas()
        known = [p for p in self.people if p.key != "missing"]
        self._rows = {p.id18: p for p in (*known, *synthetic_people(synthetic))}

    def find(self, id18: str) -> Person | None:
        """The row of a number."""
        return self._rows.get(id18)

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
