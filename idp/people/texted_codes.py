"""A code texted to the confirmed mobile number of an account, good for one thing alone.

What it is good for is in the name of its slot: the purpose, the number, and what the code is bound to (a setup, a
journey). A code sent for anything else, or for another number, is worthless (OWASP ASVS 6.6.2, 6.6.3).
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from idp.domain.audit import CodeSent
from idp.domain.audit_words import Outcome
from idp.domain.errors import InvalidInput, LimitReached, Rule
from idp.domain.ports import Clock, OneTimeCodes, Outbox, Randomness, SmsGateway, SmsPurpose
from idp.people.form_fields import CODE_DIGITS, parse_code
from idp.people.origin import Origin
from idp.people.stamp import Stamper

CODE: Final = "code"
CODE_SECONDS: Final = 300.0
CODE_TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class TextedCodes:
    """See the module. ``sms`` counts every text against its budgets (:class:`idp.people.bounded_sms.BoundedSms`)."""

    codes: OneTimeCodes
    sms: SmsGateway
    outbox: Outbox
    clock: Clock
    randomness: Randomness

    def send(self, citizen_id: str, mobile: str, purpose: SmsPurpose, bound_to: str, origin: Origin) -> None:
        """Text a new code, which voids the one before. Raises LimitReached or Unavailable: that one stays good then."""
        code, now = self.randomness.digits(CODE_DIGITS), self.clock.now()
        outcome = Outcome.UNAVAILABLE
        try:
            self.sms.send_code(mobile, code, purpose)
            outcome = Outcome.OK
        except LimitReached:
            outcome = Outcome.LIMITED
            raise
        finally:
            stamp = Stamper(self.clock, self.randomness)(citizen_id, origin.request_id)
            self.outbox.append(CodeSent(**stamp, outcome=outcome))
        slot = _slot(purpose, mobile, bound_to)
        self.codes.issue(slot, code, now=now, expires_at=now + CODE_SECONDS, tries=CODE_TRIES)

    def check(self, mobile: str, purpose: SmsPurpose, bound_to: str, typed_code: str) -> None:
        """Return when it is right, and used by that. Raises InvalidInput (``code``); a wrong form spends no try."""
        code = parse_code(typed_code, CODE)
        result = self.codes.verify(_slot(purpose, mobile, bound_to), code, now=self.clock.now())
        if not result.matched:
            raise InvalidInput(CODE, Rule.WRONG if result.tries_left else Rule.EXPIRED)


def _slot(purpose: SmsPurpose, mobile: str, bound_to: str) -> str:
    return hashlib.sha256(f"{purpose}\0{mobile}\0{bound_to}".encode()).hexdigest()
