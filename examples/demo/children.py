"""Starts, watches and stops the demonstration's processes: one tree, and nothing outlives its root.

Every child leads a process group of its own. Ctrl-C then reaches the root alone, which asks each child once (a server
whose workers meet the terminal's SIGINT beside their master's SIGTERM hangs), and who must be killed is killed with its
workers.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

from examples.demo.settings import ROOT

POLL = 0.05  # seconds between two looks while starting
WATCH = 0.5  # seconds between two looks afterwards; a signal is seen at once
GRACE = 8.0  # seconds a child has to stop before it is killed
PATIENCE = 60.0  # seconds an address has to answer
_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG, <linux/prctl.h>


class ChildDied(Exception):
    """A process ended by itself; the text names it."""


class Stopped(Exception):
    """Ctrl-C or SIGTERM."""


@dataclass(frozen=True, slots=True)
class Child:
    """A process to start. ``url`` must answer with a status below 500 before the demonstration is ready."""

    name: str
    command: Sequence[str]
    url: str
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


class Children:
    """The running processes. Made in the main thread: it takes SIGINT, SIGTERM and SIGHUP."""

    def __init__(self) -> None:
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked_to_stop)

    def start(self, child: Child) -> None:
        """Start a process; its output is ours."""
        self._running[child.name] = subprocess.Popen(  # noqa: S603  our own modules
            list(child.command),
            env=dict(child.environment),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            process_group=0,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509  no threads are running
        )

    def run(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Run a process to its end. Raises ChildDied when it fails, Stopped when we are told to."""
        self.start(Child(name, command, "", environment))
        process = self._running[name]
        while process.poll() is None:
            self._look(besides=name)
        del self._running[name]
        if process.returncode != 0:
            raise ChildDied(f"{name} failed with exit code {process.returncode}")

    def wait_for(self, children: Sequence[Child]) -> None:
        """Until every address answers. Raises ChildDied or Stopped."""
        deadline = time.monotonic() + PATIENCE
        for child in children:
            while not answers(child.url):
                if time.monotonic() > deadline:
                    raise ChildDied(f"{child.name} does not answer at {child.url}")
                self._look()

    def watch(self) -> None:
        """Until told to stop (Stopped) or one ends by itself (ChildDied)."""
        while True:
            self._look(every=WATCH)

    def stop(self) -> None:
        """Stop them all, last started first; whoever does not, and whatever a dead one left behind, is killed."""
        for process in reversed(self._running.values()):
            process.terminate()
        deadline = time.monotonic() + GRACE
        for name, process in self._running.items():
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                print(f"{name} did not stop and is killed", file=sys.stderr)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._running.clear()

    def _asked_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop.set()

    def _look(self, *, besides: str = "", every: float = POLL) -> None:
        self._stop.wait(every)
        dead = [(name, p.returncode) for name, p in self._running.items() if name != besides and p.poll() is not None]
        # A signal sent to the whole tree may end a child before it reaches us: wait for it before blaming the child.
        if self._stop.wait(0.5 if dead else 0.0):
            raise Stopped
        if dead:
            raise ChildDied("; ".join(f"{name} ended by itself with exit code {code}" for name, code in dead))


def answers(url: str) -> bool:
    """Whether something answers there, with anything but a server error."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5):
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def _die_with_parent() -> None:
    """In the child: get SIGTERM when the parent is gone, even by ``kill -9``."""
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)
