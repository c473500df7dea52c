"""The judge behind its port: words are translated, frames are checked before anything is sent, and nothing of a face is logged."""

import json
from typing import Any, get_args

import pytest

from adapters import face_judge
from adapters.face_judge import FaceJudge
from idp.domain.capturing import (
    MOST_FRAME_BYTES,
    CaptureJudge,
    Colour,
    Foul,
    Frame,
    Hint,
    JudgeBusy,
    Live,
    Movement,
    NotLive,
    Shown,
)
from liveness import challenge
from liveness.assessment import Question, Reason, Verdict, assess
from liveness.pool import Busy, Refused
from liveness.prompting import MOST_FRAMES
from liveness.quality import Trouble
from tests.liveness import drawn
from tests.liveness.filmed import LIVE, prompts

PICTURE = drawn.jpeg(0, 0.1, drawn.Pose())
TOLD = {"movement": None, "colour": None, "hint": None, "done": 0, "steps": 4, "next_seq": 1, "wanted": None}


class Answers:
    """A pool that records what it is asked, and answers what it was given."""

    def __init__(self, said: dict[str, Any] | Exception, blobs: list[bytes] | None = None) -> None:
        self.said = said
        self.blobs = [b"state"] if blobs is None else blobs
        self.asked: list[tuple[str, dict[str, Any], list[bytes]]] = []
        self.closed = False
        self.busy = 0.0

    def ask(self, what: str, asked: dict[str, Any], blobs=()) -> tuple[dict[str, Any], list[bytes]]:
        json.dumps(asked)
        self.asked.append((what, asked, list(blobs)))
        if isinstance(self.said, Exception):
            raise self.said
        return self.said, self.blobs

    def load(self) -> float:
        return self.busy

    def close(self) -> None:
        self.closed = True


def judge(said: dict[str, Any] | Exception, blobs: list[bytes] | None = None) -> tuple[FaceJudge, Answers]:
    pool = Answers(said, blobs)
    return FaceJudge(pool, certified=False), pool  # type: ignore[arg-type]


def found(verdict: str, *reasons: str) -> dict[str, Any]:
    return {"verdict": verdict, "reasons": list(reasons), "scores": [], "answers": []}


# ---- what is asked, and what is told -----------------------------------------------------------------------------------


def test_a_capture_begins_with_what_was_asked_for():
    one, pool = judge(TOLD)
    without = frozenset({Movement.TURN_LEFT, Movement.BLINK})
    assert one.begin(now=5.0, without=without, flash=True) == (b"state", Shown(steps=4))
    assert pool.asked == [("begin", {"now": 5.0, "without": ["blink", "turn_left"], "flash": True}, [])]


@pytest.mark.parametrize(("load", "waits"), [(0.0, False), (0.8, False), (0.81, True), (1.0, True)])
def test_in_a_crowd_nobody_begins_and_whoever_began_goes_on(load, waits):
    one, pool = judge(TOLD)
    pool.busy = load
    assert one.take(b"before", [Frame(0, 100, PICTURE)], now=9.0).next_seq == 1
    pool.asked.clear()
    if not waits:
        assert one.begin(now=5.0, without=frozenset(), flash=False)[0] == b"state"
        return
    with pytest.raises(JudgeBusy) as busy:
        one.begin(now=5.0, without=frozenset(), flash=False)
    assert busy.value.retry_after == 3
    assert pool.asked == []


def begins(one: FaceJudge) -> bool:
    try:
        one.begin(now=5.0, without=frozenset(), flash=False)
    except JudgeBusy:
        return False
    return True


@pytest.mark.parametrize(("processes", "at_once"), [(1, 5), (2, 9)])
def test_of_twenty_who_begin_at_once_as_many_begin_as_the_workers_have_time_for(processes, at_once):
    """Nothing is measured yet: what was just begun is expected, and less and less as it begins to be measured."""
    now, pool = [100.0], Answers(TOLD)
    one = FaceJudge(pool, certified=False, processes=processes, seconds=lambda: now[0])  # type: ignore[arg-type]
    assert sum(begins(one) for _ in range(20)) == at_once
    now[0] += 2.0
    pool.busy = 0.5  # half of it is seen, the other half still expected
    assert not begins(one)
    now[0] += 2.0
    pool.busy = 0.9
    assert not begins(one)
    pool.busy = 0.1  # they went away
    assert begins(one)


