"""Recorded people, where the material is present: real pictures through the whole stream.

A recording cannot answer a challenge that is drawn now, so a person is played from its clips: rest while nothing is asked,
and the recorded movement when it is. Every frame carries its own noise, as a sensor's does.
"""

import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from liveness.challenge import Movement
from liveness.clip import open_clip

FACES = Path(os.environ.get("FACES", Path(__file__).parents[3] / "shared/faces"))


@dataclass
class Player:
    """A person of a live clip. ``quality``: of the JPEGs that are sent."""

    clip: str
    seed: int = 0
    quality: int = 80
    _noise: Any = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._noise = np.random.default_rng(self.seed)

    @cached_property
    def recording(self) -> Any:
        """The clip as it was opened."""
        return open_clip(FACES / self.clip)

    @cached_property
    def pictures(self) -> list[bytes]:
        """Its frames as they were recorded, JPEG."""
        return [data for _, data in self.recording.frames()]

    @cached_property
    def _frames(self) -> list[Any]:
        return [cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) for data in self.pictures]

    @property
    def movements(self) -> frozenset[Movement]:
        """What this person was recorded doing."""
        return frozenset(Movement(each["action"]) for each in self.recording.meta["prompts"])

    def seconds(self, movement: Movement) -> float:
        """How long a recorded movement takes."""
        window = next(each for each in self.recording.meta["prompts"] if each["action"] == movement)
        return float(window["end"] - window["start"] + 0.3)

    def place(self, movement: Movement | None, since: float, number: int) -> int:
        """Which frame of the clip shows the person ``since`` seconds after a movement was asked for; None is at rest."""
        window = next(
            (each for each in self.recording.meta["prompts"] if movement and each["action"] == movement), None
        )
        if window and since < window["end"] - window["start"] + 0.3:
            return min(int((window["start"] + since) * self.recording.fps), len(self.pictures) - 1)
        rest = int(0.6 * self.recording.fps)
        index = number % (2 * rest)
        return index if index < rest else 2 * rest - index - 1

    def frame(self, movement: Movement | None, since: float, number: int) -> bytes:
        """The picture at that place, as it is sent."""
        at = self.place(movement, since, number)
        picture = self._frames[at].astype(np.int16) + self._noise.integers(-2, 3, self._frames[at].shape)
        ok, data = cv2.imencode(
            ".jpg", np.clip(picture, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, self.quality]
        )
        assert ok
        return bytes(data)
