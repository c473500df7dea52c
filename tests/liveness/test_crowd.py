"""Who waits for a worker and who does not, with workers that are none; and the messages between them."""

import io
import resource
import struct
import threading
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveness import pool as pools
from liveness import worker
from liveness.pool import Busy, Pool


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
