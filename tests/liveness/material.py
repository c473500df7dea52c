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
    def _clip(self) -> Any:
        return open_clip(FACES / self.clip)

    @cached_property
    def _frames(self) -> list[Any]:
        return [cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) for _, data in self._clip.frames()]

    @property
    def movements(self) -> frozenset[Movement]:
        """What this person was recorded doing."""
        return frozenset(Movement(each["action"]) for each in self._clip.meta["prompts"])

    def seconds(self, movement: Movement) -> float:
        """How long a recorded movement takes."""
        window = next(each for each in self._clip.meta["prompts"] if each["action"] == movement)
        return float(window["end"] - window["start"] + 0.3)

    def frame(self, movement: Movement | None, since: float, number: int) -> bytes:
        """The person ``since`` seconds after a movement was asked for; None is at rest."""
        window = next((each for each in self._clip.meta["prompts"] if movement and each["action"] == movement), None)
        rest = int(0.6 * self._clip.fps)
        index = number % (2 * rest)
        at = index if index < rest else 2 * rest - index - 1
        if window and since < window["end"] - window["start"] + 0.3:
            at = min(int((window["start"] + since) * self._clip.fps), len(self._frames) - 1)
        picture = self._frames[at].astype(np.int16) + self._noise.integers(-2, 3, self._frames[at].shape)
        ok, data = cv2.imencode(
            ".jpg", np.clip(picture, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, self.quality]
        )
        assert ok
        return bytes(data)
