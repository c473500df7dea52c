"""Captures between two requests, over a real store: whose they are, how long, one at a time, and what is left of them."""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from idp.domain.audit import CaptureFouled
from idp.domain.capturing import Frame, Hint, JudgeBusy, Live, Movement, NotLive, Taken
from idp.domain.errors import CaptureOver, DomainError, InvalidInput, LimitReached
from idp.people.captures import CAPTURE_SECONDS, CLAIM_SECONDS, MOST_CALLS, Captures, Run
from idp.people.origin import Origin
from idp.stores.redis.limits import RedisLimits
from idp.stores.redis.records import RedisRecords
from idp.stores.redis.wire import Wire
from idp.system import SystemRandomness
from tests.capture_judge import ScriptedJudge, blurred, frames, jpeg, run_to_the_end
from tests.doubles import SteppingClock
from tests.people.conftest import HOME, until_limited
from tests.people.doubles import Notebook
from tests.valkey import AesGcmCipher, everything_in

MINE, THEIRS = "attempt:mine", "attempt:theirs"
FACE = jpeg("zhang_san")


@dataclass
class Camera:
    """A place with a judge, and somebody before the camera."""

    captures: Captures
    judge: ScriptedJudge
    clock: SteppingClock
    notebook: Notebook

    def begin(self, owner: str = MINE, citizen: str = "c1", origin: Origin = HOME, **more) -> Run:
        return self.captures.begin(owner, citizen, origin, **{"flash": True, **more})

    def send(self, run: Run, sent: list[Frame], owner: str = MINE) -> Run:
        return self.captures.take(run.id, owner, sent, HOME)

    def finish(self, picture: bytes = FACE, owner: str = MINE) -> Run:
        run = self.begin(owner)
        last = [run]

        def send(sent: list[Frame]) -> tuple[int, int | None]:
            last.append(self.send(run, sent, owner))
            return last[-1].next_seq, last[-1].wanted

        run_to_the_end(run.next_seq, send, picture)
        return last[-1]

    def fouls(self) -> list[tuple[str, str]]:
        return [(each.purpose, each.word) for each in self.notebook.of(CaptureFouled)]


@pytest.fixture
def camera(fast_wire: Wire, cipher: AesGcmCipher, clock: SteppingClock) -> Camera:
    judge, notebook = ScriptedJudge(), Notebook()
    records, limits = RedisRecords(fast_wire, cipher, "capture"), RedisLimits(fast_wire, cipher)
    return Camera(Captures(judge, records, limits, notebook, clock, SystemRandomness()), judge, clock, notebook)


def test_a_run_from_its_first_movement_to_the_judgement(camera: Camera):
    run = camera.begin()
    assert (run.next_seq, run.wanted, run.shown.done, run.shown.steps) == (0, None, 0, 2)
    assert run.shown.movement in Movement
    first = camera.send(run, frames(FACE, 0))
    assert (first.id, first.next_seq, first.shown.done, first.wanted) == (run.id, 4, 1, None)
    last = camera.send(run, frames(FACE, 4))
    assert (last.shown.done, last.wanted) == (2, 7)
    assert camera.captures.decide(run.id, MINE, FACE, HOME) == Live(FACE, b"zhang_san")
    assert camera.captures.same(run.id, MINE, b"zhang_san")
    assert not camera.captures.same(run.id, MINE, b"li_si")


@pytest.mark.parametrize(
    ("picture", "judgement"),
    [(jpeg("zhang_san", live=False), NotLive()), (blurred(), NotLive((Hint.NO_FACE,)))],
)
def test_what_is_not_live_is_told_from_what_cannot_be_told(camera: Camera, picture: bytes, judgement: NotLive):
    run = camera.finish(picture)
    assert camera.captures.decide(run.id, MINE, picture, HOME) == judgement


