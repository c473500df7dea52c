"""A capture while its frames come, with somebody who answers it; and everything that no honest page sends."""

import random
from dataclasses import asdict, replace

import pytest

from liveness import prompting
from liveness.assessment import Reason, Verdict
from liveness.challenge import Movement, NoChallenge
from liveness.session import FOREVER, unpack
from liveness.stream import Foul, Frame, Streamer, Told
from tests.liveness import drawn
from tests.liveness.drawn import Pose, course, pose_of
from tests.liveness.puppet import Puppet

NOW = 1_800_000_000.0


def streamer(seed: int = 0) -> Streamer:
    return Streamer(drawn.Eye(), random.Random(seed).random)


def outcome(puppet: Puppet, **how) -> tuple[Verdict, tuple[Reason, ...]]:
    state, _ = puppet.run(**how)
    found, template = puppet.streamer.decide(state, puppet.wanted)
    assert len(template) == (512 if found.verdict is Verdict.ACCEPT else 0)
    return found.verdict, found.reasons


ACCEPTED = (Verdict.ACCEPT, ())


# ---- people ------------------------------------------------------------------------------------------------------------


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


def missing(*missed: Movement):
    return lambda movement, since: (
        pose_of(movement, course(movement, since)) if movement and movement not in missed else Pose()
    )


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


def outcome_of(puppet: Puppet, state: bytes) -> tuple[Verdict, tuple[Reason, ...]]:
    found, _ = puppet.streamer.decide(state, puppet.wanted)
    return found.verdict, found.reasons


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


# ---- what is told ------------------------------------------------------------------------------------------------------


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
    assert 5 <= len(at) <= 12
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


# ---- which picture is wanted -------------------------------------------------------------------------------------------


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


# ---- once more, and once too often -------------------------------------------------------------------------------------


def frame(seq: int, taken: float | None = None, **more) -> Frame:
    at = 1.0 + seq / 10 if taken is None else taken
    return Frame(seq, int(at * 1000), drawn.jpeg(more.pop("number", seq), at, Pose(), **more))


def begun(*frames: Frame) -> tuple[Streamer, bytes, Told]:
    one = streamer()
    state, told = one.begin(NOW)
    if frames:
        state, told = one.take(state, frames, NOW + 0.5)
    return one, state, told


def test_an_answer_that_was_lost_is_given_again_and_nothing_counts_twice():
    one, state, _ = begun()
    frames = [frame(0), frame(1)]
    after, told = one.take(state, frames, NOW + 0.5)
    again = one.take(after, frames, NOW + 4.0)

    assert again == (after, told)
    assert one.eye.measured == [0, 1]
    assert one.take(after, [frame(2)], NOW + 0.8)[1].next_seq == 3


def test_the_last_answer_of_all_is_given_again_too():
    puppet = Puppet(streamer(1))
    state, told = puppet.run()
    count = len(puppet.pictures)
    at = [0.1]
    for _ in range(count):
        at.append(at[-1] + 0.1)
    last = [Frame(number, int(at[number + 1] * 1000), puppet.pictures[number]) for number in (count - 2, count - 1)]
    assert puppet.streamer.take(state, last, NOW + 100) == (state, told)


def test_no_frames_change_nothing():
    one, state, told = begun(frame(0))
    assert one.take(state, [], NOW + 1) == (state, told)


def test_the_same_picture_twice_in_a_row_is_passed_over():
    one, state, _ = begun(frame(0))
    same = frame(0).jpeg
    state, told = one.take(state, [Frame(1, 1100, same), Frame(2, 1200, same), frame(3)], NOW + 0.8)
    assert told.next_seq == 4
    assert one.eye.measured == [0, 3]
    assert unpack(state).kept == (0, 3)


def test_a_camera_slower_than_its_page_is_accepted():
    assert outcome(Puppet(streamer(1), rate=12.0, twice=3)) == ACCEPTED


OTHER = frame(5, number=77)
FOULS = [
    ("a gap", [frame(2)], NOW + 0.7, "sequence"),
    ("a gap within", [frame(1), frame(3)], NOW + 0.9, "sequence"),
    ("frames turned round", [frame(2), frame(1)], NOW + 0.9, "sequence"),
    ("the first frame again, changed", [frame(0, number=9)], NOW + 0.7, "sequence"),
    ("half of it was there", [frame(0), frame(1)], NOW + 0.7, "sequence"),
    ("a negative number", [frame(-1, 1.2)], NOW + 0.7, "sequence"),
    ("a frame of another capture", [OTHER], NOW + 1.1, "sequence"),
    ("a picture that was there before", [frame(1), frame(2), Frame(3, 1300, frame(1).jpeg)], NOW + 0.9, "frame_replayed"),
    ("the clock back", [frame(1, 0.9)], NOW + 0.7, "clock"),
    ("the clock standing still", [frame(1, 1.0)], NOW + 0.7, "clock"),
    ("the clock standing still within", [frame(1), frame(2, 1.1)], NOW + 0.7, "clock"),
    ("the clock ahead", [frame(1, 3.7)], NOW + 0.6, "clock"),
    ("the clock far behind", [frame(1, 1.1)], NOW + 7.0, "clock"),
    ("the clock at the end of all numbers", [Frame(1, 10**400, frame(1).jpeg)], NOW + 0.7, "clock"),
    ("our clock before the beginning", [frame(1)], NOW - 1.0, "clock"),
    ("another size of picture", [frame(1, wide=320)], NOW + 0.7, "frame_pixels"),
    ("a picture too large", [Frame(1, 1100, drawn.jpeg(1, 1.1, Pose(), size=90_001))], NOW + 0.7, "frame_bytes"),
    ("a tiny picture", [frame(1, wide=1)], NOW + 0.7, "frame_pixels"),
    ("no picture", [Frame(1, 1100, b"GIF89a".ljust(5000))], NOW + 0.7, "frame_format"),
    ("an empty picture", [Frame(1, 1100, b"")], NOW + 0.7, "frame_bytes"),
    ("a picture that the decoder refuses", [Frame(1, 1100, frame(1).jpeg.replace(b'{"number', b"{number\xff"))], NOW + 0.7, "frame_format"),
]  # fmt: skip


