"""A guardian agrees that a child may use channels for which it is too young alone (PIPL article 31: under 14).

The child's account shows a code for a quarter of an hour; the guardian, an adult who has shown more than a name and a
number, enters it in an account of their own, sees whom it is about, and agrees. Either of them can end it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from idp.domain.assurance import Level, level_of
from idp.domain.audit_persons import GuardianAgreed
from idp.domain.audit_words import CitizenId
from idp.domain.errors import InvalidInput, Rule
from idp.domain.id_numbers import IdNumber
from idp.domain.persons import PersonName, fold
from idp.domain.ports import (
    Citizen,
    Citizens,
    Clock,
    Guardianship,
    Guardianships,
    Limits,
    Outbox,
    Randomness,
    Records,
    Versioned,
)
from idp.people import limits as budget
from idp.people.calendar_day import china_day
from idp.people.origin import Origin
from idp.people.stamp import Stamper

FIELD: Final = "guardian_code"
CODE_DIGITS: Final = 10
CODE_SECONDS: Final = 900.0
MAJORITY: Final = 18


@dataclass(frozen=True, slots=True)
class Ward:
    """A child as its guardian sees it: the name masked."""

    citizen_id: str
    name: str = field(repr=False)
    agreed_at: float | None = None


@dataclass(frozen=True, slots=True)
class Guarding:
    """See the module."""

    citizens: Citizens
    guardianships: Guardianships
    codes: Records
    limits: Limits
    outbox: Outbox
    clock: Clock
    randomness: Randomness

    def is_child(self, citizen_id: str) -> bool:
        """Whether the account is proved to be somebody's under 18."""
        citizen = self.citizens.by_id(citizen_id)
        return citizen is not None and citizen.person is not None and self._age(citizen) < MAJORITY

    def may_guard(self, citizen_id: str) -> bool:
        """An adult by the number proved, who has shown possession or presence: others know a name and a number too."""
        citizen = self.citizens.by_id(citizen_id)
        if citizen is None or citizen.id_number is None or self._age(citizen) < MAJORITY:
            return False
        return level_of(self.citizens.evidence_of(citizen_id), self.clock.now()) >= Level.MEDIUM

    def code_for(self, minor_id: str) -> str:
        """A new code for the child's guardian. Raises LimitReached."""
        now = self.clock.now()
        budget.spend(self.limits, budget.each(budget.GUARDIAN_CODE, minor_id), now=now)
        code = self.randomness.digits(CODE_DIGITS)
        self.codes.create(code, {"minor_id": minor_id}, now=now, expires_at=now + CODE_SECONDS)
        return code

    def read(self, guardian_id: str, typed_code: str, origin: Origin) -> Ward:
        """Whom a code is about. Raises InvalidInput (``guardian_code``) or LimitReached."""
        minor, _found = self._read(guardian_id, typed_code, origin)
        return _ward(minor)

    def agree(self, guardian_id: str, typed_code: str, origin: Origin) -> None:
        """Agree, once for a code. Raises InvalidInput (``guardian_code``) or LimitReached."""
        minor, found = self._read(guardian_id, typed_code, origin)
        now = self.clock.now()
        if not self.codes.redeem(_digits(typed_code), version=found.version, note="", now=now):
            raise InvalidInput(FIELD, Rule.EXPIRED)
        self.guardianships.agree(Guardianship(minor.id, guardian_id, now))
        self._record(minor.id, guardian_id, origin, agreed=True)

    def withdraw(self, minor_id: str, guardian_id: str, origin: Origin) -> bool:
        """End an agreement, for either of the two. False when there was none."""
        if not self.guardianships.withdraw(minor_id, guardian_id, now=self.clock.now()):
            return False
        self._record(minor_id, guardian_id, origin, agreed=False)
        return True

    def guardians(self, minor_id: str) -> Sequence[Guardianship]:
        """Who agreed for this child and still may."""
        return [each for each in self.guardianships.of_minor(minor_id) if self.may_guard(each.guardian_id)]

    def wards(self, guardian_id: str) -> Sequence[Ward]:
        """The children this citizen agreed for."""
        found = ((self.citizens.by_id(each.minor_id), each.agreed_at) for each in self._agreed_by(guardian_id))
        return [_ward(minor, at) for minor, at in found if minor is not None]

    def _agreed_by(self, guardian_id: str) -> Sequence[Guardianship]:
        return self.guardianships.of_guardian(guardian_id)

    def _read(self, guardian_id: str, typed_code: str, origin: Origin) -> tuple[Citizen, Versioned]:
        now, code = self.clock.now(), _digits(typed_code)
        if not code:
            raise InvalidInput(FIELD, Rule.MISSING)
        if len(code) != CODE_DIGITS:
            raise InvalidInput(FIELD, Rule.FORMAT)
        pairs = [*budget.each(budget.GUARDIAN_GUESS, guardian_id), *budget.each(budget.GUARDIAN_PLACE, origin.address)]
        budget.spend(self.limits, pairs, now=now)
        found = self.codes.read(code, now=now)
        minor = self.citizens.by_id(found.value["minor_id"]) if isinstance(found, Versioned) else None
        alive = minor is not None and minor.person is not None and minor.id != guardian_id
        if minor is None or not alive or not isinstance(found, Versioned) or not self.may_guard(guardian_id):
            raise InvalidInput(FIELD, Rule.WRONG)
        self.limits.refund(pairs, at=now)
        return minor, found

    def _age(self, citizen: Citizen) -> int:
        return IdNumber(citizen.person[1]).age_on(china_day(self.clock.now())) if citizen.person else 0

    def _record(self, minor_id: str, guardian_id: str, origin: Origin, *, agreed: bool) -> None:
        for citizen_id in (minor_id, guardian_id):  # each of the two finds it in the own history
            stamp = Stamper(self.clock, self.randomness)(citizen_id, origin.request_id)
            self.outbox.append(GuardianAgreed(**stamp, guardian=CitizenId(guardian_id), agreed=agreed))


def _digits(typed: str) -> str:
    return "".join(c for c in typed if c.isascii() and c.isdigit())


def _ward(minor: Citizen, agreed_at: float | None = None) -> Ward:
    name = minor.person[0] if minor.person else ""
    return Ward(minor.id, PersonName(name, fold(name)).masked if name else "", agreed_at)
