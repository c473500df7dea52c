"""The worker process: started late, few, replaced when it dies or dawdles, with nothing of ours in it."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

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


def test_a_worker_that_takes_too_long_is_killed_and_replaced_and_its_question_never_asked_again(pool, monkeypatch):
    class Noted(threading.Timer):
        def __init__(self, interval: float, function) -> None:
            waited.append(interval)
            super().__init__(interval, function)

    waited: list[float] = []
    before = pid(pool)
    monkeypatch.setattr(pools.threading, "Timer", Noted)
    process = pool._idle[0].process
    os.kill(before, signal.SIGSTOP)
    pool.seconds = 0.2
    try:
        with pytest.raises(Refused) as refused:
            pool.ask("begin", BEGIN)
    finally:
        pool.seconds = 30.0
    assert refused.value.word == "too_costly"
    assert process.returncode == -signal.SIGKILL
    assert waited == [0.2]
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
