"""The code to the reserved mobile: without it nobody is verified."""

import pytest

from idp.domain.attempt import Attempt, Reply
from idp.domain.channel import FieldKind, Form, Reason, Rejected, Verified
from idp.domain.errors import Distrusted, Unavailable
from tests.adapters.rigs import World
from tests.adapters.unionpay import (
    NAME,
    ZHANG_SAN,
    a_world,
    begun,
    channel_of,
    details,
    say,
    texted,
)

MOBILE = ZHANG_SAN["mobile"]


def code_on(world: World, mobile: str = MOBILE) -> str:
    return texted(world, mobile)[0]["code"]


def another(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_nobody_is_verified_by_the_bank_alone():
    world = a_world()
    _, outcome = details(channel_of(world), world, ZHANG_SAN)
    assert isinstance(outcome, Form)
    assert outcome.fields == (FieldKind.SMS_CODE,)
    assert "用于实名核验" in texted(world, MOBILE)[0]["text"]


def test_no_text_is_sent_when_the_bank_says_no():
    world = a_world()
    details(channel_of(world), world, {**ZHANG_SAN, "name": "张叁"})
    assert texted(world, MOBILE) == []


def test_what_is_kept_shows_neither_code_nor_card():
    world = a_world()
    _, outcome = details(channel_of(world), world, ZHANG_SAN)
    assert isinstance(outcome, Form)
    kept = "\n".join(outcome.keep.values())
    assert code_on(world) not in kept
    assert ZHANG_SAN["bank_card"] not in kept


def test_five_wrong_codes_end_the_attempt_and_the_right_one_comes_too_late():
    world = a_world()
    channel = channel_of(world)
    attempt, _ = details(channel, world, ZHANG_SAN)
    code = code_on(world)
    for tries in range(1, 5):
        attempt, outcome = say(channel, attempt, {"sms_code": another(code)})
        assert isinstance(outcome, Form)
        assert outcome.keep["tries"] == str(tries)
    _, outcome = say(channel, attempt, {"sms_code": another(code)})
    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.TOO_MANY_TRIES
    assert len(world.requests("backTransReq")) == 1


def test_the_right_code_after_wrong_ones_verifies():
    world = a_world()
    channel = channel_of(world)
    attempt, _ = details(channel, world, ZHANG_SAN)
    for _ in range(4):
        attempt, _ = say(channel, attempt, {"sms_code": another(code_on(world))})
    _, outcome = say(channel, attempt, {"sms_code": code_on(world)})
    assert isinstance(outcome, Verified)


def test_a_code_lives_five_minutes():
    world = a_world()
    channel = channel_of(world)
    attempt, _ = details(channel, world, ZHANG_SAN)
    code = code_on(world)
    world.clock.advance(299)
    assert isinstance(say(channel, attempt, {"sms_code": code})[1], Verified)
    world.clock.advance(1)
    _, outcome = say(channel, attempt, {"sms_code": code})
    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.EXPIRED


def test_a_code_opens_its_own_attempt_only():
    world = a_world()
    channel = channel_of(world)
    first, _ = details(channel, world, ZHANG_SAN)
    code = code_on(world)
    second, _ = details(channel, world, ZHANG_SAN)
    assert isinstance(say(channel, second, {"sms_code": code})[1], Form)
    assert isinstance(say(channel, first, {"sms_code": code})[1], Verified)


def test_another_worker_checks_the_code():
    world = a_world()
    attempt, _ = details(channel_of(world), world, ZHANG_SAN)
    assert isinstance(say(channel_of(world), attempt, {"sms_code": code_on(world)})[1], Verified)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３"])
def test_what_is_no_code_is_bad_input(code: str):
    world = a_world()
    channel = channel_of(world)
    attempt, _ = details(channel, world, ZHANG_SAN)
    _, outcome = say(channel, attempt, {"sms_code": code})
    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.BAD_INPUT


@pytest.mark.parametrize("mode", ["timeout", "reset", "http_500", "quota", "maintenance", "garbage"])
def test_a_text_that_was_not_sent_costs_nothing_and_is_sent_when_the_details_come_again(mode: str):
    world = a_world(card_tries=1)
    channel = channel_of(world)
    attempt = begun(channel, world)
    world.fault("sms", mode)
    with pytest.raises((Unavailable, Distrusted)) as caught:
        say(channel, attempt, ZHANG_SAN)
    assert caught.value.channel == NAME
    world.heal()
    world.clock.advance(31)
    attempt, outcome = say(channel, attempt, ZHANG_SAN)
    assert isinstance(outcome, Form)
    assert isinstance(say(channel, attempt, {"sms_code": code_on(world)})[1], Verified)


def test_a_throttled_phone_is_unavailable_until_it_may_be_texted_again():
    world = a_world(sms_flow_control=True)
    channel = channel_of(world)
    details(channel, world, ZHANG_SAN)
    with pytest.raises(Unavailable) as caught:
        details(channel, world, ZHANG_SAN)
    assert caught.value.retry_at is not None
    assert caught.value.retry_at > world.clock.now()


def test_a_record_without_its_order_time_is_an_ended_attempt():
    channel = channel_of(a_world())
    attempt = Attempt("a", NAME, 4e9, "https://idp.test/return")
    assert channel.resume(attempt, Reply("a", NAME, ZHANG_SAN)) == Rejected(Reason.EXPIRED)
