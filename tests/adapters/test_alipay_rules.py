"""``alipay_account``: what is bound to the return, and what is sent once."""

import pytest

from idp.domain.channel import Reason, Rejected, Verified
from idp.domain.errors import Unavailable
from tests.adapters.ant import ALIPAY, LI_SI, METHODS, RETURN, begin, channel_of, comes_back, resume
from tests.adapters.rigs import World


def consent(world: World, **changes) -> tuple:
    channel = channel_of(world, ALIPAY, **changes)
    attempt, step = begin(channel)
    return channel, attempt, comes_back(world, step, decision="agree")


@pytest.mark.parametrize("open_id", [True, False])
def test_accounts_named_by_open_id_and_by_user_id_are_taken(*, open_id: bool):
    world = World(alipay_open_id=open_id)
    outcome = resume(*consent(world))
    assert isinstance(outcome, Verified)
    assert len(world.requests(METHODS["consult"])) == 1


@pytest.mark.parametrize(
    "change",
    [{"app_id": "2021000000000002"}, {"auth_code": "a b"}, {"auth_code": "x" * 129}, {"auth_code": "代码代码代码代码"}],
)
def test_a_return_that_cannot_be_right_is_bad_input(change: dict[str, str]):
    world = World()
    channel, attempt, back = consent(world)
    assert resume(channel, attempt, back | change) == Rejected(Reason.BAD_INPUT)
    assert world.requests(METHODS["token"]) == []


def test_a_return_without_a_code_is_the_citizens_no():
    channel, attempt, back = consent(World())
    back.pop("auth_code")
    assert resume(channel, attempt, back) == Rejected(Reason.USER_CANCELLED, attempt.keep["verify_id"])


def test_a_code_of_another_attempt_says_no_more_than_expired():
    world = World()
    channel, _, back = consent(world)
    mallory, _ = begin(channel, LI_SI, "a2")
    outcome = resume(channel, mallory, back | {"state": mallory.keep["state"]})
    assert outcome == Rejected(Reason.EXPIRED, mallory.keep["verify_id"])


def test_a_code_is_taken_once():
    world = World()
    channel, attempt, back = consent(world)
    assert isinstance(resume(channel, attempt, back), Verified)
    assert resume(channel, attempt, back) == Rejected(Reason.REPLAYED, attempt.keep["verify_id"])


@pytest.mark.parametrize(
    "mode", ["timeout", "slow", "http_502", "maintenance", "reset", "http_500", "http_429", "quota"]
)
def test_a_code_is_never_sent_a_second_time(mode: str):
    world = World()
    channel, attempt, back = consent(world)
    world.fault(ALIPAY, mode, operation=METHODS["token"])
    with pytest.raises(Unavailable):
        resume(channel, attempt, back)
    assert len(world.requests(METHODS["token"])) == 1


def test_a_code_that_a_late_answer_has_spent_is_said_to_be_replayed():
    world = World()
    channel, attempt, back = consent(world)
    world.fault(ALIPAY, "slow", operation=METHODS["token"], count=1)
    with pytest.raises(Unavailable):
        resume(channel, attempt, back)
    assert resume(channel, attempt, back) == Rejected(Reason.REPLAYED, attempt.keep["verify_id"])


@pytest.mark.parametrize("operation", ["preconsult", "consult"])
@pytest.mark.parametrize("mode", ["timeout", "http_502", "maintenance"])
def test_a_question_without_effect_is_asked_twice(operation: str, mode: str):
    world = World()
    world.fault(ALIPAY, mode, operation=METHODS[operation], count=1)
    assert isinstance(resume(*consent(world)), Verified)
    assert len(world.requests(METHODS[operation])) == 2


def test_a_case_that_has_expired_at_alipay_is_expired():
    world = World()
    channel, attempt, _ = consent(world)
    world.clock.advance(1_799)
    back = comes_back(world, channel._redirect(RETURN, attempt.keep), decision="agree")
    world.clock.advance(2)
    assert resume(channel, attempt, back) == Rejected(Reason.EXPIRED, attempt.keep["verify_id"])


def test_the_access_token_is_neither_kept_nor_asked_for_again():
    world = World()
    channel, attempt, back = consent(world)
    assert set(attempt.keep) == {"verify_id", "state"}
    resume(channel, attempt, back)
    assert "compose" not in repr(vars(channel))
