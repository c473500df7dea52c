"""The rules of setting up an authenticator and removing it, over real stores."""

from dataclasses import dataclass, field, replace

import pyotp
import pytest

from idp.domain.audit import CodeSent, SecondFactorEnrolled, SecondFactorRemoved
from idp.domain.audit_words import Outcome
from idp.domain.errors import (
    FactorSetupOver,
    InvalidInput,
    LimitReached,
    SecondFactorRefused,
    SignInRefused,
    Unavailable,
)
from idp.domain.ports import SessionFacts, SmsPurpose
from idp.domain.security_event import CredentialChange, CredentialType
from idp.people.account import Account
from idp.people.bounded_sms import BoundedSms
from idp.people.factor_setups import FactorSetups
from idp.people.second_factor import SecondFactors
from idp.stores.redis.grants import RedisGrants
from idp.stores.redis.one_time_codes import RedisOneTimeCodes
from idp.stores.redis.records import RedisRecords
from idp.stores.sql.audit_log import SqlAuditLog
from idp.system import SystemRandomness
from tests.contract.threads import at_once
from tests.people.conftest import ELSEWHERE, HOME, MOBILE, People, until_limited
from tests.provider import Registry


@dataclass
class Teller:
    """Who was told that sessions are over."""

    told: list[str] = field(default_factory=list)
    changes: list[tuple[str, str, str]] = field(default_factory=list)

    def credential_changed(self, citizen_id: str, credential: CredentialType, change: CredentialChange) -> int:
        self.changes.append((citizen_id, credential.value, change.value))
        return 1

    def sessions_revoked(self, citizen_id: str) -> int:
        self.told.append(citizen_id)
        return 1


@pytest.fixture
def teller() -> Teller:
    return Teller()


@pytest.fixture
def factors(people: People, engine, fast_wire, cipher, teller) -> SecondFactors:
    randomness, codes = SystemRandomness(), RedisOneTimeCodes(fast_wire, cipher)
    account = Account(
        people.citizens, people.consents, people.sessions, RedisGrants(fast_wire, randomness),
        SqlAuditLog(engine, cipher), people.notebook, Registry(), people.clock, randomness,
    )  # fmt: skip
    return SecondFactors(
        people.citizens, people.credentials,
        FactorSetups(RedisRecords(fast_wire, cipher, "setup"), codes, people.clock, randomness), codes, people.totp,
        BoundedSms(people.phone, people.limits, people.clock), people.signing_in, account, teller, people.limits,
        people.notebook, people.clock, randomness,
    )  # fmt: skip


@pytest.fixture
def session(people: People) -> SessionFacts:
    citizen, now = people.open_account(), people.clock.now()
    return SessionFacts(citizen.id, now, ("pwd",), 1, now, "handle-1")


def ready(factors: SecondFactors, people: People, session: SessionFacts) -> tuple[str, str]:
    """A setup whose secret the app has: its id and the secret."""
    setup_id = factors.begin(session, HOME).setup_id
    factors.confirm_mobile(setup_id, people.phone.last_code, session, HOME)
    shown = factors.show(setup_id, session, HOME)
    assert shown is not None
    return setup_id, shown[0]


def code_of(people: People, secret: str) -> str:
    return pyotp.TOTP(secret).at(int(people.clock.now()))


def test_password_text_and_app_are_three_things_shown(people: People, factors, session):
    begun = factors.begin(session, HOME)
    assert begun.sent_to == "199****0001"
    assert people.phone.texts[-1] == (MOBILE, people.phone.last_code, SmsPurpose.SECOND_FACTOR)
    with pytest.raises(FactorSetupOver):
        factors.show(begun.setup_id, session, HOME)
    factors.confirm_mobile(begun.setup_id, people.phone.last_code, session, HOME)
    secret, address = factors.show(begun.setup_id, session, HOME)
    assert MOBILE[3:] not in address
    assert factors.show(begun.setup_id, session, HOME) is None, "shown once"
    assert factors.enrol(begun.setup_id, code_of(people, secret), session, HOME) == ("sms", "otp", "mfa")
    assert people.credentials.totp_secret(session.citizen_id) == secret
    assert len(people.notebook.of(SecondFactorEnrolled)) == 1


@pytest.mark.parametrize("amr", [("pwd", "sms"), ("pwd", "face", "mfa")])
def test_who_has_shown_more_than_a_password_gets_no_text(people: People, factors, session, amr):
    session = replace(session, amr=amr)
    assert factors.number_for_code(session) == ""
    begun = factors.begin(session, HOME)
    assert (begun.sent_to, people.phone.texts) == ("", [])
    secret, _ = factors.show(begun.setup_id, session, HOME)
    assert factors.enrol(begun.setup_id, code_of(people, secret), session, HOME) == ("otp", "mfa")


@pytest.mark.parametrize("amr", [("user",), ("user", "face", "mfa")])
def test_a_sign_in_by_a_link_sets_nothing_up(factors, session, amr):
    with pytest.raises(FactorSetupOver):
        factors.begin(replace(session, amr=amr), HOME)


def test_a_sign_in_of_ten_minutes_ago_sets_nothing_up_and_removes_nothing(people: People, factors, session):
    _, secret = ready(factors, people, session)
    people.clock.advance(601)
    with pytest.raises(FactorSetupOver):
        factors.begin(session, HOME)
    people.credentials.set_totp_secret(session.citizen_id, secret, now=people.clock.now())
    with pytest.raises(FactorSetupOver):
        factors.remove(session, code_of(people, secret), HOME)
    assert factors.enrolled(session.citizen_id)


