"""The worker process: started late, few, replaced when it dies or dawdles, with nothing of ours in it."""

import io
import os
import resource
import signal
import struct
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveness import pool as pools
from liveness import worker
from liveness.pool import Busy, Pool, Refused
from tests.liveness import drawn

BEGIN = {"now": 1_800_000_000.0, "without": [], "flash": False}


# ---- a real process ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pool():
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DATABASE_PASSWORD", "of-ours-alone")
        one = Pool(seconds=30.0, nice=5)
        yield one
        one.close()


def pid(pool: Pool) -> int:
    pool.ask("begin", BEGIN)
    return pool._idle[0].process.pid


def test_a_worker_begins_a_capture_and_is_asked_again(pool):
    told, blobs = pool.ask("begin", BEGIN)
    assert told["movement"] is None
    assert told["steps"] == 4
    assert len(blobs) == 1
    again, _ = pool.ask("take", {"now": BEGIN["now"], "frames": []}, blobs)
    assert again == told
    assert len(pool._idle) == 1


def test_what_cannot_be_asked_is_refused_with_its_word_and_the_worker_lives(pool):
    before = pid(pool)
    _, blobs = pool.ask("begin", BEGIN)
    rows = [
        ("begin", BEGIN | {"without": ["turn_left", "turn_right"]}, [], ("NoChallenge", "NoChallenge")),
        ("begin", BEGIN | {"without": ["nod"]}, [], ("ValueError", "ValueError")),
        ("take", {"now": BEGIN["now"], "frames": []}, [b"nothing of ours"], ("BadState", "BadState")),
        ("take", {"now": BEGIN["now"] + 1, "frames": [[0, 10]]}, [*blobs, b"x"], ("Foul", "frame_bytes")),
        ("take", {"now": BEGIN["now"] + 1, "frames": [[0, 10**400]]}, [*blobs, b"x"], ("Foul", "clock")),
        ("decide", {}, [*blobs, b"x"], ("Foul", "before_the_end")),
        ("compare", {}, [b"x", b"y"], ("Unacceptable", "frame_bytes")),
        ("same", {}, [blobs[0], b"\0" * 512], ("ValueError", "ValueError")),
    ]
    for what, asked, parts, said in rows:
        with pytest.raises(Refused) as refused:
            pool.ask(what, asked, parts)
        assert (refused.value.error, refused.value.word) == said
    assert pid(pool) == before


def test_pixels_that_are_none_end_in_an_answer_and_the_worker_lives(pool):
    before = pid(pool)
    _, blobs = pool.ask("begin", BEGIN)
    rubbish = drawn.jpeg(0, 0.1, drawn.Pose())  # a JPEG as far as markers tell
    with suppress(Refused):
        pool.ask("take", {"now": BEGIN["now"] + 1, "frames": [[0, 10]]}, [*blobs, rubbish])
    assert pid(pool) == before


def test_nothing_of_ours_is_in_the_worker(pool):
    there = Path(f"/proc/{pid(pool)}")
    environment = (there / "environ").read_bytes()
    assert b"of-ours-alone" not in environment
    assert {each.split(b"=")[0] for each in environment.split(b"\0") if each} == {b"PATH", b"LANG"}
    limits = {line[:26].strip(): line[26:].split()[:2] for line in (there / "limits").read_text().splitlines()}
    assert limits["Max core file size"] == ["0", "0"]
    assert limits["Max address space"] == [str(worker._ADDRESS_SPACE)] * 2
    open_files = {str(each.readlink()) for each in (there / "fd").iterdir() if each.exists()}
    assert not {each for each in open_files if each.startswith("socket:")}


def test_the_worker_steps_back_for_others_and_does_not_hear_our_signals(pool):
    there = pid(pool)
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, there) == min(ours + 5, 19)
    assert os.getsid(there) == there


def test_a_killed_worker_is_told_busy_and_replaced(pool):
    before = pid(pool)
    os.kill(before, signal.SIGKILL)
    with pytest.raises(Busy) as busy:
        pool.ask("begin", BEGIN)
    assert busy.value.retry_after == 1
    assert pid(pool) != before


def test_a_worker_that_takes_too_long_is_killed_and_replaced(pool, monkeypatch):
    class Noted(threading.Timer):
        def __init__(self, interval: float, function) -> None:
            waited.append(interval)
            super().__init__(interval, function)

    waited: list[float] = []
    monkeypatch.setattr(pools.threading, "Timer", Noted)
    before = pid(pool)
    process = pool._idle[0].process
    os.kill(before, signal.SIGSTOP)
    pool.seconds = 0.2
    try:
        with pytest.raises(Busy):
            pool.ask("begin", BEGIN)
    finally:
        pool.seconds = 30.0
    assert process.returncode == -signal.SIGKILL
    assert waited[1:] == [0.2]
    assert pid(pool) != before


def test_a_closed_pool_has_no_process_and_is_busy():
    one = Pool()
    pid(one)
    process = one._idle[0].process
    one.close()
    assert process.returncode == -signal.SIGKILL
    with pytest.raises(Busy):
        one.ask("begin", BEGIN)


def test_a_model_that_is_not_the_approved_one_starts_no_worker(tmp_path, capfd):
    (tmp_path / "network.onnx").write_bytes(b"not the network")
    one = Pool(model=tmp_path / "network.onnx", sha256="0" * 64)
    with pytest.raises(Busy) as busy:
        one.ask("begin", BEGIN)
    assert busy.value.retry_after == 5
    assert not one._idle
    assert "not the file that was approved" in capfd.readouterr().err


