"""What a page is told, and when; which faces are described; which picture is wanted."""

from dataclasses import asdict, replace

import pytest

from liveness import describing
from liveness.challenge import Movement, NoChallenge
from liveness.session import unpack
from tests.liveness.drawn import Pose, course, pose_of
from tests.liveness.puppet import ACCEPTED, NOW, Puppet, outcome, streamer


def test_the_order_is_never_told_ahead():
    for seed in range(4):
        puppet = Puppet(streamer(seed))
        state, _ = puppet.run()
        movements = [str(movement) for movement in unpack(state).movements]
        shown = [told.movement for told in puppet.told if told.movement]
        assert [each for i, each in enumerate(shown) if i == 0 or each != shown[i - 1]] == movements
        for told in puppet.told:
            named = [each for each in movements if each in str(asdict(told))]
            assert set(named) <= {told.movement}
            if told.movement:
                assert told.movement == movements[told.done]


def test_the_first_answer_is_the_same_whatever_was_drawn():
    assert len({streamer(seed).begin(NOW)[1] for seed in range(20)}) == 1


def test_when_the_next_movement_is_shown_cannot_be_foreseen():
    pauses = {round(pause, 2) for seed in range(5) for pause in unpack(streamer(seed).begin(NOW)[0]).pauses}
    assert len(pauses) > 12
    shown = set()
    for seed in range(5):
        puppet = Puppet(streamer(seed), together=1)
        puppet.run()
        shown.add(next(index for index, told in enumerate(puppet.told) if told.movement))
    assert len(shown) > 2


def test_which_faces_are_described_cannot_be_foreseen():
    numbers = set()
    for seed in range(5):
        puppet = Puppet(streamer(seed), together=1)
        puppet.run()
        numbers.add(tuple(puppet.streamer.eye.described))
    assert len(numbers) == 5


def test_a_face_is_described_before_during_and_after_movements_and_not_often():
    puppet = Puppet(streamer(2))
    state, _ = puppet.run()
    session = unpack(state)
    at = [sample.at for sample in session.samples if sample.descriptor is not None]
    assert 5 <= len(at) <= describing.MOST_DESCRIBED
    assert at[0] <= session.prompts[0].shown
    for prompt in session.prompts:
        assert any(prompt.shown <= when for when in at)
        assert any(prompt.shown < when < prompt.until for when in at)


def test_a_face_is_described_where_it_jumped():
    def leaps(movement: Movement | None, since: float) -> Pose:
        return replace(pose_of(movement, course(movement, since) if movement else 0.0), x=next(places))

    places = iter([0.0] * 61 + [150.0] * 400)
    puppet = Puppet(streamer(2), acts=leaps, together=1)
    puppet.run()
    assert 61 in puppet.streamer.eye.described


def test_small_faces_are_looked_for_only_until_something_is_asked():
    puppet = Puppet(streamer(2), together=1)
    puppet.run()
    first = next(index for index, told in enumerate(puppet.told) if told.movement)
    assert puppet.streamer.eye.small == [True] * (first + 1) + [False] * (len(puppet.pictures) - first - 1)


def test_progress_grows_to_its_end():
    puppet = Puppet(streamer(3))
    puppet.run()
    done = [told.done for told in puppet.told]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, 4)
    assert {told.steps for told in puppet.told} == {4}


def test_movements_that_somebody_cannot_do_are_never_shown():
    for seed in range(4):
        puppet = Puppet(streamer(seed))
        assert outcome(puppet, without=[Movement.BLINK, Movement.TURN_RIGHT]) == ACCEPTED
        assert {told.movement for told in puppet.told} <= {None, "turn_left", "open_mouth"}


def test_without_a_turn_no_capture_begins():
    with pytest.raises(NoChallenge):
        streamer().begin(NOW, [Movement.TURN_LEFT, Movement.TURN_RIGHT])


def test_colours_are_shown_in_their_order_twice_a_second_at_most():
    puppet = Puppet(streamer(4), together=1)
    state, _ = puppet.run(flash=True)
    shown = [told.colour for told in puppet.told if told.colour]
    wanted = [colour for colour in unpack(state).colours for _ in range(5)]
    assert len(wanted) - 2 <= len(shown) <= len(wanted) + 2
    changes = [each for i, each in enumerate(shown) if i == 0 or each != shown[i - 1]]
    asked = unpack(state).colours
    assert changes == [each for i, each in enumerate(asked) if i == 0 or each != asked[i - 1]]


def test_colours_are_shown_only_where_they_were_asked_for():
    puppet = Puppet(streamer(4))
    puppet.run()
    assert {told.colour for told in puppet.told} == {None}


@pytest.mark.parametrize("twice", [0, 3])
def test_the_wanted_picture_is_the_clearest_frontal_one_whose_face_was_described(twice):
    for seed in range(3):
        puppet = Puppet(streamer(seed), twice=twice, more=lambda number: {"sharpness": 20.0 + number * 7 % 31})
        state, told = puppet.run()
        described = puppet.streamer.eye.described
        assert told.wanted in described
        frontal = [
            one.sharpness
            for one in unpack(state).samples
            if one.descriptor is not None and abs(one.points[30, 0] - 320) < 10
        ]
        assert 20.0 + told.wanted * 7 % 31 >= max(frontal)


def test_a_picture_that_a_comparison_would_not_take_is_not_wanted():
    puppet = Puppet(streamer(1), more=lambda number: {"size": 80_000 if number < 60 else 20_000, "sharpness": 50.0 if number < 60 else 30.0})  # fmt: skip
    _, told = puppet.run()
    assert min(puppet.streamer.eye.described) < 60 <= told.wanted


def test_the_state_holds_no_picture_and_nothing_a_page_could_read_ahead_from_what_it_is_told():
    puppet = Puppet(streamer(1))
    state, told = puppet.run()
    assert all(picture[200:300] not in state for picture in puppet.pictures)
    assert len(state) < 120_000
    assert set(asdict(told)) == {"movement", "colour", "hint", "done", "steps", "next_seq", "wanted"}
