"""A scripted judge for a real browser: its camera shows a test pattern, and the judge takes it for whom the test says.

Everything else is as it is: the pictures are the browser's own, and the one that is wanted must be the one that was
sent before.
"""

import hashlib
import json
import threading
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

from idp.domain.capturing import Foul, Frame, Judged, Shown, Taken
from tests.adapters.judge import jpeg
from tests.capture_judge import ScriptedJudge


class SeeingJudge(ScriptedJudge):
    """``sees``: the picture that every frame stands for; ``tells``: what is shown as long as this is set, whatever comes.

    ``sizes`` are the pictures' own, in pixels; ``asked`` is how each run was begun.
    """

    def __init__(self, **how: Any) -> None:
        super().__init__(**how)
        self.sees = jpeg("zhang_san")
        self.tells: Shown | None = None
        self.sizes: set[tuple[int, int]] = set()
        self.asked: list[tuple[frozenset[str], bool]] = []
        self._sent: set[str] = set()
        self._lock = threading.Lock()

    def begin(self, *, now: float, without: frozenset[Any], flash: bool) -> Any:
        self.asked.append((frozenset(map(str, without)), flash))
        return super().begin(now=now, without=without, flash=flash)

    def take(self, state: bytes, frames: Sequence[Frame], *, now: float) -> Taken:
        with self._lock:
            self._sent |= {hashlib.sha256(frame.jpeg).hexdigest() for frame in frames}
            self.sizes |= {_size(frame.jpeg) for frame in frames}
        assert [frame.taken for frame in frames] == sorted(frame.taken for frame in frames)
        if self.tells:
            known = json.loads(state)
            known["next"] += len(frames)
            known["told"] = known.get("told", 0) + len(frames)  # these are waited for, however slow the machine is
            return Taken(json.dumps(known).encode(), self.tells, known["next"])
        return super().take(state, [replace(frame, jpeg=self.sees) for frame in frames], now=now)

    def decide(self, state: bytes, picture: bytes) -> Judged:
        if hashlib.sha256(picture).hexdigest() not in self._sent:
            raise Foul("another_picture")
        return super().decide(state, self.sees)


def _size(picture: bytes) -> tuple[int, int]:
    """Width and height in the frame header of a baseline JPEG (ITU-T T.81, B.2.2)."""
    stream = BytesIO(picture)
    assert stream.read(2) == b"\xff\xd8"
    while (marker := stream.read(2))[1] not in {0xC0, 0xC2}:
        stream.seek(int.from_bytes(stream.read(2), "big") - 2, 1)
        assert marker[0] == 0xFF
    head = stream.read(7)
    return int.from_bytes(head[5:7], "big"), int.from_bytes(head[3:5], "big")