def test_a_setup_belongs_to_one_browser_session_and_citizen(people: People, factors, session):
    setup_id, secret = ready(factors, people, session)
    another = people.open_account(mobile="+8619900000002")
    for who, place in (
        (session, ELSEWHERE),
        (replace(session, handle="handle-2"), HOME),
        (replace(session, citizen_id=another.id), HOME),
    ):
        with pytest.raises(FactorSetupOver):
            factors.enrol(setup_id, code_of(people, secret), who, place)
    assert factors.enrol(setup_id, code_of(people, secret), session, HOME)


def test_of_sixteen_that_confirm_at_once_one_enrols(people: People, factors, session):
    setup_id, secret = ready(factors, people, session)
    code = code_of(people, secret)

    def enrol(_: int) -> bool:
        try:
            return bool(factors.enrol(setup_id, code, session, HOME))
        except FactorSetupOver:
            return False

    assert sum(at_once(16, enrol)) == 1
    assert people.credentials.totp_secret(session.citizen_id) == secret


def test_two_setups_of_two_sessions_enrol_one_app(people: People, factors, session):
    other = replace(session, handle="handle-2", amr=("pwd", "sms"))
    older, first = ready(factors, people, session)
    newer = factors.begin(other, ELSEWHERE).setup_id
    second = factors.show(newer, other, ELSEWHERE)[0]
    with pytest.raises(FactorSetupOver):
        factors.enrol(older, code_of(people, first), session, HOME)
    assert factors.enrol(newer, code_of(people, second), other, ELSEWHERE)
    assert people.credentials.totp_secret(session.citizen_id) == second


def test_what_was_begun_before_a_removal_is_not_finished_after_it(people: People, factors, session):
    known = replace(session, amr=("pwd", "sms"))
    pending = factors.begin(known, HOME).setup_id
    secret = factors.show(pending, known, HOME)[0]
    elder = people.totp.new_secret()
    assert people.credentials.enrol_totp(session.citizen_id, elder, step=1, now=people.clock.now())
    factors.remove(session, code_of(people, elder), HOME)
    assert not factors.enrolled(session.citizen_id)
    assert len(people.notebook.of(SecondFactorRemoved)) == 1
    with pytest.raises(FactorSetupOver):
        factors.enrol(pending, code_of(people, secret), known, HOME)


def test_the_step_that_enrolled_neither_signs_in_nor_removes(people: People, factors, session):
    setup_id, secret = ready(factors, people, session)
    code = code_of(people, secret)
    factors.enrol(setup_id, code, session, HOME)
    with pytest.raises(SecondFactorRefused):
        people.signing_in.second_factor(session.citizen_id, code, HOME)
    with pytest.raises(SecondFactorRefused):
        factors.remove(session, code, HOME)
    people.clock.advance(30)
    factors.remove(session, code_of(people, secret), HOME)


def test_a_wrong_code_of_the_app_changes_nothing_and_is_counted(people: People, factors, session):
    setup_id, secret = ready(factors, people, session)
    right = {pyotp.TOTP(secret).at(int(people.clock.now()) + 30 * n) for n in (-1, 0, 1)}
    wrong = next(code for n in range(9) if (code := f"{n:06d}") not in right)
    tries, _ = until_limited(lambda _: factors.enrol(setup_id, wrong, session, HOME), SecondFactorRefused)
    assert tries == 20
    assert not factors.enrolled(session.citizen_id)


def test_a_texts_code_serves_its_own_setup_alone(people: People, factors, session):
    first = factors.begin(session, HOME).setup_id
    code = people.phone.last_code
    people.clock.advance(61)
    second = factors.begin(session, HOME).setup_id
    with pytest.raises(InvalidInput):
        factors.confirm_mobile(second, code if code != people.phone.last_code else "x", session, HOME)
    factors.confirm_mobile(second, people.phone.last_code, session, HOME)
    assert first != second


def test_texts_are_bounded_and_every_one_is_audited(people: People, factors, session):
    factors.begin(session, HOME)
    with pytest.raises(LimitReached):
        factors.begin(session, HOME)
    people.clock.advance(61)
    people.phone.failure = Unavailable("sms", "down")
    with pytest.raises(Unavailable):
        factors.begin(session, HOME)
    outcomes = [event.outcome for event in people.notebook.of(CodeSent)]
    assert outcomes == [Outcome.OK, Outcome.LIMITED, Outcome.UNAVAILABLE]


def test_a_failed_text_leaves_the_earlier_setup_alive(people: People, factors, session):
    setup_id, secret = ready(factors, people, session)
    with pytest.raises(LimitReached):
        factors.begin(session, HOME)
    assert factors.enrol(setup_id, code_of(people, secret), session, HOME)


def test_a_disabled_account_sets_nothing_up(people: People, factors, session):
    setup_id, secret = ready(factors, people, session)
    people.citizens.disable(session.citizen_id, now=people.clock.now())
    with pytest.raises(SignInRefused):
        factors.enrol(setup_id, code_of(people, secret), session, HOME)
    with pytest.raises(SignInRefused):
        factors.begin(session, HOME)


def test_relying_parties_are_told_only_where_a_session_ended(people: People, factors, session, teller):
    now = people.clock.now()
    here = people.sessions.open(session, now=now)
    assert factors.end_others(session.citizen_id, here) == []
    assert teller.told == []
    people.sessions.open(replace(session, handle="handle-2"), now=now)
    assert len(factors.end_others(session.citizen_id, here)) == 1
    assert teller.told == [session.citizen_id]
    assert people.sessions.read(here, now=now)