def test_what_the_person_cannot_do_is_never_asked_for(camera: Camera):
    without = frozenset({Movement.TURN_LEFT, Movement.BLINK})
    for number in range(10):
        run = camera.begin(f"attempt:{number}", f"c{number}", without=without)
        assert run.shown.movement not in without
    with pytest.raises(InvalidInput, match="without"):
        camera.begin(without=frozenset(Movement))


def test_without_colours_none_is_shown(camera: Camera):
    assert camera.begin().shown.colour is not None
    assert camera.begin(flash=False).shown.colour is None


def test_frames_that_come_again_after_a_lost_answer_get_the_same_answer(camera: Camera):
    run = camera.begin()
    first = camera.send(run, frames(FACE, 0))
    assert camera.send(run, frames(FACE, 0)) == first
    last = camera.send(run, frames(FACE, 4))
    assert camera.send(run, frames(FACE, 4)) == last
    assert camera.fouls() == []


def test_the_picture_may_come_again_as_long_as_the_run_is_kept(camera: Camera):
    run = camera.finish()
    judged = [camera.captures.decide(run.id, MINE, FACE, HOME) for _ in range(3)]
    assert judged == [Live(FACE, b"zhang_san")] * 3


# ---- whose it is, and how long --------------------------------------------------------------------------------------

CALLS: list[Callable[[Captures, str, str], object]] = [
    lambda captures, run_id, owner: captures.take(run_id, owner, frames(FACE, 8), HOME),
    lambda captures, run_id, owner: captures.decide(run_id, owner, FACE, HOME),
    lambda captures, run_id, owner: captures.same(run_id, owner, b"zhang_san"),
]
calls = pytest.mark.parametrize("call", CALLS, ids=["take", "decide", "same"])


@calls
def test_a_run_of_another_attempt_is_nobodys(camera: Camera, call):
    """FAC-01: another citizen's verdict."""
    theirs = camera.finish(owner=THEIRS)
    camera.finish()
    asked = camera.judge.calls
    with pytest.raises(CaptureOver):
        call(camera.captures, theirs.id, MINE)
    assert camera.judge.calls == asked
    camera.captures.end(theirs.id, MINE)  # nor can it be ended
    assert camera.captures.decide(theirs.id, THEIRS, FACE, HOME) == Live(FACE, b"zhang_san")


@calls
@pytest.mark.parametrize("run_id", ["", "unknown", f"of {MINE}", "\0", "名"])
def test_an_unknown_run_is_over(camera: Camera, call, run_id: str):
    camera.finish()
    with pytest.raises(CaptureOver):
        call(camera.captures, run_id, MINE)


@calls
def test_a_run_is_over_after_three_minutes(camera: Camera, call):
    run = camera.finish()
    camera.clock.advance(CAPTURE_SECONDS)
    with pytest.raises(CaptureOver):
        call(camera.captures, run.id, MINE)


@calls
def test_an_ended_run_is_over_and_may_be_ended_again(camera: Camera, call):
    """FAC-01: yesterday's verdict."""
    run = camera.finish()
    camera.captures.end(run.id, MINE)
    camera.captures.end(run.id, MINE)
    with pytest.raises(CaptureOver):
        call(camera.captures, run.id, MINE)


@calls
def test_a_new_run_ends_the_one_before(camera: Camera, call):
    older = camera.finish()
    newer = camera.finish()
    with pytest.raises(CaptureOver):
        call(camera.captures, older.id, MINE)
    assert camera.captures.decide(newer.id, MINE, FACE, HOME) == Live(FACE, b"zhang_san")


