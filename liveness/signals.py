"""Numbers a frame, from 68 landmarks: how open eyes and mouth are, where the nose stands between the eyes.

All are ratios of lengths in one picture, so distance to the camera and size of the picture do not matter. All are
finite for any landmarks at all: a length of nothing counts as one pixel.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from liveness.track import Floats, Track

_LEFT_EYE, _RIGHT_EYE = slice(36, 42), slice(42, 48)
_NOSE_TIP: Final = 30
_LIMIT: Final = 1e6  # pixels; what lies beyond is no picture's


@dataclass(frozen=True, slots=True)
class Signals:
    """One number a frame, (n,) each. ``times`` in seconds.

    ``eyes``: height to width of the eye openings (Soukupova & Cech 2016), 0.2 to 0.45 open, below 0.15 closed;
    ``mouth``: height to width of the inner lips, 0 to 0.25 closed, 0.45 and more open;
    ``nose``: how far the nose tip stands from the middle between the eyes, along the line of the eyes, in units of
    their distance: positive when the person turns to their left; ``tall``: the same across that line;
    ``apart``: distance of the eyes in pixels.
    """

    times: Floats = field(repr=False)
    eyes: Floats = field(repr=False)
    mouth: Floats = field(repr=False)
    nose: Floats = field(repr=False)
    tall: Floats = field(repr=False)
    apart: Floats = field(repr=False)


def signals_of(track: Track) -> Signals:
    """The signals of the frames with a face."""
    points = np.clip(np.nan_to_num(track.points), -_LIMIT, _LIMIT)
    left, right = points[:, _LEFT_EYE].mean(axis=1), points[:, _RIGHT_EYE].mean(axis=1)
    line = right - left
    apart = np.maximum(_length(line), 1.0)
    along = line / apart[:, None]
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    tip = points[:, _NOSE_TIP] - (left + right) / 2
    return Signals(
        times=track.times,
        eyes=(_openness(points[:, _LEFT_EYE]) + _openness(points[:, _RIGHT_EYE])) / 2,
        mouth=_mouth(points),
        nose=(tip * along).sum(axis=1) / apart,
        tall=(tip * across).sum(axis=1) / apart,
        apart=apart,
    )


def _openness(eye: Floats) -> Floats:
    high = _length(eye[:, 1] - eye[:, 5]) + _length(eye[:, 2] - eye[:, 4])
    return high / np.maximum(2 * _length(eye[:, 0] - eye[:, 3]), 1.0)


def _mouth(points: Floats) -> Floats:
    high = sum(_length(points[:, upper] - points[:, lower]) for upper, lower in ((61, 67), (62, 66), (63, 65)))
    wide: Floats = np.maximum(3 * _length(points[:, 60] - points[:, 64]), 1.0)
    return np.asarray(high, dtype=np.float64) / wide


def _length(vectors: Floats) -> Floats:
    return np.asarray(np.hypot(vectors[..., 0], vectors[..., 1]), dtype=np.float64)
