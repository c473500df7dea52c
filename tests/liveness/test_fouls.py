"""Everything that no honest page sends, with its word; and what an honest one sends twice."""

import pytest

from liveness import prompting
from liveness.assessment import Reason, Verdict
from liveness.session import FOREVER, unpack
from liveness.stream import Foul, Frame, Streamer, Told
from tests.liveness import drawn
from tests.liveness.drawn import Pose
from tests.liveness.puppet import ACCEPTED, NOW, Puppet, outcome, streamer


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