def test_a_capture_is_expected_from_the_moment_it_has_begun_however_long_that_took():
    now, pool = [100.0], Answers(TOLD)
    one = FaceJudge(pool, certified=False, seconds=lambda: now[0])  # type: ignore[arg-type]
    within: list[bool] = []

    def slowly(what: str, asked: dict[str, Any], blobs=()) -> tuple[dict[str, Any], list[bytes]]:
        if len(within) < 8:  # others come while a worker is being started
            within.append(True)
            within[-1] = begins(one)
        now[0] += 10.0
        return TOLD, [b"state"]

    pool.ask = slowly  # type: ignore[method-assign]
    assert begins(one)
    assert sum(within) < 8
    assert one._beginning == 0


@pytest.mark.parametrize("error", [Busy(), Refused("NoChallenge", "NoChallenge")])
def test_what_did_not_begin_is_not_expected(error):
    one, pool = judge(error)
    for _ in range(20):
        with pytest.raises((JudgeBusy, ValueError)):
            one.begin(now=5.0, without=frozenset(), flash=False)
    assert len(pool.asked) == 20


def test_where_nothing_is_left_to_ask_no_capture_begins():
    one, _ = judge(Refused("NoChallenge", "NoChallenge"))
    with pytest.raises(ValueError, match="NoChallenge"):
        one.begin(now=5.0, without=frozenset(), flash=False)


def test_frames_are_sent_with_their_numbers_and_clocks():
    one, pool = judge(TOLD | {"movement": "turn_left", "colour": "red", "hint": "closer", "done": 2, "wanted": 7})
    taken = one.take(b"before", [Frame(3, 100, PICTURE), Frame(4, 200, PICTURE)], now=9.0)
    assert pool.asked == [("take", {"now": 9.0, "frames": [(3, 100), (4, 200)]}, [b"before", PICTURE, PICTURE])]
    assert taken.shown == Shown(Movement.TURN_LEFT, Colour.RED, Hint.CLOSER, 2, 4)
    assert (taken.state, taken.next_seq, taken.wanted) == (b"state", 1, 7)


BAD = [
    (b"", "frame_bytes"),
    (b"\xff\xd8" + b"\0" * MOST_FRAME_BYTES + b"\xff\xd9", "frame_bytes"),
    (b"<svg/>".ljust(5000), "frame_format"),
    (PICTURE[:-2], "frame_format"),
    (PICTURE + PICTURE, "frame_format"),
    (drawn.jpeg(0, 0.1, drawn.Pose(), wide=50_000), "frame_pixels"),
]


@pytest.mark.parametrize(("data", "word"), BAD)
def test_a_bad_frame_is_foul_before_anything_is_sent(data, word):
    one, pool = judge(TOLD)
    with pytest.raises(Foul) as foul:
        one.take(b"before", [Frame(0, 100, PICTURE), Frame(1, 200, data)], now=9.0)
    assert foul.value.word == word
    assert pool.asked == []


def test_a_picture_too_large_is_not_sent_for_the_decision():
    one, pool = judge(found("accept"))
    with pytest.raises(Foul) as foul:
        one.decide(b"state", b"x" * (MOST_FRAME_BYTES + 1))
    assert foul.value.word == "another_picture"
    assert pool.asked == []


