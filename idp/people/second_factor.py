"""A second factor set up and removed by its owner: an authenticator app (RFC 6238).

To set one up takes a fresh password *and* a second kind of proof: a code texted to the confirmed mobile number, or what
this sign-in has shown besides the password. Otherwise whoever learned a password could make it two factors, reach the
highest level on the owner's evidence, and lock the owner out (NIST SP 800-63B-3 section 6.1.2.2; CVE-2020-10686).
Removing takes a fresh sign-in and a code of the app. After either every other session is over: what was signed in
before does not outlive the change (OWASP ASVS 7.4.3), and relying parties are told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from idp.domain.assurance import Amr
from idp.domain.audit import SecondFactorEnrolled, SecondFactorRemoved
from idp.domain.audit_words import EndCause
from idp.domain.errors import FactorSetupOver, SignInRefused
from idp.domain.ports import (
    Citizen,
    Citizens,
    Clock,
    Credentials,
    EndedSession,
    Limits,
    OneTimeCodes,
    Outbox,
    Randomness,
    SessionFacts,
    SmsGateway,
    SmsPurpose,
)
from idp.domain.security_event import CredentialChange, CredentialType
from idp.people import limits as budget
from idp.people.account import Account
from idp.people.contact import masked_mobile
from idp.people.factor_setups import FactorSetups, Setup
from idp.people.linking import is_fresh
from idp.people.origin import Origin
from idp.people.ports import Totp
from idp.people.sign_in import SigningIn
from idp.people.stamp import Stamper
from idp.people.texted_codes import TextedCodes

# Shown in this sign-in already: the mobile number confirmed at registration, or another second factor (a face check).
_SECOND_KIND: Final = frozenset({Amr.SMS, Amr.MULTIPLE_FACTORS})


class RevocationTeller(Protocol):
    """Tells a citizen's relying parties (:class:`idp.people.announcements.Announcements`)."""

    def credential_changed(self, citizen_id: str, credential: CredentialType, change: CredentialChange) -> int:
        """A way to sign in came or went."""
        ...

    def sessions_revoked(self, citizen_id: str) -> int:
        """Sessions of the citizen are over."""
        ...


@dataclass(frozen=True, slots=True)
class Begun:
    """A setup under way. ``sent_to``: the masked number that a code went to; empty when none was needed."""

    setup_id: str
    sent_to: str = ""


