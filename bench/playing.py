"""A recorded person before a camera: ten pictures a second, fewer while the server is slow (``camera-frames.js``).

Every picture is a frame of a recorded clip, encoded once, with a comment of its own (ITU-T T.81, B.2.4.5): other bytes,
the same pixels, and next to no work for whoever sends it.
"""

import struct
import time
from collections import deque
from dataclasses import dataclass, field

from liveness.challenge import Movement
from tests.liveness.material import Player

RATE = 10
MOST_WAITING = 8


@dataclass
class Camera:
    """Ten pictures a second of a person who does what is shown, as they would lie waiting in the page."""

    player: Player
    number: int = 0
    interval: float = 1.0 / RATE
    began: float = field(default_factory=time.monotonic)
    _next: float = field(init=False)
    _waiting: deque[tuple[float, bytes]] = field(default_factory=deque)
    _shown: tuple[Movement | None, float] = (None, 0.0)
    _playing: tuple[Movement | None, float] = (None, 0.0)

    def __post_init__(self) -> None:
        self._next = self.began + self.interval

    def look(self) -> int:
        """Take the pictures that were due until now; how many wait."""
        now = time.monotonic()
        while self._next <= now:
            if len(self._waiting) < MOST_WAITING:
                self._take(self._next)
            self._next += self.interval
        return len(self._waiting)

    def collect(self) -> list[tuple[float, bytes]]:
        """The pictures that wait, oldest first, with the moment of each."""
        found = list(self._waiting)
        self._waiting.clear()
        return found

    def pace(self, round_trip: float) -> None:
        """Take pictures so that eight of them last as long as a call."""
        self.look()
        self.interval = max(1.0 / RATE, round_trip / MOST_WAITING)
        self._next = time.monotonic() + self.interval

    def show(self, movement: str | None) -> None:
        """The page says what to do, from now on."""
        asked = Movement(movement) if movement else None
        if asked is not self._shown[0]:
            self._shown = (asked, time.monotonic())
            if asked:
                self._playing = self._shown

    def _take(self, at: float) -> None:
        movement, since = self._playing
        place = self.player.place(movement, at - since, self.number)
        self._waiting.append((at, unlike(self.player.pictures[place], self.number)))
        self.number += 1


def unlike(picture: bytes, number: int) -> bytes:
    """The picture with a comment that no other one has."""
    return picture[:2] + b"\xff\xfe" + struct.pack(">HQ", 10, number) + picture[2:]