def test_of_runs_begun_at_once_one_lives(camera: Camera):
    runs: list[Run] = []
    threads = [threading.Thread(target=lambda: runs.append(camera.begin())) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    alive = 0
    for run in runs:
        try:
            camera.send(run, frames(FACE, 0))
        except CaptureOver:
            continue
        alive += 1
    assert (len(runs), alive) == (4, 1)


def test_a_face_is_compared_with_no_template_before_the_end(camera: Camera):
    run = camera.begin()
    camera.send(run, frames(FACE, 0))
    with pytest.raises(CaptureOver):
        camera.captures.same(run.id, MINE, b"zhang_san")


# ---- fouls ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("foul", "word"),
    [
        (lambda it, run: it.send(run, frames(FACE, 5)), "sequence_gap"),
        (lambda it, run: it.send(run, []), "frame_count"),
        (lambda it, run: it.captures.decide(run.id, MINE, FACE, HOME), "before_the_end"),
    ],
    ids=["gap", "none", "early"],
)
def test_a_foul_ends_the_run_and_only_the_audit_learns_why(camera: Camera, foul, word: str):
    run = camera.begin()
    with pytest.raises(CaptureOver) as caught:
        foul(camera, run)
    assert word not in str(caught.value)
    assert caught.value.__cause__ is None
    assert camera.fouls() == [("attempt", word)]
    (event,) = camera.notebook.of(CaptureFouled)
    assert (event.citizen_id, event.request_id) == ("c1", HOME.request_id)
    with pytest.raises(CaptureOver):
        camera.send(run, frames(FACE, 0))


def test_another_picture_than_the_wanted_one_is_a_foul(camera: Camera):
    """FAC-01: the picture is bound to the frames that were measured."""
    run = camera.finish()
    with pytest.raises(CaptureOver):
        camera.captures.decide(run.id, MINE, jpeg("li_si"), HOME)
    assert camera.fouls() == [("attempt", "another_picture")]


def test_a_word_of_the_judge_that_is_no_word_is_not_written_down(camera: Camera, monkeypatch: pytest.MonkeyPatch):
    from idp.domain.capturing import Foul

    def take(state: bytes, sent, *, now: float) -> Taken:
        raise Foul("张三 370102190103070012")

    monkeypatch.setattr(camera.judge, "take", take)
    with pytest.raises(CaptureOver):
        camera.send(camera.begin(), frames(FACE, 0))
    assert camera.fouls() == [("attempt", "unnamed")]


def test_the_same_frames_without_end_end_the_run(camera: Camera):
    run = camera.begin()
    for _ in range(MOST_CALLS):
        camera.send(run, frames(FACE, 0))
    with pytest.raises(CaptureOver):
        camera.send(run, frames(FACE, 0))
    assert camera.fouls() == [("attempt", "too_many_calls")]


# ---- a busy judge ---------------------------------------------------------------------------------------------------


def test_a_busy_judge_takes_nothing_and_costs_nothing(camera: Camera):
    camera.judge.busy = 20
    for _ in range(20):
        with pytest.raises(JudgeBusy):
            camera.begin()
    run = camera.begin()
    camera.judge.busy = 1
    with pytest.raises(JudgeBusy):
        camera.send(run, frames(FACE, 0))
    assert camera.send(run, frames(FACE, 0)).next_seq == 4
    camera.send(run, frames(FACE, 4))
    camera.judge.busy = 1
    with pytest.raises(JudgeBusy):
        camera.captures.decide(run.id, MINE, FACE, HOME)
    assert camera.captures.decide(run.id, MINE, FACE, HOME) == Live(FACE, b"zhang_san")


def test_one_call_of_a_run_is_judged_at_a_time(camera: Camera, monkeypatch: pytest.MonkeyPatch):
    """Whoever sends the same frames twenty times at once takes the judge's time once."""
    run, inner, met = camera.begin(), camera.judge.take, []

    def take(state: bytes, sent, *, now: float) -> Taken:
        if not met:
            met.append(None)
            with pytest.raises(JudgeBusy):
                camera.send(run, list(sent))
        return inner(state, sent, now=now)

    monkeypatch.setattr(camera.judge, "take", take)
    assert camera.send(run, frames(FACE, 0)).next_seq == 4
    assert met


