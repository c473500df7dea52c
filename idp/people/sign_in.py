"""Signing in: a name and a password, then a code where one is enrolled, then the facts of a session.

Unknown, wrong and disabled are one path: the same look-ups, one argon2 verification, one event, one error (OWASP ASVS
6.3.8). Tries are counted for the account whatever name or spelling was typed, see :mod:`idp.people.limits`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from idp.domain.assurance import Amr, Level, level_of
from idp.domain.audit import SecondFactorFailed, SignedIn, SignInFailed
from idp.domain.audit_words import Outcome, SignInMethod
from idp.domain.errors import LimitReached, SecondFactorRefused, SignInRefused
from idp.domain.evidence import Evidence
from idp.domain.ports import Citizen, Citizens, Clock, Credentials, Limit, Limits, Outbox, Randomness, SessionFacts
from idp.people import limits as budget
from idp.people.calendar_day import china_day
from idp.people.contact import SignInName, read_sign_in_name
from idp.people.origin import Origin
from idp.people.ports import PasswordHasher, TotpVerifier
from idp.people.stamp import Stamper

HANDLE_BYTES: Final = 12
# Nobody's id: an unknown account costs the same look-ups as a known one.
_NOBODY: Final = "0" * 32


@dataclass(frozen=True, slots=True)
class FirstFactor:
    """The first factor is right. It opens nothing while ``needs_second``. ``link_id``: the link it was, if one."""

    citizen_id: str
    method: SignInMethod
    amr: tuple[str, ...]
    needs_second: bool
    link_id: str = ""


def session_level(evidence: Iterable[Evidence], amr: Iterable[str], now: float) -> Level:
    """The level of a sign-in: that of the evidence, but 高级 only when this sign-in used two factors."""
    reached = level_of(evidence, now)
    return reached if Amr.MULTIPLE_FACTORS in set(amr) else min(reached, Level.MEDIUM)


@dataclass(frozen=True, slots=True)
class SigningIn:
    """See the module."""

    citizens: Citizens
    credentials: Credentials
    limits: Limits
    passwords: PasswordHasher
    totp: TotpVerifier
    outbox: Outbox
    clock: Clock
    randomness: Randomness

    def by_password(self, typed_name: str, password: str, origin: Origin) -> FirstFactor:
        """Check the first factor. Raises SignInRefused, or LimitReached: for names that exist and names that do not.

        A success forgets the account's tries and takes back its own at the address, where failures stay counted: an
        attacker's own account cannot clear the way to others.
        """
        now = self.clock.now()
        name = read_sign_in_name(typed_name, china_day(now))
        citizen = self._find(name)
        own, address = self._budgets(name, citizen, origin), budget.each(budget.SIGN_IN_ADDRESS, origin.address)
        try:
            budget.spend(self.limits, [*own, *address], now=now)
        except LimitReached:
            self._record_failure(name.method, Outcome.LIMITED, citizen, origin)
            raise
        stored = self.credentials.password_hash(citizen.id if citizen else _NOBODY)
        try:
            self._verify(citizen, stored, password)
        except LimitReached:  # no room to hash: nothing was tried
            self.limits.refund([*own, *address], at=now)
            raise
        except SignInRefused:
            self._record_failure(name.method, Outcome.REFUSED, citizen, origin)
            raise
        if citizen is None or stored is None:  # _verify has refused both; said again for whoever changes it
            raise SignInRefused
        self.limits.refund(address, at=now)
        budget.forget(self.limits, [*own, *self._strangers_budgets(citizen.id, origin)])
        self.limits.hit([(budget.KNOWN_BROWSER, _pair(citizen.id, origin.browser))], now=now)
        self._hash_again(citizen.id, stored, password, now)
        account = self._kept(citizen).id
        return FirstFactor(account, name.method, (Amr.PASSWORD,), self.has_second_factor(account))

    def second_factor(self, citizen_id: str, typed_code: str, origin: Origin) -> tuple[str, ...]:
        """Check the authenticator's code of a half signed-in citizen; answers the further ``amr`` values.

        Raises SecondFactorRefused (wrong, used, none enrolled, disabled account) or LimitReached.
        """
        now = self.clock.now()
        pairs = budget.each(budget.SECOND_FACTOR, citizen_id)
        address = budget.each(budget.SIGN_IN_ADDRESS, origin.address)
        try:
            budget.spend(self.limits, [*pairs, *address], now=now)
            self._take_step(citizen_id, typed_code, now)
        except (LimitReached, SecondFactorRefused) as error:
            outcome = Outcome.LIMITED if isinstance(error, LimitReached) else Outcome.REFUSED
            self.outbox.append(SecondFactorFailed(**self._stamp(citizen_id, origin.request_id), outcome=outcome))
            raise
        self.limits.refund(address, at=now)
        budget.forget(self.limits, pairs)
        return (Amr.ONE_TIME_CODE, Amr.MULTIPLE_FACTORS)

    def facts(
        self, citizen_id: str, method: SignInMethod, amr: tuple[str, ...], origin: Origin, *, channel: str | None = None
    ) -> SessionFacts:
        """The facts of a new session; every factor is right by now. Raises SignInRefused for a disabled account.

        The last gate: an account with a second factor gets no facts without ``mfa``, whichever way led here; and one
        that was joined to another while this sign-in ran gets none: the factors shown were its own, not the other's.
        """
        citizen = self.citizens.by_id(citizen_id)
        if citizen is None or citizen.disabled_at is not None or citizen.merged_into is not None:
            raise SignInRefused
        if Amr.MULTIPLE_FACTORS not in amr and self.has_second_factor(citizen_id):
            raise SignInRefused
        now = self.clock.now()
        level = session_level(self.citizens.evidence_of(citizen_id), amr, now)
        stamp = self._stamp(citizen_id, origin.request_id)
        self.outbox.append(SignedIn(**stamp, method=method, amr=amr, level=int(level), channel=channel))
        return SessionFacts(
            citizen_id=citizen_id,
            auth_time=now,
            amr=amr,
            level=int(level),
            created_at=now,
            handle=self.randomness.token(HANDLE_BYTES),
            device=origin.device,
        )

    def raised(self, session: SessionFacts, methods: Iterable[str] = ()) -> SessionFacts:
        """The facts of a session after a proof, or after ``methods`` (RFC 8176) that authenticated the person again.

        The level is computed anew. A proof by itself is no authentication; a method of another kind than the password
        makes the sign-in one of two factors. ``auth_time`` stays that of the older factor: nothing looks fresher
        than it is.
        """
        amr = tuple(dict.fromkeys((*session.amr, *methods)))
        if amr != session.amr and Amr.MULTIPLE_FACTORS not in amr:
            amr = (*amr, Amr.MULTIPLE_FACTORS.value)
        level = session_level(self.citizens.evidence_of(session.citizen_id), amr, self.clock.now())
        return replace(session, amr=amr, level=int(level))

    def stands(self, session: SessionFacts) -> bool:
        """Whether the facts of a session just opened still hold: what ends a citizen's sessions may have come between
        (disabled, joined, the number taken over or disputed), and found none of them yet.
        """
        citizen = self.citizens.by_id(session.citizen_id)
        if citizen is None or citizen.disabled_at is not None or citizen.merged_into is not None:
            return False
        evidence = self.citizens.evidence_of(session.citizen_id)
        return session.level <= session_level(evidence, session.amr, self.clock.now())

    def has_second_factor(self, citizen_id: str) -> bool:
        """Whether sign-ins ask for one: an authenticator is enrolled, or the citizen opted in to their face."""
        return self.credentials.totp_secret(citizen_id) is not None or self.credentials.has_face(citizen_id)

    def _find(self, name: SignInName) -> Citizen | None:
        """By an ID number only accounts that have proved it are found: an unproved number claims nothing."""
        finders: Mapping[SignInMethod, Callable[[str], Citizen | None]] = {
            SignInMethod.LOGIN_NAME: self.citizens.by_login_name,
            SignInMethod.MOBILE: self.citizens.by_mobile,
            SignInMethod.ID_NUMBER: self.citizens.by_id_number,
        }
        return finders[name.method](name.value)

    def _kept(self, citizen: Citizen) -> Citizen:
        """Names and password of a joined account lead to the one kept, which may have been joined in its turn.

        Raises SignInRefused when one on the way is closed: whoever takes over what it was takes that over too.
        """
        while citizen.merged_into is not None:
            following = self.citizens.by_id(citizen.merged_into)
            if following is None or following.disabled_at is not None:
                raise SignInRefused
            citizen = following
        return citizen

    def _verify(self, citizen: Citizen | None, stored: str | None, password: str) -> None:
        self.passwords.verify(stored if citizen else None, password)
        if citizen is None or citizen.disabled_at is not None:
            raise SignInRefused

    def _budgets(self, name: SignInName, citizen: Citizen | None, origin: Origin) -> list[tuple[Limit, str]]:
        """The counters of the account, or of the name nobody has; an own browser has counters of its own."""
        account = citizen.id if citizen else f"{name.method}:{name.value}"
        own_browser = _pair(account, origin.browser)
        if self.limits.room(budget.KNOWN_BROWSER, own_browser, now=self.clock.now()) == 0:
            return budget.each(budget.SIGN_IN_OWN_BROWSER, own_browser)
        return self._strangers_budgets(account, origin)

    def _strangers_budgets(self, account: str, origin: Origin) -> list[tuple[Limit, str]]:
        place = budget.each(budget.SIGN_IN_PLACE, _pair(account, origin.address))
        return [*place, *budget.each(budget.SIGN_IN_ACCOUNT, account)]

    def _hash_again(self, citizen_id: str, stored: str, password: str, now: float) -> None:
        """Keep up with raised parameters, unless the password was changed while this sign-in ran."""
        if not self.passwords.needs_rehash(stored):
            return
        try:
            fresh = self.passwords.hash(password)
        except LimitReached:
            return  # crowded; the next sign-in will do
        if self.credentials.password_hash(citizen_id) == stored:
            self.credentials.set_password_hash(citizen_id, fresh, now=now)

    def _take_step(self, citizen_id: str, typed_code: str, now: float) -> None:
        citizen = self.citizens.by_id(citizen_id)
        secret = self.credentials.totp_secret(citizen_id)
        if citizen is None or citizen.disabled_at is not None or secret is None:
            raise SecondFactorRefused
        step = self.totp.verify(secret, typed_code, now)
        if not self.credentials.take_totp_step(citizen_id, step):
            raise SecondFactorRefused

    def _record_failure(self, method: SignInMethod, outcome: Outcome, citizen: Citizen | None, origin: Origin) -> None:
        stamp = self._stamp(citizen.id if citizen else None, origin.request_id)
        self.outbox.append(SignInFailed(**stamp, method=method, outcome=outcome))

    @property
    def _stamp(self) -> Stamper:
        return Stamper(self.clock, self.randomness)


def _pair(account: str, place: str) -> str:
    return f"{account}\0{place}"
