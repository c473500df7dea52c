"""Who has an account at Alipay, and how the gateway says no."""

import json
from dataclasses import dataclass, field
from hashlib import sha256
from importlib import resources
from typing import Final

from adapters.sandbox.house import House
from adapters.sandbox.population import Person

_NO_ACCOUNT: Final = frozenset({"missing", "minor"})
# These registers hold the private-use code point of the rare character (personas.json).
_OLD_SPELLING: Final = {"\u4dae": "\ue863"}


class Refusal(Exception):
    """A business or gateway refusal. ``outer``: said in ``error_response`` instead of the method's node."""

    def __init__(self, code: str, sub_code: str, text: str, *, outer: bool = False) -> None:
        super().__init__(sub_code)
        self.code, self.sub_code, self.text, self.outer = code, sub_code, text, outer


@dataclass(frozen=True, slots=True)
class Account:
    """One Alipay account, with the name in Alipay's own spelling."""

    user_id: str
    open_id: str
    name: str = field(repr=False)
    number: str = field(repr=False)


class Accounts:
    """Personas have the accounts of their file; everybody else in the register has one with a derived number."""

    def __init__(self, house: House) -> None:
        self._house = house
        text = (resources.files(__package__) / "personas.json").read_text(encoding="utf-8")
        self._ids = {row["id18"]: row["alipay_user_id"] for row in json.loads(text)["people"]}

    def personas(self) -> list[Account]:
        """The named people who have an account."""
        return [self._account(p) for p in self._house.register.people if p.key not in _NO_ACCOUNT]

    def of(self, number: str) -> Account | None:
        """The account registered under an ID number."""
        named = {p.id18: p for p in self._house.register.people}
        person = named.get(number) or self._house.register.find(number, "alipay_account")
        return None if person is None or person.key in _NO_ACCOUNT else self._account(person)

    def _account(self, person: Person) -> Account:
        digest = sha256(person.id18.encode()).hexdigest()
        user_id = self._ids.get(person.id18) or f"2088{int(digest, 16) % 10**12:012d}"
        name = "".join(_OLD_SPELLING.get(c, c) for c in person.name)
        return Account(user_id, f"0{digest[:46]}", name, person.id18)
