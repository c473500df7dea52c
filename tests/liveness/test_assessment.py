"""The stories: who is accepted, who is refused, who is asked again, and for which reason."""

from dataclasses import replace

import numpy as np
import pytest

from liveness.assessment import Question, Reason, Verdict, assess
from liveness.challenge import Movement, Prompt
from liveness.identity import Portrait
from liveness.movements import Made
from liveness.track import DESCRIPTOR, Track
from tests.liveness.drawn import Pose, clip, course, descriptor, picture
from tests.liveness.filmed import ASKED, LIVE, doing, each, end, film, prompts, swapped


def test_a_live_person_who_did_what_was_asked_is_accepted():
    found = assess(LIVE, Question(prompts()))
    assert (found.verdict, found.reasons) == (Verdict.ACCEPT, ())
    assert [answer.made for answer in found.answers] == [Made.DONE] * 4


def test_a_live_person_of_the_portrait_is_accepted():
    portrait = Portrait(descriptor(1, 99), np.array([descriptor(who, 99) for who in (7, 8, 9)]))
    assert end(LIVE, Question(prompts(), None, portrait)) == (Verdict.ACCEPT, ())


def test_a_picture_that_only_lies_there_is_refused():
    assert end(clip(ASKED, flat=True), Question(prompts())) == (Verdict.REFUSE, (Reason.NO_MOVEMENT,))


def test_a_tilted_print_that_moves_its_nose_as_a_head_does_is_flat():
    def tilted(at: float) -> Pose:
        far = course(Movement.TURN_LEFT, at - 1.5) if at >= 1.5 else 0.0
        return Pose(yaw=45 * far, pitch=45 * far)

    found = assess(film(tilted, 6.0, picture), Question(prompts(ASKED[:1])))
    assert [answer.made for answer in found.answers] == [Made.DONE]
    assert (found.verdict, found.reasons) == (Verdict.REFUSE, (Reason.FLAT,))


def test_one_flat_turn_of_two_is_enough_to_refuse():
    asked = [(Movement.TURN_LEFT, 1.5), (Movement.TURN_RIGHT, 5.0)]

    def acts(at: float) -> Pose:
        return doing(asked)(at)

    real, half = film(acts, 9.0), film(acts, 9.0, picture)
    tilt = film(lambda at: Pose(yaw=-45 * course(Movement.TURN_LEFT, at - 5.0), pitch=45 * course(Movement.TURN_LEFT, at - 5.0)) if at > 5 else Pose(), 9.0, picture)  # fmt: skip
    mixed = Track(tuple(a if a.at < 4.9 else b for a, b in zip(real.samples, tilt.samples, strict=True)))

    assert end(real, Question(prompts(asked))) == (Verdict.ACCEPT, ())
    assert end(half, Question(prompts(asked)))[0] is Verdict.REFUSE
    assert end(mixed, Question(prompts(asked))) == (Verdict.REFUSE, (Reason.FLAT,))


@pytest.mark.parametrize("light", [5.0, 120.0, 250.0])
def test_two_people_are_refused_whatever_the_light(light):
    dim = each(swapped(LIVE), lambda one: replace(one, light=light))
    assert end(dim) == (Verdict.REFUSE, (Reason.TWO_PEOPLE,))


@pytest.mark.parametrize("light", [5.0, 120.0])
def test_another_person_than_the_portraits_is_refused_whatever_the_light(light):
    track = each(LIVE, lambda one: replace(one, light=light))
    assert end(track, Question(prompts(), None, Portrait(descriptor(2)))) == (Verdict.REFUSE, (Reason.OTHER_PERSON,))


def test_nobody_is_two_people_for_lack_of_light_alone():
    assert end(each(LIVE, lambda one: replace(one, light=5.0))) == (Verdict.RETRY, (Reason.MORE_LIGHT,))


def test_movements_in_another_order_are_refused():
    order = [Movement.OPEN_MOUTH, Movement.TURN_RIGHT, Movement.BLINK, Movement.TURN_LEFT]
    asked = [(movement, shown) for movement, (_, shown) in zip(order, ASKED, strict=True)]
    verdict, reasons = end(LIVE, Question(prompts(asked)))
    assert verdict is Verdict.REFUSE
    assert Reason.ANOTHER_MOVEMENT in reasons


def test_left_for_right_is_refused():
    assert end(LIVE, Question(prompts([(Movement.TURN_RIGHT, 1.5)])))[1][0] is Reason.ANOTHER_MOVEMENT


