"""``zhima_face``: the patience of the query, and whose return counts."""

import json

import pytest

from adapters import zhima_face
from idp.domain.attempt import Attempt
from idp.domain.channel import Reason, Redirect, Rejected
from idp.domain.claims import ClaimName
from idp.domain.errors import Distrusted
from tests.adapters.ant import METHODS, ZHANG_SAN, ZHIMA, begin, channel_of, comes_back, resume
from tests.adapters.rigs import World


def face(world: World, **choices: str) -> tuple:
    channel = channel_of(world, ZHIMA)
    attempt, step = begin(channel)
    return channel, attempt, comes_back(world, step, **choices)


@pytest.mark.parametrize(
    ("choices", "expected", "queries", "seconds"),
    [
        ({"face": "mine"}, None, 1, 0),
        ({"face": "mine", "delay": "3"}, None, 3, 6),
        ({"face": "mine", "delay": "third"}, None, 3, 6),
        ({"face": "mine", "delay": "never"}, Reason.MISMATCH_FACE, 3, 6),
        ({"face": "other"}, Reason.MISMATCH_FACE, 3, 6),
        ({"face": "cancel"}, Reason.MISMATCH_FACE, 3, 6),
    ],
)
def test_an_f_is_believed_the_third_time(choices: dict, expected: Reason | None, queries: int, seconds: float):
    world = World()
    came_back = face(world, **choices)
    before = world.clock.now()
    outcome = resume(*came_back)
    assert (outcome.reason if isinstance(outcome, Rejected) else None) is expected
    assert outcome.txn == came_back[1].keep["order"]
    assert len(world.requests(METHODS["query"])) == queries
    assert world.clock.now() - before == seconds


def test_a_face_that_passed_elsewhere_proves_nothing_here():
    """The page's address was sent to somebody else, whose browser came back; the one that began only asks."""
    world = World()
    channel, attempt, _ = face(world, face="mine")
    assert isinstance(resume(channel, attempt, {}), Redirect)
    assert resume(channel, attempt, {"certify_id": attempt.keep["certify_id"]}) == Rejected(Reason.BAD_INPUT)


@pytest.mark.parametrize(("age", "expected"), [(599, Redirect), (600, Reason.EXPIRED)])
def test_nobody_waits_for_longer_than_ten_minutes(age: float, expected: object):
    world = World()
    channel = channel_of(world, ZHIMA)
    attempt, _ = begin(channel)
    world.clock.advance(age)
    outcome = resume(channel, attempt, {})
    assert (
        isinstance(outcome, Redirect) if expected is Redirect else outcome == Rejected(expected, attempt.keep["order"])
    )


@pytest.mark.parametrize(("choice", "expected"), [("mine", None), ("other", Reason.EXPIRED)])
def test_who_comes_back_after_ten_minutes_has_passed_or_is_expired(choice: str, expected: Reason | None):
    world = World()
    channel, attempt, back = face(world, face=choice)
    world.clock.advance(700)
    outcome = resume(channel, attempt, back)
    assert (outcome.reason if isinstance(outcome, Rejected) else None) is expected


def test_an_order_number_is_new_for_each_session_also_when_it_is_asked_for_twice():
    world = World()
    world.fault(ZHIMA, "slow", operation=METHODS["initialize"], count=1)
    channel = channel_of(world, ZHIMA)
    orders = [begin(channel, attempt_id=str(n))[0].keep["order"] for n in range(3)]
    assert len(world.requests(METHODS["initialize"])) == 4
    assert len(set(orders)) == 3
    assert all(len(order) == 32 and order.isalnum() and order.isascii() for order in orders)


def test_a_name_that_does_not_belong_to_the_number_opens_no_session():
    world = World()
    _, outcome = begin(channel_of(world, ZHIMA), ZHANG_SAN | {"name": "张叁"})
    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.MISMATCH_NAME


@pytest.mark.parametrize(
    "info", ['{"cert_no":"370102190303030015"}', '{"cert_name":"赵六"}', "[]", "", "x", {}, None, "[" * 100_000]
)
def test_an_answer_about_another_person_is_distrusted(info: object):
    subject = zhima_face.subject_of(
        Attempt("a", ZHIMA, 0, "", known={ClaimName.NAME: "张三", ClaimName.ID_NUMBER: ZHANG_SAN["id_number"]}), 1.7e9
    )
    assert not isinstance(subject, Reason)
    zhima_face.check_identity(
        {"identity_info": json.dumps({"cert_name": "张三", "cert_no": ZHANG_SAN["id_number"]})}, subject
    )
    with pytest.raises(Distrusted):
        zhima_face.check_identity({"identity_info": info}, subject)