def test_a_web_worker_has_neither_numpy_nor_dlib_nor_opencv():
    script = (
        "import sys, liveness, liveness.pool, liveness.jpeg, liveness.challenge, liveness.worker, adapters.face_judge\n"
        "from liveness.pool import Pool\n"
        "Pool().close()\n"
        "print(sorted({'numpy', 'dlib', 'cv2', 'face_recognition'} & {each.split('.')[0] for each in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=pools._ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# ---- who waits and who does not: processes that are none ----------------------------------------------------------------


class Held:
    """Workers that answer when they are let."""

    def __init__(self) -> None:
        self.started = 0
        self.stopped = 0
        self.let = threading.Event()
        self.asking = threading.Semaphore(0)

    def start(self, nice, model, sha256) -> "Held":
        self.started += 1
        return self

    def ask(self, parts, seconds) -> list[bytes]:
        self.asking.release()
        assert self.let.wait(20)
        return [b"{}"]

    def stop(self) -> None:
        self.stopped += 1


@pytest.fixture
def held(monkeypatch):
    one = Held()
    monkeypatch.setattr(pools, "_Worker", one)
    yield one
    one.let.set()


def asking(pool: Pool, count: int) -> tuple[list[threading.Thread], list[object]]:
    answers: list[object] = []

    def ask() -> None:
        try:
            answers.append(pool.ask("begin", {}))
        except Busy as busy:
            answers.append(busy)

    threads = [threading.Thread(target=ask) for _ in range(count)]
    for each in threads:
        each.start()
    return threads, answers


def test_nothing_is_started_before_it_is_asked(held):
    one = Pool(processes=4)
    assert held.started == 0
    one.close()
    assert held.started == held.stopped == 0


@pytest.mark.parametrize("processes", [1, 2])
def test_as_many_are_worked_on_as_there_are_processes_and_beyond_those_waiting_others_are_busy_at_once(held, processes):
    one = Pool(processes=processes, waiting=2, seconds=20)
    threads, answers = asking(one, processes)
    for _ in range(processes):
        assert held.asking.acquire(timeout=20)
    entered = threading.Semaphore(0)
    acquire = one._working.acquire

    def noted(**how) -> bool:
        entered.release()
        return acquire(**how)

    one._working.acquire = noted  # type: ignore[method-assign]
    more, later = asking(one, 2)
    for _ in range(2):
        assert entered.acquire(timeout=20)
    with pytest.raises(Busy):
        one.ask("begin", {})
    assert held.started == processes

    held.let.set()
    for each in threads + more:
        each.join(20)
    assert answers == [({}, [])] * processes
    assert later == [({}, [])] * 2
    assert held.started == len(one._idle) == processes
    one.close()
    assert held.stopped == processes


def test_who_waits_too_long_is_busy(held):
    one = Pool(processes=1, waiting=1, seconds=20)
    threads, _ = asking(one, 1)
    assert held.asking.acquire(timeout=20)
    one.seconds = 0.01
    with pytest.raises(Busy):
        one.ask("begin", {})
    held.let.set()
    threads[0].join(20)
    assert one.ask("begin", {}) == ({}, [])


def test_a_worker_that_answers_after_the_pool_was_closed_is_stopped(held):
    one = Pool()
    threads, answers = asking(one, 1)
    assert held.asking.acquire(timeout=20)
    one.close()
    assert held.stopped == 0
    held.let.set()
    threads[0].join(20)
    assert answers == [({}, [])]
    assert (held.stopped, one._idle) == (1, [])


@pytest.mark.parametrize("processes", [1, 2])
def test_the_load_is_the_share_of_the_last_seconds_that_workers_worked(held, monkeypatch, processes):
    now = [100.0]
    monkeypatch.setattr(pools.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(held, "ask", lambda _parts, _seconds: now.append(now.pop() + 1.0) or [b"{}"])
    one = Pool(processes=processes)
    assert one.load() == 0.0
    one.ask("begin", {})
    assert one.load() == pytest.approx(1 / pools._WINDOW / processes)
    one.ask("begin", {})
    assert one.load() == pytest.approx(2 / pools._WINDOW / processes)
    now[0] += pools._WINDOW - 0.5
    assert one.load() == pytest.approx(1 / pools._WINDOW / processes)
    now[0] += 1.0
    assert one.load() == 0.0


# ---- messages ----------------------------------------------------------------------------------------------------------


@given(st.lists(st.binary(max_size=50), max_size=worker.MOST_PARTS))
def test_a_message_comes_out_as_it_went_in(parts):
    stream = io.BytesIO()
    worker.write(stream, parts)
    stream.seek(0)
    assert worker.read(stream) == parts
    with pytest.raises(EOFError):
        worker.read(stream)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_message_or_the_end(data):
    with suppress(EOFError):
        assert isinstance(worker.read(io.BytesIO(data)), list)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\0",
        struct.pack(">I", worker.MOST_PARTS + 1) + b"\0" * 200,
        struct.pack(">II", 1, worker.MOST_PART_BYTES + 1) + b"\0" * 200,
        struct.pack(">II", 1, 10) + b"\0" * 9,
    ],
    ids=["nothing", "cut off", "too many parts", "too long", "shorter than it says"],
)
def test_nonsense_is_the_end(data):
    with pytest.raises(EOFError):
        worker.read(io.BytesIO(data))


def test_what_is_too_long_is_not_even_read():
    class Careful(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            assert size is not None
            assert 0 <= size <= worker.MOST_PART_BYTES
            return super().read(size)

    with pytest.raises(EOFError):
        worker.read(Careful(struct.pack(">II", 1, worker.MOST_PART_BYTES + 1)))


def test_our_own_process_keeps_its_limits():
    assert resource.getrlimit(resource.RLIMIT_AS)[0] != worker._ADDRESS_SPACE