CALLS = {
    "begin": lambda one: one.begin(now=5.0, without=frozenset(), flash=False),
    "take": lambda one: one.take(b"", [], now=5.0),
    "decide": lambda one: one.decide(b"", PICTURE),
    "same": lambda one: one.same(b"", b""),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_busy_pool_is_a_busy_judge(call):
    one, _ = judge(Busy(5))
    with pytest.raises(JudgeBusy) as busy:
        CALLS[call](one)
    assert busy.value.retry_after == 5


@pytest.mark.parametrize("call", sorted(set(CALLS) - {"begin"}))
def test_what_the_worker_refuses_is_foul_with_its_word(call):
    one, _ = judge(Refused("Foul", "frame_replayed"))
    with pytest.raises(Foul) as foul:
        CALLS[call](one)
    assert foul.value.word == "frame_replayed"


# ---- what is decided ---------------------------------------------------------------------------------------------------


def test_a_live_person_is_the_picture_and_the_template():
    one, pool = judge(found("accept"), [b"template"])
    assert one.decide(b"state", PICTURE) == Live(PICTURE, b"template")
    assert pool.asked == [("decide", {}, [b"state", PICTURE])]


def test_whoever_is_refused_learns_nothing():
    one, _ = judge(found("refuse", "two_people", "closer"), [b""])
    assert one.decide(b"state", PICTURE) == NotLive(())


HINTS = {reason.value: Hint(reason.value) for reason in Reason if reason.value in set(Hint)} | {
    "unsure": Hint.LOOK_STRAIGHT,
    "nothing_asked": Hint.NOT_SEEN,
}


@pytest.mark.parametrize("reason", sorted(HINTS))
def test_who_is_asked_again_learns_what_would_help(reason):
    one, _ = judge(found("retry", reason), [b""])
    assert one.decide(b"state", PICTURE) == NotLive((HINTS[reason],))


def test_a_hint_is_given_once():
    one, _ = judge(found("retry", "too_slow", "closer", "too_slow", "unsure", "look_straight"), [b""])
    assert one.decide(b"state", PICTURE) == NotLive((Hint.TOO_SLOW, Hint.CLOSER, Hint.LOOK_STRAIGHT))


REFUSALS = {"two_people", "another_movement", "no_movement", "flat", "flash", "attack", "other_person"}


def test_every_reason_to_ask_again_has_a_hint_and_no_refusal_has_one():
    assert {reason.value for reason in Reason} - set(face_judge._HINTS) == REFUSALS
    assert {trouble.value for trouble in Trouble} | {"look_straight"} <= set(Hint)


def test_both_sides_use_the_same_words_and_bounds():
    assert [each.value for each in Movement] == [each.value for each in challenge.Movement]
    assert set(challenge.COLOURS) <= set(Colour)
    from idp.domain import capturing
    from liveness import jpeg

    assert capturing.MOST_FRAMES == MOST_FRAMES
    assert capturing.MOST_FRAME_BYTES == jpeg.MOST_BYTES


@pytest.mark.parametrize("same", [True, False])
def test_whether_a_face_is_a_templates_is_asked(same):
    one, pool = judge({"same": same}, [])
    assert one.same(b"state", b"template") is same
    assert pool.asked == [("same", {}, [b"state", b"template"])]


@pytest.fixture
def logged(request):
    return request.getfixturevalue("_logs_hold_nothing_personal")


# ---- what is logged ----------------------------------------------------------------------------------------------------


def test_the_log_holds_scores_and_no_face(logged):
    assessed = assess(LIVE, Question(prompts()))
    assert assessed.verdict is Verdict.ACCEPT
    one, _ = judge(json.loads(json.dumps(assessed.as_json())), [b"the template of a face"])
    one.decide(b"the state of a capture", PICTURE)

    (line,) = logged.getvalue().splitlines()
    said = json.loads(line)
    assert set(said) == {"event", "level", "verdict", "reasons", "scores", "missed", "movements"}
    assert said["event"] == "capture_assessed"
    assert said["verdict"] == "accept"
    assert said["scores"]["spread"] == pytest.approx(0.25, abs=0.1)
    assert said["missed"] == []
    assert said["movements"] == ["turn_left:done", "blink:done", "turn_right:done", "open_mouth:done"]
    assert all(isinstance(value, float | int) for value in said["scores"].values())
    assert "template" not in line
    assert len(line) < 1500


def test_the_log_names_what_was_missed(logged):
    one, _ = judge(
        found("refuse", "flat") | {"scores": [{"name": "relief", "value": 0.01234567, "holds": False}]}, [b""]
    )
    one.decide(b"state", PICTURE)
    said = json.loads(logged.getvalue())
    assert said["missed"] == ["relief"]
    assert said["scores"] == {"relief": 0.0123}


@pytest.mark.parametrize("call", sorted(set(CALLS) - {"decide"}))
def test_before_the_decision_nothing_is_logged(call, logged):
    one, _ = judge(TOLD | {"same": True})
    CALLS[call](one)
    assert logged.getvalue() == ""


def test_closing_the_judge_closes_its_pool():
    one, pool = judge(TOLD)
    one.close()
    assert pool.closed


def test_the_judge_is_the_ports():
    one: CaptureJudge = judge(TOLD)[0]
    assert all(hasattr(one, name) for name in ("begin", "take", "decide", "same", "certified"))
    assert not get_args(FaceJudge)
