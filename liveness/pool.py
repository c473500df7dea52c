"""Worker processes, started when first needed, few, and never waited for by many.

A web worker asks by :meth:`Pool.ask`. At most ``processes`` questions are worked on and ``waiting`` wait; every other
one is told :class:`Busy` at once, so that a crowd at the camera never keeps a citizen from signing in. ``waiting`` is
more than the captures that a worker has time for: who is told Busy while the others are served loses by his clock.
Workers run at low priority for the same reason. One that dies is replaced; its question is told Busy, and may come
again. One that takes too long is replaced too, but its question is refused: a crafted picture must not stop worker
after worker.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from liveness import worker

_ROOT: Final = Path(__file__).parent.parent
_START_SECONDS: Final = 30.0
_WINDOW: Final = 4.0  # seconds that the load is taken over


class Busy(Exception):
    """Nobody can look just now. ``retry_after``: seconds."""

    def __init__(self, retry_after: int = 1) -> None:
        super().__init__(f"busy, {retry_after} s")
        self.retry_after = retry_after


class Refused(ValueError):
    """The worker's answer to what cannot be asked. ``error``: the name of its class; ``word``: why, closed."""

    def __init__(self, error: str, word: str) -> None:
        super().__init__(f"{error}: {word}")
        self.error = error
        self.word = word


@dataclass(eq=False)
class Pool:
    """See the module. ``nice``: how much lower the priority; ``model`` and ``sha256``: of the attack network.

    Safe for threads. Starts nothing until asked.
    """

    processes: int = 1
    waiting: int = 12
    nice: int = 10
    model: Path | None = None
    sha256: str = ""
    seconds: float = 8.0
    _idle: list["_Worker"] = field(default_factory=list, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _closed: bool = False

    def __post_init__(self) -> None:
        self._room = threading.BoundedSemaphore(self.processes + self.waiting)
        self._worked: deque[tuple[float, float]] = deque()
        self._working = threading.BoundedSemaphore(self.processes)

    def ask(
        self, what: str, asked: Mapping[str, Any], blobs: Sequence[bytes] = ()
    ) -> tuple[dict[str, Any], list[bytes]]:
        """Ask a worker. Raises Busy, Refused."""
        if not self._room.acquire(blocking=False):
            raise Busy
        try:
            if not self._working.acquire(timeout=self.seconds):
                raise Busy
            try:
                return self._asked([json.dumps({"what": what, **asked}).encode(), *blobs])
            finally:
                self._working.release()
        finally:
            self._room.release()

    def load(self) -> float:
        """The share of the last seconds in which the workers worked: 1 is all of them, all the time."""
        with self._lock:
            since = time.monotonic() - _WINDOW
            while self._worked and self._worked[0][0] < since:
                self._worked.popleft()
            return sum(spent for _, spent in self._worked) / (_WINDOW * self.processes)

    def close(self) -> None:
        """Stop every worker; whoever asks afterwards is told Busy."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for each in idle:
            each.stop()

    def _asked(self, parts: Sequence[bytes]) -> tuple[dict[str, Any], list[bytes]]:
        one = self._take()
        began = time.monotonic()
        try:
            head, *blobs = one.ask(parts, self.seconds)
        except (OSError, EOFError) as error:
            one.stop()
            self._note(began)
            if one.late.is_set():  # asked again, it would stop the next worker too
                raise Refused("TooCostly", "too_costly") from error
            raise Busy from error
        except BaseException:
            one.stop()
            raise
        self._note(began)
        self._give_back(one)
        said = json.loads(head)
        if "error" in said:
            raise Refused(said["error"], said["word"])
        return said, blobs

    def _note(self, began: float) -> None:
        with self._lock:
            self._worked.append((time.monotonic(), time.monotonic() - began))

    def _take(self) -> "_Worker":
        with self._lock:
            if self._closed:
                raise Busy
            if self._idle:
                return self._idle.pop()
        try:
            return _Worker.start(self.nice, self.model, self.sha256)
        except (OSError, EOFError) as error:
            raise Busy(5) from error

    def _give_back(self, one: "_Worker") -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(one)
                return
        one.stop()


@dataclass(frozen=True)
class _Worker:
    process: subprocess.Popen[bytes]
    late: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def start(cls, nice: int, model: Path | None, sha256: str) -> "_Worker":
        command = [sys.executable, "-W", "ignore", "-m", "liveness.worker", str(nice)]
        command += [str(model), sha256] if model else []
        bare = {"PATH": os.defpath, "LANG": "C.UTF-8"}  # keys and passwords stand in the environment
        process = subprocess.Popen(  # noqa: S603 - our own module
            command, cwd=_ROOT, env=bare, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        one = cls(process)
        try:
            one._timed(lambda: worker.read(cast("BinaryIO", process.stdout)), _START_SECONDS)
        except (OSError, EOFError):
            one.stop()
            raise
        return one

    def ask(self, parts: Sequence[bytes], seconds: float) -> list[bytes]:
        """Raises OSError, EOFError: also when it takes too long, for then it is killed."""

        def exchange() -> list[bytes]:
            worker.write(cast("BinaryIO", self.process.stdin), parts)
            return worker.read(cast("BinaryIO", self.process.stdout))

        return self._timed(exchange, seconds)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # what was not sent any more
                    continue

    def _timed(self, work: Any, seconds: float) -> list[bytes]:
        timer = threading.Timer(seconds, self._too_late)
        timer.start()
        try:
            return cast("list[bytes]", work())
        finally:
            timer.cancel()

    def _too_late(self) -> None:
        self.late.set()
        self.process.kill()