def test_a_start_before_the_prompt_is_asked_for_again():
    early = film(doing([(Movement.TURN_LEFT, 1.2), (Movement.BLINK, 5.0)]), 8.0)
    asked = prompts([(Movement.TURN_LEFT, 1.8), (Movement.BLINK, 5.0)])
    assert end(early, Question(asked)) == (Verdict.RETRY, (Reason.TOO_EARLY,))


@pytest.mark.parametrize("missed", [Movement.BLINK, Movement.OPEN_MOUTH])
def test_a_missed_blink_or_mouth_of_a_head_that_turned_is_asked_for_again(missed):
    assert end(film(doing(without=frozenset({missed})))) == (Verdict.RETRY, (Reason.NOT_SEEN,))


@pytest.mark.parametrize("missed", [Movement.TURN_LEFT, Movement.TURN_RIGHT])
def test_a_missed_turn_is_refused(missed):
    assert end(film(doing(without=frozenset({missed})))) == (Verdict.REFUSE, (Reason.NO_MOVEMENT,))


def test_a_turn_that_comes_too_late_is_refused_and_a_late_blink_asked_for_again():
    late = film(doing([(Movement.TURN_LEFT, 4.0)]), 8.0)
    assert end(late, Question((Prompt(Movement.TURN_LEFT, 1.0, 7.0),))) == (Verdict.REFUSE, (Reason.NO_MOVEMENT,))
    asked = (*prompts(ASKED[:1]), Prompt(Movement.BLINK, 5.0, 11.0))
    blinks = film(doing([ASKED[0], (Movement.BLINK, 8.0)]), 12.0)
    assert end(blinks, Question(asked)) == (Verdict.RETRY, (Reason.NOT_SEEN,))


def test_a_missed_blink_without_any_turn_earns_nothing():
    still = film(lambda _at: Pose(), 8.0)
    assert end(still, Question(prompts([(Movement.BLINK, 2.0)]))) == (Verdict.REFUSE, (Reason.NO_MOVEMENT,))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"light": 20.0}, Reason.MORE_LIGHT),
        ({"light": 240.0}, Reason.LESS_LIGHT),
        ({"sharpness": 2.0}, Reason.HOLD_STILL),
        ({"found": 0.1}, Reason.UNCOVER),
        ({"faces": 2}, Reason.ONE_PERSON),
    ],
)
def test_bad_frames_are_asked_for_again_with_the_true_reason(change, reason):
    assert end(each(LIVE, lambda one: replace(one, **change))) == (Verdict.RETRY, (reason,))


def test_frames_too_bad_to_tell_are_asked_for_again_even_where_a_turn_is_missing():
    dark = film(doing(without=frozenset({Movement.TURN_LEFT})), light=20.0)
    assert end(dark) == (Verdict.RETRY, (Reason.MORE_LIGHT,))


def test_nothing_asked_is_no_acceptance():
    assert end(LIVE, Question()) == (Verdict.RETRY, (Reason.NOTHING_ASKED,))


def test_few_faces_to_compare_are_asked_for_again():
    few = each(LIVE, lambda one: replace(one, descriptor=None), lambda index: index % 60 != 0)
    question = Question(prompts(), None, Portrait(descriptor(1)))
    verdict, reasons = end(few, question)
    assert verdict is Verdict.RETRY
    assert Reason.LOOK_STRAIGHT in reasons


def test_a_face_that_is_neither_clearly_this_one_nor_another_is_asked_for_again():
    own = descriptor(1)
    apart = own + 0.45 * (np.eye(DESCRIPTOR)[0] - own * own[0] / (own @ own))
    verdict, reasons = end(LIVE, Question(prompts(), None, Portrait(apart)))
    assert (verdict, reasons) == (Verdict.RETRY, (Reason.UNSURE,))


@pytest.mark.parametrize(("attack", "verdict"), [(0.9, Verdict.REFUSE), (0.6, Verdict.REFUSE), (0.59, Verdict.ACCEPT)])
def test_what_a_network_takes_for_an_attack_is_refused(attack, verdict):
    looked = each(LIVE, lambda one: replace(one, attack=attack if one.descriptor is not None else None))
    assert end(looked) == (verdict, (Reason.ATTACK,) if verdict is Verdict.REFUSE else ())


def test_one_frame_that_a_network_doubts_is_no_attack():
    doubted = each(LIVE, lambda one: replace(one, attack=0.1))
    doubted = each(doubted, lambda one: replace(one, attack=0.99), lambda index: index == 7)
    assert end(doubted) == (Verdict.ACCEPT, ())


@pytest.mark.parametrize("said", [float("nan"), float("inf"), -float("inf")])
def test_a_network_that_says_no_number_speaks_for_nobody(said):
    looked = each(LIVE, lambda one: replace(one, attack=said))
    assert end(looked) == (Verdict.REFUSE, (Reason.ATTACK,))
