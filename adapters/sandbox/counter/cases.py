"""Appointments and what the officers made of them."""

import datetime
from dataclasses import dataclass, field
from typing import Any, Final

from adapters.sandbox.counter.issued import OFFICERS, Officer, officer_of
from adapters.sandbox.counter.reader import NoReading, Reading
from adapters.sandbox.house import House
from adapters.sandbox.population import ALIVE

_CHINA: Final = datetime.timezone(datetime.timedelta(hours=8))
_KEPT: Final = 2000
DECISIONS: Final = frozenset({"vouched", "refused", "card_expired", "cancelled_or_deceased"})


class NotAllowed(Exception):
    """The desk's own rules forbid it; the text is for the officer's page."""


@dataclass(slots=True)
class Case:
    """One appointment. ``state`` waiting, opened, read, second_officer, reader_fault or decided."""

    request_id: str
    code: str
    nonce: bytes = field(repr=False)
    open_until: float
    always_two: bool
    state: str = "waiting"
    officer: Officer | None = None
    second: Officer | None = None
    reading: Reading | None = field(default=None, repr=False)
    no_reading: NoReading | None = field(default=None, repr=False)
    typed: dict[str, str] | None = field(default=None, repr=False)
    rekeying: dict[str, str] | None = field(default=None, repr=False)
    register: str = "not_asked"
    decision: str = ""
    reference: str = ""
    decided_at: int = 0

    @property
    def number(self) -> str:
        """The number in front of the officer."""
        if self.typed is not None:
            return self.typed["id_number"]
        return self.reading.column(5) if self.reading else ""

    @property
    def name(self) -> str:
        """The name in front of the officer."""
        if self.typed is not None:
            return self.typed["name"]
        return self.reading.column(0) if self.reading else ""

    @property
    def valid_to(self) -> str:
        """``yyyyMMdd`` or 长期."""
        if self.typed is not None:
            return self.typed["valid_to"]
        return self.reading.column(8) if self.reading else ""

    def verdict(self) -> dict[str, Any] | None:
        """What the provider is told, once it is decided."""
        if self.state != "decided" or self.officer is None:
            return None
        told: dict[str, Any] = {
            "reference": self.reference,
            "hall": self.officer.hall,
            "hall_name": self.officer.hall_name,
            "officer": self.officer.id,
            "decision": self.decision,
            "decided_at": self.decided_at,
        }
        if self.second is not None:
            told["second_officer"] = self.second.id
        if self.decision == "vouched":
            told |= {"register": self.register, "officer_states": True, "citizen_confirms": True}
            told |= {"typed": self.typed} if self.typed is not None else {}
            told |= {"reading": self.reading.signed} if self.reading is not None else {}
            told |= {"rekeying": self.rekeying} if self.rekeying is not None else {}
        return told


class Cases:
    """Every appointment of this desk system; the oldest give way."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._cases: dict[str, Case] = {}
        self._count = 0

    def add(self, case: Case) -> bool:
        """Take an appointment; False when its code or number is in use."""
        now = self._house.clock.now()
        with self._house.lock:
            taken = any(c.code == case.code and self._live(c, now) for c in self._cases.values())
            if taken or case.request_id in self._cases:
                return False
            self._cases[case.request_id] = case
            while len(self._cases) > _KEPT:
                del self._cases[next(iter(self._cases))]
        return True

    def find(self, request_id: str) -> Case | None:
        """The appointment with a request number."""
        return self._cases.get(request_id)

    def by_code(self, code: str) -> Case | None:
        """The live appointment with a code."""
        now = self._house.clock.now()
        return next((c for c in list(self._cases.values()) if c.code == code and self._live(c, now)), None)

    def for_second(self) -> list[Case]:
        """Appointments that wait for a second officer."""
        return [c for c in list(self._cases.values()) if c.state == "second_officer"]

    def state_of(self, case: Case) -> str:
        """The state as the provider hears it: an appointment that nobody opened in time has lapsed."""
        if case.state == "waiting" and self._house.clock.now() >= case.open_until:
            return "lapsed"
        return case.state

    def _live(self, case: Case, now: float) -> bool:
        return case.state != "decided" and (case.state != "waiting" or now < case.open_until)

    def ask_register(self, case: Case) -> None:
        """The optional check with the population register (11.2): only an end of the registration stops."""
        row = self._house.register.find(case.number)
        if row is None:
            case.register = "not_found"
        elif row.swbs != ALIVE:
            case.register = "cancelled_or_deceased"
        else:
            case.register = "match" if row.name == case.name else "mismatch"

    def today(self) -> str:
        """``yyyyMMdd`` in China."""
        return f"{datetime.datetime.fromtimestamp(self._house.clock.now(), tz=_CHINA):%Y%m%d}"

    def rekey(self, case: Case, name: str, number: str, ground: str) -> None:
        """State who the person was before. Raises NotAllowed."""
        if not (name and number and ground):
            raise NotAllowed("原姓名、原证件号码和依据的证明都要填写")
        if (name, number) == (case.name, case.number):
            raise NotAllowed("原姓名和原证件号码与证件相同，没有需要更正的内容")
        kind = "renamed" if number == case.number else "renumbered"
        case.rekeying = {"kind": kind, "name": name, "id_number": number, "ground": ground}

    def expired(self, case: Case) -> bool:
        """Whether the document's last day is over."""
        return case.valid_to not in {"", "长期"} and case.valid_to < self.today()

    def decide(self, case: Case, decision: str) -> None:
        """The first officer's decision. Raises NotAllowed."""
        officer = case.officer
        if officer is None or case.state != "read" or decision not in DECISIONS:
            raise NotAllowed("现在不能作出决定")
        if decision == "vouched":
            self._may_vouch(case, officer)
        case.decision = decision
        two = case.typed is not None or case.rekeying is not None or case.always_two
        if decision == "vouched" and two:
            case.state = "second_officer"
            return
        self._close(case)

    def _may_vouch(self, case: Case, officer: Officer) -> None:
        if case.number == officer.own or case.number in officer.relatives:
            raise NotAllowed("不得为本人或系统登记的亲属核验")
        if self.expired(case):
            raise NotAllowed("证件已过有效期，只能选择“证件已过期”")
        if case.register == "cancelled_or_deceased":
            raise NotAllowed("户籍已注销或死亡，不得核验通过")

    def confirm(self, case: Case, second: Officer, *, agrees: bool) -> None:
        """The second officer's word. Raises NotAllowed."""
        if case.state != "second_officer" or case.officer is None:
            raise NotAllowed("现在不需要复核")
        if second.id == case.officer.id:
            raise NotAllowed("复核必须由另一名工作人员进行")
        if agrees:
            self._may_vouch(case, second)
        case.second = second
        if not agrees:
            case.decision = "refused"
        self._close(case)

    def _close(self, case: Case) -> None:
        with self._house.lock:
            self._count += 1
            case.reference = f"C-{self.today()}-{self._count:04d}"
        case.decided_at = int(self._house.clock.now())
        case.state = "decided"


__all__ = ["DECISIONS", "OFFICERS", "Case", "Cases", "NotAllowed", "officer_of"]
