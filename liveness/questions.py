"""What may be asked of the worker, as JSON and bytes: the table that both its process and tests in one process use."""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

import numpy as np

from liveness.challenge import Movement
from liveness.describing import template
from liveness.session import unpack
from liveness.stream import Frame, Streamer
from liveness.thresholds import DEFAULT
from liveness.track import DESCRIPTOR
from liveness.worker import Parts

Answer: TypeAlias = tuple[dict[str, Any], Parts]


@dataclass(frozen=True, slots=True)
class Questions:
    """See the module. Each raises ValueError for what cannot be asked; its ``word`` says why where it has one."""

    streamer: Streamer

    @property
    def table(self) -> dict[str, Callable[[dict[str, Any], Parts], Answer]]:
        """Every question by its name."""
        return {
            "begin": self.begin,
            "take": self.take,
            "decide": self.decide,
            "same": self.same,
            "compare": self.compare,
        }

    def begin(self, asked: Mapping[str, Any], _blobs: Parts) -> Answer:
        """A new capture: its state and what to show."""
        without = [Movement(each) for each in asked["without"]]
        state, told = self.streamer.begin(asked["now"], without, flash=asked["flash"])
        return asdict(told), [state]

    def take(self, asked: Mapping[str, Any], blobs: Parts) -> Answer:
        """Frames; the first blob is the state."""
        frames = [Frame(seq, taken, data) for (seq, taken), data in zip(asked["frames"], blobs[1:], strict=True)]
        state, told = self.streamer.take(blobs[0], frames, asked["now"])
        return asdict(told), [state]

    def decide(self, _asked: Mapping[str, Any], blobs: Parts) -> Answer:
        """The assessment of a finished capture, with the wanted picture once more; and the template of its face."""
        found, face = self.streamer.decide(blobs[0], blobs[1])
        return found.as_json(), [face]

    def same(self, _asked: Mapping[str, Any], blobs: Parts) -> Answer:
        """Whether the face of a finished capture is that of a template: nearer than the limit of a match."""
        session = unpack(blobs[0])
        return {"same": _distance(template(session), blobs[1]) <= DEFAULT.match}, []

    def compare(self, _asked: Mapping[str, Any], blobs: Parts) -> Answer:
        """How far the faces of two photographs are apart."""
        first, second = (self.streamer.eye.portrait(each) for each in blobs)
        return {"distance": float(np.linalg.norm(first - second))}, []


def _distance(first: bytes, second: bytes) -> float:
    faces = [np.frombuffer(each, ">f4").astype(np.float64) for each in (first, second)]
    if any(len(each) != DESCRIPTOR for each in faces):
        return math.inf
    return float(np.linalg.norm(faces[0] - faces[1]))