@pytest.mark.parametrize(("frames", "now", "word"), [row[1:] for row in FOULS], ids=[row[0] for row in FOULS])
def test_what_no_honest_page_sends_ends_the_capture_with_its_word(frames, now, word):
    one, state, _ = begun(frame(0))
    with pytest.raises(Foul) as foul:
        one.take(state, frames, now)
    assert foul.value.word == word


def test_what_an_honest_page_sends_after_its_first_frame_does_not():
    one, state, _ = begun(frame(0))
    assert one.take(state, [frame(1), frame(2)], NOW + 0.7)[1].next_seq == 3


@pytest.mark.parametrize(("now", "taken"), [(NOW + 2.4, 1.1), (NOW + 6.3, 1.1), (NOW + 0.6, 2.9)])
def test_clocks_may_differ_by_what_networks_and_cameras_do(now, taken):
    one, state, _ = begun(frame(0))
    assert one.take(state, [frame(1, taken)], now)[1].next_seq == 2


def test_a_clock_that_creeps_ahead_is_caught():
    one, state, _ = begun(frame(0))

    def creep(state: bytes) -> None:
        for step in range(1, 40):
            state, _ = one.take(state, [frame(step, 1.0 + step * 0.2)], NOW + 0.5 + step * 0.1)

    with pytest.raises(Foul) as foul:
        creep(state)
    assert foul.value.word == "clock"


def test_the_browsers_clock_may_begin_anywhere():
    for beginning in (0.001, 5.0, 86_400.0 * 300):
        one, state, _ = begun()
        frames = [frame(0, beginning), frame(1, beginning + 0.1)]
        assert one.take(state, frames, NOW + 0.5)[1].next_seq == 2


def finished(seed: int = 1) -> tuple[Puppet, bytes]:
    puppet = Puppet(streamer(seed))
    return puppet, puppet.run()[0]


def test_frames_after_the_end_are_foul():
    puppet, state = finished()
    number = len(puppet.pictures)
    with pytest.raises(Foul) as foul:
        puppet.streamer.take(state, [frame(number, 1000.0)], NOW + 1000)
    assert foul.value.word == "after_the_end"


def test_a_decision_before_the_end_is_foul():
    one, state, _ = begun(frame(0))
    with pytest.raises(Foul) as foul:
        one.decide(state, frame(0).jpeg)
    assert foul.value.word == "before_the_end"


@pytest.mark.parametrize(
    "which", ["another of this capture", "another capture's", "the same with a byte changed", "none"]
)
def test_another_picture_than_the_wanted_one_is_foul(which):
    puppet, state = finished()
    others = {
        "another of this capture": puppet.pictures[puppet.told[-1].wanted - 1],
        "another capture's": finished(2)[0].wanted,
        "the same with a byte changed": puppet.wanted[:-5] + b"\0" + puppet.wanted[-4:],
        "none": b"",
    }
    with pytest.raises(Foul) as foul:
        puppet.streamer.decide(state, others[which])
    assert foul.value.word == "another_picture"


def test_a_capture_without_anybody_ends_by_its_frames_and_is_asked_for_again():
    puppet = Puppet(streamer(1), more=lambda _number: {"nobody": True}, together=8, rate=15.0)
    assert outcome(puppet) == (
        Verdict.RETRY,
        (Reason.NO_FACE, Reason.CLOSER, Reason.UNCOVER, Reason.HOLD_STILL, Reason.TOO_SLOW),
    )
    assert prompting.MOST_FRAMES <= len(puppet.pictures) < prompting.MOST_FRAMES + 8


def test_a_capture_ends_by_our_clock():
    puppet = Puppet(streamer(1), more=lambda _number: {"nobody": True}, together=1, rate=2.0)
    puppet.run()
    assert len(puppet.pictures) <= 2 * prompting.MOST_SECONDS + 2


def test_a_page_that_sends_the_same_picture_for_ever_comes_to_an_end():
    puppet = Puppet(streamer(1), twice=1, together=8, rate=15.0)
    assert outcome(puppet)[0] is Verdict.RETRY
    assert len(puppet.streamer.eye.measured) == 1


def test_words_of_fouls_are_closed():
    assert {word for *_, word in FOULS} == {"sequence", "clock", "frame_replayed", "frame_pixels", "frame_bytes", "frame_format"}  # fmt: skip


def test_what_is_shown_has_no_end_until_it_is_over():
    puppet = Puppet(streamer(1))
    state, _ = puppet.run()
    assert all(prompt.until < FOREVER for prompt in unpack(state).prompts)
