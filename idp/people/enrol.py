"""Registration: a mobile number confirmed by a code, a password, an account.

Nobody learns from it who is registered. A number with an account gets a text like any other (it says so, to the owner
of the phone alone), the page is the same, and :meth:`Enrolling.confirm` tells only who has read the code.
"""

import hashlib
import hmac
import unicodedata
from dataclasses import dataclass
from typing import Final

from idp.domain.audit import CodeSent, Registered
from idp.domain.audit_words import Outcome
from idp.domain.errors import InvalidInput, LimitReached, LoginNameTaken, Rule, Unavailable
from idp.domain.ports import (
    Citizen,
    Citizens,
    Clock,
    Limits,
    NewCitizen,
    OneTimeCodes,
    Outbox,
    Randomness,
    SmsGateway,
    SmsPurpose,
)
from idp.people import limits as budget
from idp.people.contact import LOGIN_NAME, parse_login_name, parse_mobile
from idp.people.form_fields import CODE_DIGITS, parse_code
from idp.people.origin import Origin
from idp.people.ports import PasswordHasher
from idp.people.stamp import Stamper

CODE: Final = "code"
PASSWORD_AGAIN: Final = "password_again"  # noqa: S105  a field's name
CODE_SECONDS: Final = 300.0
CODE_TRIES: Final = 5
SUBJECT_SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Enrolling:
    """See the module."""

    citizens: Citizens
    codes: OneTimeCodes
    limits: Limits
    sms: SmsGateway
    passwords: PasswordHasher
    outbox: Outbox
    clock: Clock
    randomness: Randomness

    def send_code(self, typed_mobile: str, origin: Origin) -> str:
        """Send a code to the number and answer the number (E.164).

        Raises InvalidInput (``mobile``), LimitReached, or Unavailable when no text could be sent. The number's budget
        is given back then; those of browser and address are not, so a failing gateway cannot be hammered.
        """
        mobile = parse_mobile(typed_mobile)
        now = self.clock.now()
        holder = self.citizens.by_mobile(mobile)
        try:
            budget.spend(self.limits, self._budgets(mobile, origin), now=now)
        except LimitReached:
            self._record_sent(Outcome.LIMITED, holder, origin)
            raise
        purpose = SmsPurpose.EXISTING_ACCOUNT if holder else SmsPurpose.REGISTER
        code = self.randomness.digits(CODE_DIGITS)
        try:
            self.sms.send_code(mobile, code, purpose)
        except Unavailable:
            if self.limits.hit(budget.each(budget.SMS_FAILED, mobile), now=now) is None:
                self.limits.refund(budget.each(budget.SMS_NUMBER, mobile), at=now)
            self._record_sent(Outcome.UNAVAILABLE, holder, origin)
            raise
        except LimitReached:  # the gateway's own throttle: nothing was sent, and asking again soon would not help
            self._record_sent(Outcome.LIMITED, holder, origin)
            raise
        # Only now: while the gateway fails, the code that arrived earlier stays good.
        self.codes.issue(_slot(mobile, origin), code, now=now, expires_at=now + CODE_SECONDS, tries=CODE_TRIES)
        self._record_sent(Outcome.OK, holder, origin)
        return mobile

    def confirm(self, mobile: str, typed_code: str, origin: Origin) -> bool:
        """Check the code for ``mobile`` (as :meth:`send_code` answered it), from the same browser.

        True: the number is free. False: it has an account already, which only its owner gets to know. Raises
        InvalidInput (``code``): missing and format spend no try; wrong; expired when there is no live code any more.
        """
        code = parse_code(typed_code, CODE)
        result = self.codes.verify(_slot(mobile, origin), code, now=self.clock.now())
        if not result.matched:
            raise InvalidInput(CODE, Rule.WRONG if result.tries_left else Rule.EXPIRED)
        return self.citizens.by_mobile(mobile) is None

    def open(
        self, mobile: str, password: str, password_again: str, typed_login_name: str, locale: str, origin: Origin
    ) -> Citizen:
        """Open the account of a number that :meth:`confirm` answered True for; the caller vouches for that.

        Raises InvalidInput (``login_name``, ``password``, ``password_again``), LimitReached, and MobileTaken when
        somebody else opened an account with this number meanwhile.
        """
        login_name = parse_login_name(typed_login_name) if typed_login_name.strip() else None
        personal = [mobile, mobile.removeprefix("+86"), *([login_name] if login_name else [])]
        self.passwords.check_new(password, personal=personal)
        if not hmac.compare_digest(_normal(password), _normal(password_again)):
            raise InvalidInput(PASSWORD_AGAIN, Rule.WRONG)
        now = self.clock.now()
        budget.spend(
            self.limits,
            [(budget.OPEN_BROWSER, origin.browser), (budget.OPEN_ADDRESS, origin.address)],
            now=now,
        )
        new = NewCitizen(
            id=self.randomness.hex(16),
            created_at=now,
            locale=locale,
            mobile=mobile,
            password_hash=self.passwords.hash(password),
            subject_secret=self.randomness.octets(SUBJECT_SECRET_BYTES),
            login_name=login_name,
        )
        try:
            self.citizens.open(new)
        except LoginNameTaken:
            raise InvalidInput(LOGIN_NAME, Rule.TAKEN) from None
        self.outbox.append(Registered(**Stamper(self.clock, self.randomness)(new.id, origin.request_id)))
        return Citizen(
            id=new.id,
            created_at=now,
            locale=locale,
            subject_secret=new.subject_secret,
            mobile=mobile,
            login_name=login_name,
        )

    def _budgets(self, mobile: str, origin: Origin) -> budget.Pairs:
        """The number first: what a person meets first. The breaker last: refused sends must not trip it."""
        return [
            *budget.each(budget.SMS_NUMBER, mobile),
            *budget.each(budget.SMS_BROWSER, origin.browser),
            *budget.each(budget.SMS_ADDRESS, origin.address),
            *(budget.each(budget.SMS_CLIENT, origin.client) if origin.client else []),
            *budget.sms_of_all(mobile),
        ]

    def _record_sent(self, outcome: Outcome, holder: Citizen | None, origin: Origin) -> None:
        stamp = Stamper(self.clock, self.randomness)(holder.id if holder else None, origin.request_id)
        self.outbox.append(CodeSent(**stamp, outcome=outcome))


def _slot(mobile: str, origin: Origin) -> str:
    """One slot for one purpose, number and browser: a code read elsewhere, or sent for something else, is worthless."""
    bound = f"{SmsPurpose.REGISTER}\0{mobile}\0{origin.browser}"
    return hashlib.sha256(bound.encode()).hexdigest()


def _normal(password: str) -> bytes:
    """As it will be hashed: two ways of typing one password are the same."""
    return unicodedata.normalize("NFC", password).encode(errors="surrogatepass")