@dataclass(frozen=True, slots=True)
class SecondFactors:
    """See the module. Methods act on the citizen of the session. ``sms`` counts every text against its budgets."""

    citizens: Citizens
    credentials: Credentials
    setups: FactorSetups
    codes: OneTimeCodes
    totp: Totp
    sms: SmsGateway
    signing_in: SigningIn
    account: Account
    teller: RevocationTeller
    limits: Limits
    outbox: Outbox
    clock: Clock
    randomness: Randomness

    def enrolled(self, citizen_id: str) -> bool:
        """Whether an authenticator is set up."""
        return self.credentials.totp_secret(citizen_id) is not None

    def fresh(self, session: SessionFacts) -> bool:
        """Whether this session may change factors: the same rule as for linking."""
        return is_fresh(session, self.clock.now())

    def number_for_code(self, session: SessionFacts) -> str | None:
        """The masked number that :meth:`begin` would text to; empty where it needs no text, None where it cannot."""
        mobile = self._alive(session.citizen_id).mobile
        if has_second_kind(session):
            return ""
        return masked_mobile(mobile) if mobile else None

    def begin(self, session: SessionFacts, origin: Origin) -> Begun:
        """Begin, anew if one was begun before; sends a code where this sign-in showed nothing but a password.

        Raises FactorSetupOver (not fresh, one is enrolled, no number), SignInRefused, LimitReached or Unavailable.
        """
        citizen = self._alive(session.citizen_id)
        if not self.fresh(session) or self.enrolled(citizen.id):
            raise FactorSetupOver("not fresh, or enrolled")
        by_text = not has_second_kind(session)
        if by_text and citizen.mobile is None:
            raise FactorSetupOver("no mobile number")
        budget.spend(self.limits, budget.each(budget.FACTOR_SETUP, citizen.id), now=self.clock.now())
        setup_id = self.setups.new_id()
        if by_text and citizen.mobile:
            self._texts.send(citizen.id, citizen.mobile, SmsPurpose.SECOND_FACTOR, setup_id, origin)
        self.setups.make(setup_id, self.totp.new_secret(), session, origin.browser, by_text=by_text)
        return Begun(setup_id, masked_mobile(citizen.mobile) if by_text and citizen.mobile else "")

    def confirm_mobile(self, setup_id: str, typed_code: str, session: SessionFacts, origin: Origin) -> None:
        """Check the text message's code. Raises InvalidInput (``code``), FactorSetupOver, SignInRefused."""
        setup = self.setups.read(setup_id, session, origin.browser)
        mobile = self._alive(session.citizen_id).mobile or ""
        self._texts.check(mobile, SmsPurpose.SECOND_FACTOR, setup_id, typed_code)
        self.setups.confirm(setup)

    def show(self, setup_id: str, session: SessionFacts, origin: Origin) -> tuple[str, str] | None:
        """The secret and its ``otpauth:`` address: the first time. Raises FactorSetupOver, SignInRefused."""
        setup = self._confirmed(setup_id, session, origin)
        if not self.setups.show_once(setup):
            return None
        return setup.secret, self.totp.provisioning_uri(setup.secret, _label(self._alive(session.citizen_id)))

    def may_enrol(self, setup_id: str, session: SessionFacts, origin: Origin) -> bool:
        """Whether the setup is past the text message. Raises FactorSetupOver."""
        return self.setups.read(setup_id, session, origin.browser).confirmed

    def enrol(self, setup_id: str, typed_code: str, session: SessionFacts, origin: Origin) -> tuple[Amr, ...]:
        """Enrol with a code of the app, whose step is used by it; what the person has shown by now (RFC 8176).

        Raises SecondFactorRefused, FactorSetupOver (also for all but one of several at once), SignInRefused or
        LimitReached.
        """
        citizen, now = self._alive(session.citizen_id), self.clock.now()
        setup = self._confirmed(setup_id, session, origin)
        budget.spend(self.limits, budget.each(budget.FACTOR_SETUP_CODE, citizen.id), now=now)
        step = self.totp.verify(setup.secret, typed_code, now)
        self.setups.take(setup)
        if not self.credentials.enrol_totp(citizen.id, setup.secret, step=step, now=now):
            raise FactorSetupOver("another one was quicker")
        self.outbox.append(SecondFactorEnrolled(**self._stamp(citizen.id, origin.request_id)))
        self.teller.credential_changed(citizen.id, CredentialType.APP, CredentialChange.CREATE)
        text = (Amr.SMS,) if setup.by_text else ()
        return (*text, Amr.ONE_TIME_CODE, Amr.MULTIPLE_FACTORS)

    def remove(self, session: SessionFacts, typed_code: str, origin: Origin) -> None:
        """Remove the app with a code of it. Raises FactorSetupOver (not fresh), SecondFactorRefused or LimitReached."""
        if not self.fresh(session):
            raise FactorSetupOver("not fresh")
        self.signing_in.second_factor(session.citizen_id, typed_code, origin)
        self._take_away(session.citizen_id, CredentialChange.DELETE)
        self.outbox.append(SecondFactorRemoved(**self._stamp(session.citizen_id, origin.request_id)))

    def remove_lost(self, citizen_id: str) -> Sequence[EndedSession] | None:
        """Remove the app of somebody who lost it, for an operator who vouches; the sessions ended. None without one."""
        if not self.enrolled(citizen_id):
            return None
        self._take_away(citizen_id, CredentialChange.REVOKE)
        self.outbox.append(SecondFactorRemoved(**self._stamp(citizen_id), by_operator=True))
        return self.end_others(citizen_id, None)

    def end_others(self, citizen_id: str, keep_token: str | None) -> Sequence[EndedSession]:
        """End every session but this one, with every grant of theirs; their relying parties are told by events too."""
        ended = self.account.end_others(citizen_id, keep_token, EndCause.SECOND_FACTOR)
        if ended:
            self.teller.sessions_revoked(citizen_id)
        return ended

    def _confirmed(self, setup_id: str, session: SessionFacts, origin: Origin) -> Setup:
        setup = self.setups.read(setup_id, session, origin.browser)
        if not setup.confirmed or self.enrolled(session.citizen_id):
            raise FactorSetupOver("the text message's code is missing, or one is enrolled")
        return setup

    def _take_away(self, citizen_id: str, change: CredentialChange) -> None:
        self.setups.void(citizen_id)
        self.credentials.set_totp_secret(citizen_id, None, now=self.clock.now())
        self.teller.credential_changed(citizen_id, CredentialType.APP, change)

    def _alive(self, citizen_id: str) -> Citizen:
        citizen = self.citizens.by_id(citizen_id)
        if citizen is None or citizen.disabled_at is not None:
            raise SignInRefused
        return citizen

    @property
    def _texts(self) -> TextedCodes:
        return TextedCodes(self.codes, self.sms, self.outbox, self.clock, self.randomness)

    @property
    def _stamp(self) -> Stamper:
        return Stamper(self.clock, self.randomness)


def has_second_kind(session: SessionFacts) -> bool:
    """Whether this sign-in has shown more than a password, so that a factor may be set up without a text message."""
    return not _SECOND_KIND.isdisjoint(session.amr)


def _label(citizen: Citizen) -> str:
    """What the app shows beside the issuer, so that two accounts can be told apart."""
    return citizen.login_name or (masked_mobile(citizen.mobile) if citizen.mobile else "")
