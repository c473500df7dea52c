"""Somebody before the camera who answers what the stream shows: the page's part of a capture."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from liveness.assessment import Reason, Verdict
from liveness.challenge import Movement
from liveness.stream import Frame, Streamer, Told
from tests.liveness import drawn


@dataclass
class Puppet:
    """Drives a capture to its end. ``acts(movement, since)``: the pose, ``since`` seconds after the movement was shown.

    ``more(number)`` adds to what a frame says (flat, person, faces…); ``rate``: frames a second; ``together``: a call;
    ``latency``: seconds until frames are there, and until what is shown is seen; ``twice``: every so many frames the
    camera had no new picture.
    """

    streamer: Streamer
    acts: Callable[[Movement | None, float], drawn.Pose] = lambda movement, since: drawn.pose_of(
        movement, drawn.course(movement, since) if movement else 0.0
    )
    more: Callable[[int], dict[str, Any]] = lambda _number: {}
    rate: float = 10.0
    together: int = 2
    latency: float = 0.15
    twice: int = 0
    began: float = 1_800_000_000.0
    pictures: list[bytes] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)

    def run(self, **how: Any) -> tuple[bytes, Told]:
        """The state at the end, and what was told last."""
        state, told = self.streamer.begin(self.began, **how)
        shown: tuple[Movement | None, float] = (None, 0.0)
        moving: tuple[Movement | None, float] = (None, 0.0)
        at = 0.1
        while told.wanted is None:
            frames = []
            for _ in range(self.together):
                at += 1 / self.rate
                number = len(self.pictures)
                movement, since = moving
                pose = replace(self.acts(movement, at - since), noise=0.4)
                same = self.twice and number and number % self.twice == 0
                picture = self.pictures[-1] if same else drawn.jpeg(number, at, pose, **self.more(number))
                self.pictures.append(picture)
                frames.append(Frame(number, int(at * 1000), self.pictures[-1]))
            state, told = self.streamer.take(state, frames, self.began + at + self.latency)
            self.told.append(told)
            now = Movement(told.movement) if told.movement else None
            if now is not shown[0]:
                shown = (now, at + self.latency)
                moving = shown if now else moving  # a movement that was seen is finished by itself
        return state, told

    @property
    def wanted(self) -> bytes:
        """The picture that is wanted."""
        wanted = self.told[-1].wanted
        assert wanted is not None
        return self.pictures[wanted]


NOW = 1_800_000_000.0


def streamer(seed: int = 0) -> Streamer:
    return Streamer(drawn.Eye(), random.Random(seed).random)


def outcome(puppet: Puppet, **how) -> tuple[Verdict, tuple[Reason, ...]]:
    state, _ = puppet.run(**how)
    found, template = puppet.streamer.decide(state, puppet.wanted)
    assert len(template) == (512 if found.verdict is Verdict.ACCEPT else 0)
    return found.verdict, found.reasons


ACCEPTED = (Verdict.ACCEPT, ())


def outcome_of(puppet: Puppet, state: bytes) -> tuple[Verdict, tuple[Reason, ...]]:
    found, _ = puppet.streamer.decide(state, puppet.wanted)
    return found.verdict, found.reasons


def missing(*missed: Movement):
    return lambda movement, since: (
        drawn.pose_of(movement, drawn.course(movement, since)) if movement and movement not in missed else drawn.Pose()
    )
