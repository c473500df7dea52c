"""Whether a movement was made, when, and nothing else: on drawn heads, one prompt at a time."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveness.challenge import Movement, Prompt
from liveness.movements import Answer, Made, answer_to, needed, rest_of, travel
from liveness.signals import signals_of
from liveness.thresholds import DEFAULT
from liveness.track import Track
from tests.liveness.drawn import Pose, head, pose_of, sample

RATE, ASKED, UNTIL = 12.0, 2.0, 6.0
movements, turns = st.sampled_from(Movement), st.sampled_from((Movement.TURN_LEFT, Movement.TURN_RIGHT))


def filmed(pose_at, seconds: float = 8.0, noise: float = 0.3) -> Track:
    times = [index / RATE for index in range(int(seconds * RATE))]
    return Track(tuple(sample(at, head(replace(pose_at(at), noise=noise), int(at * 100))) for at in times))


def acting(*acts: tuple[Movement, float, float], far: float = 1.0):
    """The pose of somebody who makes each movement from a time on, for some seconds."""

    def pose(at: float) -> Pose:
        now = [movement for movement, start, lasts in acts if start <= at < start + lasts]
        return pose_of(now[-1] if now else None, far)

    return pose


def answered(track: Track, movement: Movement, shown: float = ASKED, until: float = UNTIL) -> Answer:
    signals = signals_of(track)
    return answer_to(Prompt(movement, shown, until), signals, rest_of(signals, shown), DEFAULT)


def lasting(movement: Movement) -> float:
    return 0.3 if movement is Movement.BLINK else 1.0


@given(movements, st.floats(0.25, 2.3))
def test_a_movement_within_the_window_is_done(movement, after):
    answer = answered(filmed(acting((movement, ASKED + after, lasting(movement)))), movement)

    assert answer.made is Made.DONE
    assert after - 0.01 <= answer.onset <= after + 1.5 / RATE
    assert answer.over == pytest.approx(ASKED + after + lasting(movement), abs=1.5 / RATE)
    assert answer.size >= needed(movement, DEFAULT)


@given(movements, st.floats(0.1, 0.9))
def test_a_movement_that_had_begun_before_the_prompt_is_too_early(movement, before):
    begun = acting((movement, ASKED - before * lasting(movement), lasting(movement) + 0.5))
    assert answered(filmed(begun), movement).made is Made.TOO_EARLY


@pytest.mark.parametrize("movement", Movement)
@pytest.mark.parametrize(
    ("after", "made"),
    [(0.0, Made.TOO_EARLY), (0.05, Made.TOO_EARLY), (0.15, Made.DONE), (2.4, Made.DONE), (2.6, Made.TOO_LATE)],
)
def test_the_window_of_the_onset_has_two_ends(movement, after, made):
    rate = 50.0  # so that the rate does not blur the ends
    track = Track(
        tuple(
            sample(at, head(acting((movement, ASKED + after - 0.001, lasting(movement)))(at)))
            for at in (index / rate for index in range(int(8 * rate)))
        )
    )
    assert answered(track, movement).made is made


@pytest.mark.parametrize(("before", "made"), [(0.9, Made.TOO_EARLY), (0.2, Made.DONE)])
def test_a_slow_turn_begins_where_it_leaves_rest_not_where_it_is_far_enough(before, made):
    def slowly(at: float) -> Pose:
        return Pose(yaw=10 * min(max(at - ASKED + before, 0.0), 3.0))

    assert answered(filmed(slowly), Movement.TURN_LEFT).made is made


@pytest.mark.parametrize("movement", Movement)
def test_nothing_done_is_not_seen(movement):
    answer = answered(filmed(acting()), movement)
    assert answer.made is Made.NOT_SEEN
    assert answer.onset is None


@pytest.mark.parametrize("movement", Movement)
def test_a_movement_after_its_window_does_not_count(movement):
    assert answered(filmed(acting((movement, UNTIL + 0.3, 1.0)), 9.0), movement).made is Made.NOT_SEEN


@pytest.mark.parametrize("movement", Movement)
def test_a_movement_before_its_window_does_not_count(movement):
    track = filmed(acting((movement, 0.5, 0.5)))
    signals = signals_of(track)
    rest = rest_of(signals, 0.4)

    assert answer_to(Prompt(movement, ASKED, UNTIL), signals, rest, DEFAULT).made is Made.NOT_SEEN


@pytest.mark.parametrize("movement", Movement)
def test_half_a_movement_is_none(movement):
    far = {Movement.BLINK: 0.25, Movement.OPEN_MOUTH: 0.2}.get(movement, 0.5)
    assert answered(filmed(acting((movement, 3.0, lasting(movement)), far=far)), movement).made is Made.NOT_SEEN


@given(turns)
def test_a_turn_to_the_other_side_is_another_movement(turn):
    other = ({Movement.TURN_LEFT, Movement.TURN_RIGHT} - {turn}).pop()
    assert answered(filmed(acting((other, 3.0, 1.0))), turn).made is Made.ANOTHER


@given(movements, movements.filter(lambda movement: movement is not Movement.BLINK))
def test_a_turn_or_a_wide_mouth_that_was_not_asked_for_is_another_movement(asked, made):
    if asked is not made:
        both = acting((asked, 2.5, lasting(asked)), (made, 4.0, 1.0))
        assert answered(filmed(both), asked).made is Made.ANOTHER


@given(movements.filter(lambda movement: movement is not Movement.BLINK), st.lists(st.floats(0.5, 7.5), max_size=5))
def test_eyes_that_blink_by_themselves_are_nobodys_fault(asked, blinks):
    acts = [*((Movement.BLINK, at, 0.2) for at in blinks), (asked, 3.0, 1.0)]
    assert answered(filmed(acting(*acts)), asked).made is Made.DONE


@given(st.floats(0.3, 1.7))
def test_a_blink_counts_in_its_own_window_alone(before):
    assert answered(filmed(acting((Movement.BLINK, before, 0.2))), Movement.BLINK).made is Made.NOT_SEEN


def test_eyes_closed_for_long_are_no_blink():
    assert (
        answered(filmed(acting((Movement.BLINK, 2.5, DEFAULT.blink_longest + 0.4))), Movement.BLINK).made
        is Made.NOT_SEEN
    )


def test_a_blink_after_a_long_closing_counts():
    eyes = acting((Movement.BLINK, 2.1, DEFAULT.blink_longest + 0.4), (Movement.BLINK, 5.0, 0.3))
    answer = answered(filmed(eyes), Movement.BLINK)
    assert answer.onset == pytest.approx(3.0, abs=0.1)


def test_one_frame_is_enough_for_a_blink_and_for_nothing_else():
    for movement in Movement:
        made = answered(filmed(acting((movement, 3.0, 1 / RATE - 0.001))), movement).made
        assert made is (Made.DONE if movement is Movement.BLINK else Made.NOT_SEEN)


def test_one_frame_of_another_movement_is_the_landmarks_mistake():
    acts = acting((Movement.BLINK, 3.0, 0.3), (Movement.TURN_LEFT, 4.0, 1 / RATE - 0.001))
    assert answered(filmed(acts), Movement.BLINK).made is Made.DONE


@pytest.mark.parametrize("asked", [Movement.BLINK, Movement.TURN_LEFT])
def test_lips_that_move_as_in_speech_are_no_open_mouth(asked):
    def speaking(at: float) -> Pose:
        own = acting((asked, 3.0, lasting(asked)))(at)
        return replace(own, mouth=0.08 + (0.3 if at > ASKED and int(at * 4) % 2 else 0.0))

    assert answered(filmed(speaking), asked).made is Made.DONE


def test_a_mouth_that_looks_open_from_the_side_is_no_other_movement():
    def turned(at: float) -> Pose:
        own = acting((Movement.TURN_LEFT, 3.0, 1.0))(at)
        return replace(own, mouth=0.6) if own.yaw else own

    assert answered(filmed(turned), Movement.TURN_LEFT).made is Made.DONE


def test_a_head_that_stays_turned_is_not_at_rest_again():
    answer = answered(filmed(acting((Movement.TURN_LEFT, 3.0, 20.0))), Movement.TURN_LEFT)
    assert answer.made is Made.DONE
    assert answer.over is None


@given(st.floats(-8, 8), st.floats(0.04, 0.2), st.floats(0.2, 0.42))
def test_the_face_at_rest_is_the_persons_own(yaw, mouth, eyes):
    track = filmed(lambda _at: Pose(yaw=yaw, mouth=mouth, eyes=eyes), seconds=4.0)
    signals = signals_of(track)
    rest = rest_of(signals, 3.0)

    for movement in Movement:
        assert abs(travel(movement, signals, rest)).max() < needed(movement, DEFAULT)


def test_rest_is_learned_before_the_first_prompt():
    signals = signals_of(filmed(acting((Movement.TURN_LEFT, 2.0, 6.0), (Movement.OPEN_MOUTH, 2.0, 0.0))))
    assert abs(rest_of(signals, 2.0).nose) < 0.02
    assert rest_of(signals, 0.0).nose == pytest.approx(rest_of(signals, 2.0).nose, abs=0.02)  # the first frames serve


def test_a_track_without_a_face_has_a_rest_and_no_movement():
    nothing = Track(())
    assert rest_of(signals_of(nothing), 0.0).eyes == 1.0
    assert all(answered(nothing, movement).made is Made.NOT_SEEN for movement in Movement)
