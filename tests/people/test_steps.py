"""Several steps in one attempt: what each costs, and what the channel is handed."""

import pytest
from stdnum import luhn

from idp.domain.channel import FieldKind, Form, Redirect, Scan
from idp.domain.errors import LimitReached
from idp.people.prove import Begun, Pending
from tests.people.conftest import HOME, People
from tests.people.test_prove import BACK

CARD, CODE = Form((FieldKind.BANK_CARD,)), Form((FieldKind.SMS_CODE,))
CARDS = [number + luhn.calc_check_digit(number) for number in (f"6216261000000000{n}" for n in range(10, 18))]
TYPED = {"bank_card": "6216261000000000018"}


@pytest.fixture
def citizen(people: People):
    return people.open_account()


def begin(people: People, citizen, step, *answers: object) -> Begun:
    people.police.begins_with, people.police.answers = step, list(answers)
    begun = people.proving.begin(citizen.id, "police", BACK, HOME)
    assert isinstance(begun, Begun)
    assert begun.expires_at == people.clock.now() + people.police.facts.attempt_seconds
    return begun


def reply(people: People, citizen, begun, fields, **more: bytes):
    return people.proving.reply(begun.attempt_id, "police", citizen.id, fields, HOME, **more)


def test_a_step_forward_costs_no_try(people: People, citizen):
    for card in CARDS:  # one card has a budget of its own
        begun = begin(people, citizen, CARD, CODE)
        result = reply(people, citizen, begun, {"bank_card": card})
        assert result == Pending(Begun(begun.attempt_id, "police", CODE, begun.expires_at))


def test_guessing_at_a_form_that_comes_back_is_bounded_like_any_other_guess(people: People, citizen):
    begun = begin(people, citizen, CARD, CODE, *[CODE] * 50)
    reply(people, citizen, begun, TYPED)
    for n in range(5):
        reply(people, citizen, begun, {"sms_code": f"{n:06d}"})
    with pytest.raises(LimitReached):
        reply(people, citizen, begun, {"sms_code": "000005"})
    assert len(people.police.replies) == 6
    with pytest.raises(LimitReached):
        begin(people, citizen, CARD)


def test_each_form_is_read_by_its_own_kinds(people: People, citizen):
    begun = begin(people, citizen, CARD, CODE, Scan("x"))
    reply(people, citizen, begun, TYPED)
    reply(people, citizen, begun, {**TYPED, "sms_code": " １２３ 456 "})
    assert [dict(each.unverified_fields) for each in people.police.replies] == [TYPED, {"sms_code": "123456"}]


def test_the_body_reaches_the_channel_as_it_came(people: People, citizen):
    step = Redirect("https://up.example")
    begun = begin(people, citizen, step, step)
    reply(people, citizen, begun, {"a": "1"}, body=b"a=1&sign=%2B")
    assert people.police.replies[0].unverified_body == b"a=1&sign=%2B"
