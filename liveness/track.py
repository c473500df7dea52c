"""What was measured of the frames of one capture: numbers only, no picture.

A :class:`Track` is what every decision rests on. ``points`` has shape (frames, 68, 2), in pixels, in the order of the
68-point annotation (iBUG 300-W): 27-35 nose, 36-41 the eye at the picture's left, 42-47 the other, 60-67 inner lips.
"""

import math
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

POINTS: Final = 68
DESCRIPTOR: Final = 128  # numbers of a face descriptor (dlib's network)
_FARTHEST: Final = 1e6  # pixels, and every other number of a picture
_LATEST: Final = 1e12  # seconds


@dataclass(frozen=True, slots=True)
class Sample:
    """One frame. ``at``: seconds; ``points``: (68, 2) pixels, None without a face; ``box``: left, top, right, bottom.

    ``faces``: how many that are at least half as large as the largest; ``found``: the detector's confidence; ``light``:
    mean luminance of the face, of the picture where there is none, 0 to 255; ``sharpness``: variance of the Laplacian
    of the face at 128 px; ``colour``: mean blue, green, red of the skin; ``descriptor``: of some frames only;
    ``attack``: what a presentation-attack network says, 0 to 1.
    """

    at: float
    points: Floats | None = field(default=None, repr=False)
    box: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    faces: int = 0
    found: float = 0.0
    light: float = 0.0
    sharpness: float = 0.0
    colour: tuple[float, float, float] = (0.0, 0.0, 0.0)
    descriptor: Floats | None = field(default=None, repr=False)
    attack: float | None = None

    @property
    def seen(self) -> bool:
        """Whether there is a face."""
        return self.points is not None


@dataclass(frozen=True, slots=True)
class Track:
    """The samples of a capture in the order of time; ``size`` is width and height of the pictures."""

    samples: tuple[Sample, ...] = field(repr=False)
    size: tuple[int, int] = (640, 480)

    @property
    def seen(self) -> tuple[Sample, ...]:
        """Those with a face."""
        return tuple(each for each in self.samples if each.points is not None)

    @property
    def times(self) -> Floats:
        """When the frames with a face were taken, (n,)."""
        return np.array([each.at for each in self.seen], dtype=np.float64)

    @property
    def points(self) -> Floats:
        """Their landmarks, (n, 68, 2)."""
        rows = [each.points for each in self.seen if each.points is not None]
        return np.array(rows, dtype=np.float64).reshape(-1, POINTS, 2)

    @property
    def seconds(self) -> float:
        """From the first frame to the last."""
        return self.samples[-1].at - self.samples[0].at if self.samples else 0.0

    @property
    def described(self) -> tuple[Sample, ...]:
        """Those with a descriptor."""
        return tuple(each for each in self.samples if each.descriptor is not None)


def sound(track: Track) -> Track:
    """The track with no number in it that no picture has: what compares with nothing must not pass for good.

    A frame at no time is left out; a face with such a number is none; a network that says no number says attack.
    """
    timed = (each for each in track.samples if abs(each.at) <= _LATEST)
    return replace(track, samples=tuple(_sound(each) for each in timed))


def _sound(one: Sample) -> Sample:
    light = one.light if abs(one.light) <= _FARTHEST else 0.0
    numbers = (*one.box, *one.colour, one.light, one.sharpness, one.found)
    if one.points is None or not all(abs(each) <= _FARTHEST for each in numbers) or not _within(one.points):
        return Sample(one.at, light=light)
    descriptor = one.descriptor if one.descriptor is not None and _within(one.descriptor) else None
    attack = 1.0 if one.attack is not None and not math.isfinite(one.attack) else one.attack
    return replace(one, descriptor=descriptor, attack=attack)


def _within(values: Floats) -> bool:
    return bool((np.abs(values) <= _FARTHEST).all())
