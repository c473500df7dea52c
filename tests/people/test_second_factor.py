import pyotp
import pytest

from idp.domain.audit import SecondFactorFailed
from idp.domain.audit_words import Outcome, SignInMethod
from idp.domain.errors import LimitReached, SecondFactorRefused, SignInRefused
from idp.domain.ports import Citizen
from tests.contract.threads import at_once
from tests.people.conftest import ELSEWHERE, HOME, PASSWORD, People, until_limited


@pytest.fixture
def citizen(people: People) -> Citizen:
    citizen = people.open_account(login_name="wangwei")
    people.credentials.set_totp_secret(citizen.id, people.totp.new_secret(), now=people.clock.now())
    return citizen


def code_of(people: People, citizen: Citizen, steps: int = 0) -> str:
    secret = people.credentials.totp_secret(citizen.id)
    assert secret is not None
    return pyotp.TOTP(secret).at(int(people.clock.now()) + 30 * steps)


def wrong_for(people: People, citizen: Citizen) -> str:
    right = {code_of(people, citizen, steps) for steps in (-1, 0, 1)}
    return next(code for code in ("000000", "111111", "222222", "333333") if code not in right)


def test_a_password_alone_is_half_a_sign_in(people: People, citizen: Citizen):
    first = people.signing_in.by_password("wangwei", PASSWORD, HOME)
    assert first.needs_second
    with pytest.raises(SignInRefused):
        people.signing_in.facts(citizen.id, first.method, first.amr, HOME)


def test_the_code_completes_it_with_two_factors(people: People, citizen: Citizen):
    more = people.signing_in.second_factor(citizen.id, code_of(people, citizen), HOME)
    assert more == ("otp", "mfa")
    assert people.signing_in.facts(citizen.id, SignInMethod.LOGIN_NAME, ("pwd", *more), HOME).amr == (
        "pwd",
        "otp",
        "mfa",
    )


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_one_step_of_delay_either_way_is_forgiven(people: People, citizen: Citizen, steps):
    assert people.signing_in.second_factor(citizen.id, code_of(people, citizen, steps), HOME)


@pytest.mark.parametrize("steps", [-2, 2])
def test_two_steps_are_not(people: People, citizen: Citizen, steps):
    with pytest.raises(SecondFactorRefused):
        people.signing_in.second_factor(citizen.id, code_of(people, citizen, steps), HOME)


def test_a_code_works_once_also_for_sixteen_at_once(people: People, citizen: Citizen):
    code = code_of(people, citizen)

    def use(_: int) -> bool:
        try:
            people.signing_in.second_factor(citizen.id, code, HOME)
        except (SecondFactorRefused, LimitReached):
            return False
        return True

    assert sum(at_once(16, use)) == 1
    assert not use(0)


def test_wrong_codes_are_counted_for_the_account_however_often_the_sign_in_starts_anew(
    people: People, citizen: Citizen
):
    def start_over_and_guess(n: int) -> None:
        origin = (HOME, ELSEWHERE)[n % 2]
        people.signing_in.by_password("wangwei", PASSWORD, origin)
        people.signing_in.second_factor(citizen.id, wrong_for(people, citizen), origin)

    refused, _ = until_limited(start_over_and_guess, SecondFactorRefused)
    assert refused == 5
    with pytest.raises(LimitReached):
        people.signing_in.second_factor(citizen.id, code_of(people, citizen), HOME)
    people.clock.advance(300)
    assert people.signing_in.second_factor(citizen.id, code_of(people, citizen), HOME)


def test_every_failure_is_audited(people: People, citizen: Citizen):
    for _ in range(6):
        with pytest.raises((SecondFactorRefused, LimitReached)):
            people.signing_in.second_factor(citizen.id, wrong_for(people, citizen), HOME)
    failed = people.notebook.of(SecondFactorFailed)
    assert [event.outcome for event in failed] == [Outcome.REFUSED] * 5 + [Outcome.LIMITED]
    assert {event.citizen_id for event in failed} == {citizen.id}


def test_no_enrolled_authenticator_no_second_factor(people: People):
    bare = people.open_account()
    with pytest.raises(SecondFactorRefused):
        people.signing_in.second_factor(bare.id, "000000", HOME)
    with pytest.raises(SecondFactorRefused):
        people.signing_in.second_factor("0" * 32, "000000", HOME)


def test_an_account_disabled_between_the_factors_is_refused(people: People, citizen: Citizen):
    people.signing_in.by_password("wangwei", PASSWORD, HOME)
    people.citizens.disable(citizen.id, now=people.clock.now())
    with pytest.raises(SecondFactorRefused):
        people.signing_in.second_factor(citizen.id, code_of(people, citizen), HOME)
