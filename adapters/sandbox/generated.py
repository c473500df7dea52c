"""People by the thousand, the same ones every time: with cards, accounts and whatever else people have or lack.

Their numbers carry a correct check character and cannot be anybody's: a birth date from 1901 to 1905, or the sequence
code 000, which is never assigned. Their areas are not those of the personas nor of ``synthetic_people``.
"""

import datetime
from functools import partial
from hashlib import sha256
from typing import Final

from adapters.sandbox.people_names import OLD_SPELLED, Draw, name_of
from adapters.sandbox.person import ALIVE, CANCELLED, DECEASED, Person, check_character, luhn_digit

MOST: Final = 200_000
_OLD_FIRST: Final = datetime.date(1901, 1, 1)
_OLD_DAYS: Final = (datetime.date(1905, 12, 31) - _OLD_FIRST).days + 1
_NEW_FIRST: Final = datetime.date(1950, 1, 1)
_NEW_DAYS: Final = (datetime.date(2004, 12, 31) - _NEW_FIRST).days + 1
_YOUNG_FIRST: Final = datetime.date(2014, 1, 1)
_YOUNG_DAYS: Final = (datetime.date(2019, 12, 31) - _YOUNG_FIRST).days + 1
_AREAS: Final = (
    "370103", "370104", "370105", "370203", "370211", "370303", "370402", "370502", "370611",
    "370702", "370802", "371002", "371102", "371402", "371502", "371602", "371702", "371722",
)  # fmt: skip
_PERMIT_AREAS: Final = ("810000", "820000", "830000")
_CARDS: Final = "62215512"
# Of a hundred people, about how many; the first five kinds exclude everything else about a person.
_KINDS: Final = (("permit", 0.03), ("minor", 0.03), ("unregistered", 0.02), ("cancelled", 0.01), ("deceased", 0.01))
_SHARES: Final = (
    ("no_card", 0.08),
    ("bank_other_phone", 0.06),
    ("no_social_card", 0.05),
    ("card_lost", 0.02),
    ("no_alipay", 0.07),
    ("no_wechat", 0.04),
    ("line_of_relative", 0.05),
    ("virtual_operator", 0.03),
)


def generated(count: int, seed: int = 0) -> tuple[Person, ...]:
    """``count`` people; the first ones of a seed are the same for every count. Raises ValueError above 200 000."""
    if not 0 <= count <= MOST:
        raise ValueError(f"count must be from 0 to {MOST}")
    return tuple(_person(index, seed) for index in range(count))


def _draw(seed: int, index: int, what: str) -> float:
    return int.from_bytes(sha256(f"{seed}|{index}|{what}".encode()).digest()[:7]) / 2**56


def _person(index: int, seed: int) -> Person:
    draw = partial(_draw, seed, index)
    name = name_of(draw)
    traits = _traits(draw, name)
    seventeen = _seventeen(draw, index, traits)
    state = CANCELLED if "cancelled" in traits else DECEASED if "deceased" in traits else ALIVE
    card = f"{_CARDS}{index:010d}"
    key = f"generated-{index}"
    return Person(
        key=key,
        name=name,
        id18=seventeen + check_character(seventeen),
        phone=f"1999{index:07d}",
        swbs=state,
        portrait=key,
        traits=traits,
        pan=card + luhn_digit(card),
        social_card_no=f"SG{index:07d}",
    )


def _traits(draw: Draw, name: str) -> frozenset[str]:
    place = draw("kind")
    for kind, share in _KINDS:
        if place < share:
            return frozenset({kind})
        place -= share
    found = {trait for trait, share in _SHARES if draw(trait) < share}
    if OLD_SPELLED in name:
        found |= {"bank_old_spelling", "alipay_old_spelling"}
    return frozenset(found)


def _seventeen(draw: Draw, index: int, traits: frozenset[str]) -> str:
    """Area, birth date and sequence. Unique by construction: each way is a count of its own over ``index``."""
    areas = _PERMIT_AREAS if "permit" in traits else _AREAS
    if "minor" in traits:
        days, area = divmod(index, len(areas))
        return f"{areas[area]}{_YOUNG_FIRST + datetime.timedelta(days=days % _YOUNG_DAYS):%Y%m%d}000"
    if "permit" not in traits and draw("age") < 0.5 and index < _NEW_DAYS * len(areas):
        days, area = divmod(index, len(areas))
        return f"{areas[area]}{_NEW_FIRST + datetime.timedelta(days=days * 7919 % _NEW_DAYS):%Y%m%d}000"
    rest, area = divmod(index, len(areas))
    round_, day = divmod(rest, _OLD_DAYS)
    return f"{areas[area]}{_OLD_FIRST + datetime.timedelta(days=day):%Y%m%d}{100 + round_:03d}"
