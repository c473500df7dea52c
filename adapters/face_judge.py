"""The liveness decision behind its port: :mod:`liveness` in processes of its own.

This side checks what needs no decoder (size, format, pixels of a frame) and translates words. No picture is kept,
logged or written anywhere. Scores and thresholds go to the log, never to a page: they would teach an impostor what to
improve.
"""

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import structlog
from pydantic import BaseModel, ConfigDict, Field, model_validator

from idp.domain.capturing import (
    MOST_FRAME_BYTES,
    Colour,
    Foul,
    Frame,
    Hint,
    JudgeBusy,
    Judged,
    Live,
    Movement,
    NotLive,
    Shown,
    Taken,
)
from liveness import jpeg
from liveness.pool import Busy, Pool, Refused

log = structlog.get_logger("adapters.face_judge")

# Why a capture came to nothing, in words that help: reasons that help nobody but an impostor have none.
_HINTS: Final = {hint.value: hint for hint in Hint} | {"unsure": Hint.LOOK_STRAIGHT, "nothing_asked": Hint.NOT_SEEN}


_CROWDED: Final = 0.8  # of what the workers can do
_WAIT_SECONDS: Final = 3
# Of what one worker can do, by one capture: ten frames a second, each 18 to 24 ms. What was begun is not in the
# measured load at once, so it counts as expected, less and less, for as long as that load looks back.
_SHARE: Final = 0.2
_SEEN_AFTER: Final = 4.0


class FaceJudgeSettings(BaseModel):
    """``processes`` look at pictures, each about 250 MB; ``waiting`` questions wait for one, every other is put off.

    ``model`` and ``sha256``: a presentation-attack network as ONNX. Without one nothing here is certified.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    processes: int = Field(default=1, ge=1, le=64)
    waiting: int = Field(default=12, ge=0, le=64)
    nice: int = Field(default=10, ge=0, le=19)
    model: Path | None = None
    sha256: str = Field(default="", pattern=r"^([0-9a-fA-F]{64})?$")

    @model_validator(mode="after")
    def _both(self) -> "FaceJudgeSettings":
        if (self.model is None) != (not self.sha256):
            raise ValueError("model and sha256 belong together: a model is approved by its digest")
        return self


class FaceJudge:
    """:class:`idp.domain.capturing.CaptureJudge`."""

    def __init__(
        self, pool: Pool, *, certified: bool, processes: int = 1, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._pool = pool
        self._certified = certified
        self._processes = processes
        self._seconds = seconds
        self._beginning = 0
        self._begun: list[float] = []
        self._lock = threading.Lock()

    @property
    def certified(self) -> bool:
        """Whether a presentation-attack network looks too."""
        return self._certified

    def begin(self, *, now: float, without: frozenset[Movement], flash: bool) -> tuple[bytes, Shown]:
        """A new capture. Raises ValueError where nothing is left to ask, JudgeBusy.

        Whoever begins in a crowd waits before the first frame: later, waiting would spoil what was begun.
        """
        self._admit()
        begun = False
        asked = {"now": now, "without": sorted(without), "flash": flash}
        try:
            told, blobs = self._ask("begin", asked)
            begun = True
        except Refused as refused:
            raise ValueError(refused.word) from refused
        finally:
            self._admitted(begun=begun)
        return blobs[0], _shown(told)

    def _admit(self) -> None:
        """Expect one more capture, if there is room: twenty that begin at once are no load yet. Raises JudgeBusy."""
        with self._lock:
            now = self._seconds()
            self._begun = [at for at in self._begun if now - at < _SEEN_AFTER]
            unseen = self._beginning + sum(1 - (now - at) / _SEEN_AFTER for at in self._begun)
            if self._pool.load() + _SHARE * unseen / self._processes > _CROWDED:
                raise JudgeBusy(_WAIT_SECONDS)
            self._beginning += 1

    def _admitted(self, *, begun: bool) -> None:
        """Its frames come from now on: beginning may have taken seconds, when a worker had to be started first."""
        with self._lock:
            self._beginning -= 1
            if begun:
                self._begun.append(self._seconds())

    def take(self, state: bytes, frames: Sequence[Frame], *, now: float) -> Taken:
        """Measure frames. Raises Foul, JudgeBusy."""
        for frame in frames:
            _check(frame)
        asked = {"now": now, "frames": [(frame.seq, frame.taken) for frame in frames]}
        try:
            told, blobs = self._ask("take", asked, [state, *(frame.jpeg for frame in frames)])
        except Refused as refused:
            raise Foul(refused.word) from refused
        return Taken(blobs[0], _shown(told), told["next_seq"], told["wanted"])

    def decide(self, state: bytes, picture: bytes) -> Judged:
        """Decide. Raises Foul, JudgeBusy."""
        if len(picture) > MOST_FRAME_BYTES:
            raise Foul("another_picture")
        try:
            found, blobs = self._ask("decide", {}, [state, picture])
        except Refused as refused:
            raise Foul(refused.word) from refused
        log.info(
            "capture_assessed",
            verdict=found["verdict"],
            reasons=found["reasons"],
            scores={score["name"]: round(score["value"], 4) for score in found["scores"]},
            missed=[score["name"] for score in found["scores"] if not score["holds"]],
            movements=[f"{answer['movement']}:{answer['made']}" for answer in found["answers"]],
        )
        if found["verdict"] == "accept":
            return Live(picture, blobs[0])
        if found["verdict"] == "refuse":
            return NotLive()
        return NotLive(tuple(dict.fromkeys(_HINTS[reason] for reason in found["reasons"])))

    def same(self, state: bytes, template: bytes) -> bool:
        """Whether the face of a finished capture is a template's. Raises JudgeBusy, Foul."""
        try:
            said, _ = self._ask("same", {}, [state, template])
        except Refused as refused:
            raise Foul(refused.word) from refused
        return bool(said["same"])

    def close(self) -> None:
        """Stop the processes."""
        self._pool.close()

    def _ask(self, what: str, asked: dict[str, Any], blobs: Sequence[bytes] = ()) -> tuple[dict[str, Any], list[bytes]]:
        try:
            return self._pool.ask(what, asked, blobs)
        except Busy as busy:
            raise JudgeBusy(busy.retry_after) from busy


def create(settings: FaceJudgeSettings) -> FaceJudge:
    """The judge; no process is started before it is asked. Raises ValueError for a model that cannot be read."""
    if settings.model is not None and not settings.model.is_file():
        raise ValueError(f"face model: {settings.model.name} cannot be read")
    pool = Pool(settings.processes, settings.waiting, settings.nice, settings.model, settings.sha256)
    return FaceJudge(pool, certified=settings.model is not None, processes=settings.processes)


def _check(frame: Frame) -> None:
    """What is known of a frame before anything is decoded. Raises Foul."""
    try:
        jpeg.size_of(frame.jpeg)
    except jpeg.Unacceptable as error:
        raise Foul(error.word) from error


def _shown(told: dict[str, Any]) -> Shown:
    return Shown(
        movement=Movement(told["movement"]) if told["movement"] else None,
        colour=Colour(told["colour"]) if told["colour"] else None,
        hint=Hint(told["hint"]) if told["hint"] else None,
        done=told["done"],
        steps=told["steps"],
    )