def test_a_worker_that_died_blocks_a_run_for_seconds(camera: Camera, monkeypatch: pytest.MonkeyPatch):
    class Died(BaseException):
        pass

    def take(state: bytes, sent, *, now: float) -> Taken:
        raise Died

    run = camera.begin()
    with monkeypatch.context() as patched:
        patched.setattr(camera.judge, "take", take)
        with pytest.raises(Died):
            camera.send(run, frames(FACE, 0))
    with pytest.raises(JudgeBusy):
        camera.send(run, frames(FACE, 0))
    camera.clock.advance(CLAIM_SECONDS)
    assert camera.send(run, frames(FACE, 0)).next_seq == 4


def test_a_run_that_was_ended_while_frames_were_judged_stays_ended(camera: Camera, monkeypatch: pytest.MonkeyPatch):
    run, inner = camera.begin(), camera.judge.take

    def take(state: bytes, sent, *, now: float) -> Taken:
        camera.begin()
        return inner(state, sent, now=now)

    monkeypatch.setattr(camera.judge, "take", take)
    with pytest.raises(CaptureOver):
        camera.send(run, frames(FACE, 0))


# ---- budgets --------------------------------------------------------------------------------------------------------


def place(n: int) -> Origin:
    return Origin(address=f"2001:db8::{n:x}", browser=f"browser-{n}", request_id="r")


def test_runs_are_counted_by_person_browser_and_address(camera: Camera):
    begun, limit = until_limited(lambda n: camera.begin(origin=place(n)))
    assert (begun, limit.limit) == (9, "capture.citizen.hour")
    browser = Origin(address="192.0.2.1", browser="one", request_id="r")
    begun, limit = until_limited(lambda n: camera.begin(citizen=f"b{n}", origin=browser))
    assert (begun, limit.limit) == (30, "capture.browser")
    begun, limit = until_limited(
        lambda n: camera.begin(citizen=f"a{n}", origin=Origin("198.51.100.1", f"browser-{n}", "r"))
    )
    assert (begun, limit.limit) == (240, "capture.address")
    camera.clock.advance(3601)
    camera.begin(origin=place(1))


def test_a_day_has_runs_for_two_bad_hours_and_a_half(camera: Camera):
    begun = 0
    for _ in range(3):
        more, limit = until_limited(lambda n: camera.begin(origin=place(n)))
        begun += more
        camera.clock.advance(3601)
    assert (begun, limit.limit) == (24, "capture.citizen.day")


def test_a_run_refused_by_a_limit_ends_nothing(camera: Camera):
    run = camera.begin()
    for n in range(8):
        camera.begin("attempt:other", origin=place(n))
    with pytest.raises(LimitReached):
        camera.begin()
    assert camera.send(run, frames(FACE, 0)).next_seq == 4


# ---- what is left ---------------------------------------------------------------------------------------------------


def test_nothing_of_a_face_is_in_the_store_in_the_clear_or_in_a_text(camera: Camera, fast_wire: Wire, caplog):
    """FAC-05."""
    caplog.set_level("DEBUG")
    run = camera.finish()
    judged = camera.captures.decide(run.id, MINE, FACE, HOME)
    told = [repr(camera.captures), repr(run), repr(judged), repr(frames(FACE, 0)), caplog.text]
    told += [repr(camera.notebook.events), repr(everything_in(fast_wire))]
    for hidden in ("zhang_san", "sandbox-face", MINE, run.shown.movement or "turn_"):
        assert [text[:80] for text in told if hidden in text] == []
    (kept,) = [text for key, text in everything_in(fast_wire).items() if key.decode().endswith(_name(run.id))]
    assert "'value'" in kept
    camera.captures.end(run.id, MINE)
    (left,) = [text for key, text in everything_in(fast_wire).items() if key.decode().endswith(_name(run.id))]
    assert "'value'" not in left


def _name(capture_id: str) -> str:
    return hashlib.sha256(capture_id.encode()).hexdigest()


def test_refusals_name_no_run(camera: Camera):
    with pytest.raises(DomainError) as caught:
        camera.captures.decide("the-id-of-a-run", MINE, FACE, HOME)
    assert "the-id-of-a-run" not in str(caught.value)
