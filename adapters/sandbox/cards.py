"""The issuing banks behind the sandbox UnionPay: whose card is which, and test cards that answer a chosen code.

A test card is ``6221559900000000`` + the two digits of a ``respCode`` + the Luhn digit; it belongs to whoever asks.
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from importlib import resources
from typing import Final

from adapters.sandbox.person import luhn_digit
from adapters.sandbox.population import Register, synthetic_people

_TEST_CARDS: Final = "6221559900000000"
_SYNTHETIC_CARDS: Final = "62215510"
# What the banks hold other than the person believes (personas.json, "why").
_OTHER_PHONES: Final = {"ouyang": "19900009904"}
_OTHER_NAMES: Final = {"wang_rare": "王\ue863"}
# These two have no card.
_CARDLESS: Final = frozenset({"missing", "minor"})
OK, NO_CARD, DIFFERENT, TOO_OFTEN = "00", "61", "66", "37"


@dataclass(frozen=True, slots=True)
class Account:
    """What an issuing bank holds about a card."""

    name: str = field(repr=False)
    id18: str = field(repr=False)
    phone: str = field(repr=False)


def test_card(code: str) -> str:
    """The card that answers ``code``."""
    body = _TEST_CARDS + code
    return body + luhn_digit(body)


def synthetic_card(index: int) -> str:
    """The card of the generated person ``index``."""
    body = f"{_SYNTHETIC_CARDS}{index:010d}"
    return body + luhn_digit(body)


class Issuers:
    """Every bank. ``tries`` a day and card, then code 37."""

    def __init__(self, register: Register, tries: int) -> None:
        text = (resources.files(__package__) / "personas.json").read_text(encoding="utf-8")
        people = [p for p in json.loads(text)["people"] if p["key"] not in _CARDLESS]
        self._accounts = {p["pan"]: _account(p) for p in people}
        self._generated = {p.pan: p.id18 for p in register.generated}
        self._register = register
        self._tries = tries
        self._asked: Counter[tuple[str, str]] = Counter()

    def answer(self, pan: str, asked: Account, day: str) -> str:
        """The code for these four elements on a day (``yyyyMMdd``)."""
        self._asked[pan, day] += 1
        if self._asked[pan, day] > self._tries:
            return TOO_OFTEN
        if len(pan) == 19 and pan.startswith(_TEST_CARDS):
            return pan[16:18]
        account = self._accounts.get(pan) or self._of_generated(pan) or self._synthetic(pan)
        if account is None:
            return NO_CARD
        return OK if account == asked else DIFFERENT

    def _of_generated(self, pan: str) -> Account | None:
        row = self._register.find(self._generated.get(pan, ""), "unionpay_card")
        if row is None:
            return None
        phone = f"{row.phone[:3]}0{row.phone[4:]}" if "bank_other_phone" in row.traits else row.phone
        return Account(row.name, row.id18, phone)

    def _synthetic(self, pan: str) -> Account | None:
        if len(pan) != 19 or not pan.startswith(_SYNTHETIC_CARDS):
            return None
        person = next(synthetic_people(1, start=int(pan[8:18])))
        known = self._register.find(person.id18)
        return None if known is None else Account(person.name, person.id18, person.phone)


def _account(row: dict[str, str]) -> Account:
    key = row["key"]
    return Account(_OTHER_NAMES.get(key, row["name"]), row["id18"], _OTHER_PHONES.get(key, row["phone"]))
