"""A capture while its frames come, with somebody who answers it, or somebody who only seems to."""

import pytest

from liveness import prompting
from liveness.assessment import Reason, Verdict
from liveness.challenge import Movement
from liveness.session import unpack
from tests.liveness.drawn import Pose, course, pose_of
from tests.liveness.puppet import ACCEPTED, Puppet, missing, outcome, outcome_of, streamer


@pytest.mark.parametrize("seed", range(12))
def test_somebody_who_does_what_is_shown_is_accepted_whatever_is_drawn(seed):
    assert outcome(Puppet(streamer(seed))) == ACCEPTED


@pytest.mark.parametrize(
    ("rate", "together", "latency"),
    [(6.0, 1, 0.1), (6.0, 2, 0.8), (8.0, 3, 0.3), (10.0, 8, 0.2), (12.0, 1, 1.5), (15.0, 5, 1.5), (15.0, 1, 0.05)],
)
def test_six_to_fifteen_frames_a_second_are_enough_with_answers_up_to_a_second_and_a_half_late(rate, together, latency):
    for seed in (1, 2):
        assert outcome(Puppet(streamer(seed), rate=rate, together=together, latency=latency)) == ACCEPTED


def test_slow_people_are_waited_for():
    def slowly(movement: Movement | None, since: float) -> Pose:
        return pose_of(movement, course(movement, (since - 0.9) * 0.8) if movement else 0.0)

    for seed in (3, 4):
        assert outcome(Puppet(streamer(seed), acts=slowly)) == ACCEPTED


def test_people_who_first_look_for_their_place_are_waited_for_and_told_what_would_help():
    rows = [
        (12, {"nobody": True}, "no_face"),
        (24, {"light": 20.0}, "more_light"),
        (36, {"faces": 2}, "one_person"),
        (48, {"sharpness": 1.0}, "hold_still"),
        (60, {"found": 0.1}, "uncover"),
    ]

    def wandering(number: int) -> dict:
        return next((row for until, row, _ in rows if number < until), {})

    puppet = Puppet(streamer(5), more=wandering)
    assert outcome(puppet) == ACCEPTED
    for until, _, hint in rows:
        assert puppet.told[until // 2 - 1].hint == hint
        assert puppet.told[until // 2 - 1].movement is None
    assert puppet.told[-1].hint is None


def test_nothing_is_asked_before_a_face_was_in_place_for_a_second():
    for seed in range(6):
        puppet = Puppet(streamer(seed), more=lambda number: {"nobody": True} if number < 20 else {})
        puppet.run()
        first = next(index for index, told in enumerate(puppet.told) if told.movement)
        assert 2 * first >= 20 + 10 * (prompting._CALM_SECONDS + 0.4)


def test_a_face_that_leaves_while_it_is_asked_is_told_so():
    puppet = Puppet(streamer(5), more=lambda number: {"nobody": True} if 40 <= number < 46 else {})
    puppet.run()
    assert "no_face" in {told.hint for told in puppet.told[20:]}


def test_a_head_that_stays_turned_is_told_to_look_straight_and_not_waited_for_for_ever():
    def stays(movement: Movement | None, since: float) -> Pose:
        return pose_of(movement, course(movement, min(since, 1.0)) if movement else 0.0)

    puppet = Puppet(streamer(5), acts=stays)
    assert outcome(puppet) == (Verdict.RETRY, (Reason.NOT_SEEN,))
    assert "look_straight" in {told.hint for told in puppet.told}


# ---- attacks -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_a_picture_before_the_camera_is_refused(seed):
    assert outcome(Puppet(streamer(seed), more=lambda _number: {"flat": True}))[0] is Verdict.REFUSE


def test_somebody_elses_face_from_some_frame_on_is_refused():
    for since in (20, 45, 60):
        puppet = Puppet(streamer(1), more=lambda number, since=since: {"person": 1 if number < since else 2})
        assert outcome(puppet) == (Verdict.REFUSE, (Reason.TWO_PEOPLE,))


@pytest.mark.parametrize("seed", range(4))
def test_a_recording_of_every_movement_in_its_own_order_is_refused(seed):
    recorded = list(Movement)
    steps: list[int] = []

    def plays(_movement: Movement | None, _since: float) -> Pose:
        steps.append(1)
        at = (len(steps) - 1) / 10
        return pose_of(recorded[int(at // 3) % 4], course(recorded[int(at // 3) % 4], at % 3))

    assert outcome(Puppet(streamer(seed), acts=plays))[0] is not Verdict.ACCEPT


def test_a_missed_turn_ends_the_capture_at_once():
    puppet = Puppet(streamer(1), acts=missing(Movement.TURN_LEFT, Movement.TURN_RIGHT))
    state, told = puppet.run()
    session = unpack(state)
    turns = [prompt for prompt in session.prompts if prompt.movement.turns]
    assert len(turns) == 1
    assert turns[0] is session.prompts[-1]
    assert told.movement is None
    assert puppet.streamer.decide(state, puppet.wanted)[0].verdict is Verdict.REFUSE


def test_a_missed_blink_does_not_and_earns_another_try_by_the_turn():
    seen = set()
    for seed in range(6):
        puppet = Puppet(streamer(seed), acts=missing(Movement.BLINK))
        state, _ = puppet.run()
        session = unpack(state)
        if Movement.BLINK in session.movements:
            assert len(session.prompts) == len(session.movements)
            seen.add(outcome_of(puppet, state))
    assert seen == {(Verdict.RETRY, (Reason.NOT_SEEN,))}


def test_somebody_who_moves_before_it_is_asked_is_not_accepted():
    def hasty(movement: Movement | None, since: float) -> Pose:
        return Pose(yaw=30.0) if movement is None and since > 1.5 else Pose(yaw=30.0 if movement else 0.0)

    assert outcome(Puppet(streamer(1), acts=hasty))[0] is not Verdict.ACCEPT


@pytest.mark.parametrize("rate", [30.0, 40.0, 60.0])
def test_a_capture_that_is_filled_up_before_all_was_asked_is_not_accepted(rate):
    for seed in range(3):
        puppet = Puppet(streamer(seed), rate=rate, together=8)
        state, _ = puppet.run()
        session = unpack(state)
        assert len(session.prompts) < len(session.movements)
        assert outcome_of(puppet, state)[0] is not Verdict.ACCEPT


def test_a_capture_that_is_drawn_out_until_time_is_up_is_not_accepted():
    def tired(movement: Movement | None, since: float) -> Pose:
        """Does the first movement right, and every other frame of what follows is the same again."""
        return pose_of(movement, course(movement, since)) if movement else Pose()

    # Nobody is there for 50 seconds, so time is up between the first movement and the last.
    puppet = Puppet(streamer(1), acts=tired, rate=5.5, together=1, more=lambda n: {"nobody": True} if n < 290 else {})
    assert outcome(puppet)[0] is Verdict.RETRY


@pytest.mark.parametrize("seed", range(6))
def test_whoever_does_something_else_at_once_is_refused_and_not_told_that_frames_were_few(seed: int):
    def acts(movement: Movement | None, since: float) -> Pose:
        if movement is None:
            return Pose()
        other = Movement.TURN_RIGHT if movement is Movement.TURN_LEFT else Movement.TURN_LEFT
        return pose_of(other, min(1.0, max(0.0, since / 0.3)))

    verdict, reasons = outcome(Puppet(streamer(seed), acts=acts))
    assert (verdict, reasons[0]) == (Verdict.REFUSE, Reason.ANOTHER_MOVEMENT)
