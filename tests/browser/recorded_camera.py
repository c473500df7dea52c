"""A recorded person before Chromium's camera: a film in which somebody waits, and does at its time what will be asked.

The film cannot react, so in these tests the challenge is known beforehand: the judge is the real one, its chance is not.
It plays from the moment the camera is opened, and begins anew with every opening.
"""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from adapters.face_judge import FaceJudge
from idp.domain.capturing import Frame, Movement, Shown, Taken
from liveness import faces
from liveness.challenge import Movement as Asked
from liveness.pool import Refused
from liveness.questions import Questions
from liveness.stream import Streamer
from tests.liveness.material import Player

RATE = 15  # frames a second of the film; Chromium plays a film of JPEGs at 30, so each frame stands twice
FIRST = 2.9  # seconds from the opening of the camera to the first movement: about 1.4 after it is asked for
THEN = 1.5  # seconds from the end of a movement to the next


class Foreseen:
    """Chance that draws the movements of a film, and the shortest pauses."""

    def __init__(self, movements: Sequence[Movement]) -> None:
        self._draws: list[float] = []
        before = None
        for movement in movements:
            left = [each for each in Asked if each.value != before]
            self._draws.append((left.index(Asked(movement.value)) + 0.5) / len(left))
            before = movement.value
        self._draws += [0.0] * len(movements)  # pauses, the shortest
        self._draws += [0.5] * len(movements)  # moments at which a face is described
        self._draws += [0.1, 0.4, 0.7, 0.9, 0.2, 0.5]  # colours
        self._next = 0

    def __call__(self) -> float:
        self._next += 1
        return self._draws[(self._next - 1) % len(self._draws)]

    def anew(self) -> None:
        """The next challenge is the same one."""
        self._next = 0


class InProcess:
    """What :class:`liveness.pool.Pool` does, in this process and with a chance that is known."""

    def __init__(self, chance: Foreseen) -> None:
        self._chance = chance
        self._table = Questions(Streamer(faces.Eyes(), chance)).table

    def load(self) -> float:
        return 0.0

    def close(self) -> None:
        """Nothing was started."""

    def ask(self, what: str, asked: dict[str, Any], blobs: Sequence[bytes] = ()) -> tuple[dict[str, Any], list[bytes]]:
        if what == "begin":
            self._chance.anew()
        try:
            said, parts = self._table[what](asked, blobs)
        except ValueError as error:
            raise Refused(type(error).__name__, getattr(error, "word", "")) from error
        return said, list(parts)


class WatchedJudge(FaceJudge):
    """The real judge by the real clock: the provider of a test has another, which stands still. ``judged``: its answers."""

    def __init__(self, movements: Sequence[Movement]) -> None:
        super().__init__(InProcess(Foreseen(movements)), certified=False)  # type: ignore[arg-type]
        self.judged: list[Any] = []

    def begin(self, *, now: float, without: frozenset[Movement], flash: bool) -> tuple[bytes, Shown]:
        return super().begin(now=time.time(), without=without, flash=flash)

    def take(self, state: bytes, frames: Sequence[Frame], *, now: float) -> Taken:
        return super().take(state, frames, now=time.time())

    def decide(self, state: bytes, picture: bytes) -> Any:
        self.judged.append(super().decide(state, picture))
        return self.judged[-1]


def film(path: Path, clip: str, movements: Sequence[Movement], *, still: bool = False) -> Path:
    """Write the film of a person who makes these movements; ``still``: a picture of the person, which makes none."""
    player = Player(clip)
    with path.open("wb") as file:
        for number, (movement, since) in enumerate(_course(player, movements)):
            data = player.frame(None if still else movement, since, 0 if still else number)
            file.write(data * 2)
    return path


def _course(player: Player, movements: Sequence[Movement]) -> Iterator[tuple[Any, float]]:
    """For every frame of the film the movement and how long it goes on."""
    at, begins = 0.0, FIRST
    for movement in movements:
        lasts = player.seconds(Asked(movement.value))
        while at < begins + lasts:
            yield (Asked(movement.value), at - begins) if at >= begins else (None, 0.0)
            at += 1 / RATE
        begins = at + THEN
    for _ in range(RATE * 3):
        yield None, 0.0
