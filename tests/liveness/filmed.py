"""Tracks of drawn people who do what is asked, at its time; and ways to spoil them."""

from dataclasses import replace

import numpy as np

from liveness.assessment import Question, Reason, Verdict, assess
from liveness.challenge import Flash, Movement, Prompt
from liveness.track import Sample, Track
from tests.liveness.drawn import Pose, course, descriptor, head, pose_of, sample

ASKED = [(Movement.TURN_LEFT, 1.5), (Movement.BLINK, 5.0), (Movement.TURN_RIGHT, 8.0), (Movement.OPEN_MOUTH, 11.5)]
EVERY_SIXTH = 6  # frames of which one is described


def prompts(asked=ASKED, lasts: float = 3.0) -> tuple[Prompt, ...]:
    return tuple(Prompt(movement, shown, shown + lasts) for movement, shown in asked)


def film(pose_at, seconds: float = 15.0, draw=head, rate: float = 12.0, **more) -> Track:
    samples = []
    for index in range(int(seconds * rate)):
        at = index / rate
        said = {"person": 1 if index % EVERY_SIXTH == 0 else None, **more}
        samples.append(sample(at, draw(replace(pose_at(at), noise=0.4), index), **said))
    return Track(tuple(samples))


def doing(asked=ASKED, *, later: float = 0.0, without: frozenset[Movement] = frozenset()):
    """Somebody who does what is asked, ``later`` than others do, and misses some."""

    def pose(at: float) -> Pose:
        now = [(movement, at - shown - later) for movement, shown in asked if at >= shown + later]
        movement, since = now[-1] if now else (None, 0.0)
        return pose_of(movement, course(movement, since)) if movement and movement not in without else Pose()

    return pose


LIVE = film(doing())


def each(track: Track, change, where=lambda _index: True) -> Track:
    return replace(
        track, samples=tuple(change(one) if where(index) else one for index, one in enumerate(track.samples))
    )


def end(track: Track, question: Question | None = None) -> tuple[Verdict, tuple[Reason, ...]]:
    found = assess(track, question or Question(prompts()))
    return found.verdict, found.reasons


def swapped(track: Track) -> Track:
    return each(
        track,
        lambda one: replace(one, descriptor=descriptor(2)) if one.descriptor is not None else one,
        lambda index: index > 90,
    )


COLOURS = ("red", "green", "blue", "green", "red", "blue")
FLASH = Flash(COLOURS, 1.0, 0.5)


def lit(track: Track, order=COLOURS, gain: float = 12.0) -> Track:
    def coloured(one: Sample) -> Sample:
        step = int((one.at - 1.1) // 0.5)
        colour = np.array(one.colour)
        if 0 <= step < len(order):
            colour[("blue", "green", "red").index(order[step])] += gain
        return replace(one, colour=tuple(float(value) for value in colour))

    return each(track, coloured)
