"""Are the frames good enough to tell? What is not leads to another try with a true reason, and costs nothing.

An ordered list of small checks; each returns how it stands to its limit. The first that fails is what the person is
told first, so the order is that of what helps most.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from liveness.signals import Signals
from liveness.thresholds import Thresholds
from liveness.track import Track


class Trouble(StrEnum):
    """What would help; the words of the page are its own."""

    TOO_SLOW = "too_slow"
    MORE_LIGHT = "more_light"
    LESS_LIGHT = "less_light"
    NO_FACE = "no_face"
    ONE_PERSON = "one_person"
    CLOSER = "closer"
    FARTHER = "farther"
    STAY_IN_PLACE = "stay_in_place"
    HOLD_STILL = "hold_still"
    UNCOVER = "uncover"


_SHORTEST: Final = 1e-3  # seconds: what a browser's clock tells apart


@dataclass(frozen=True, slots=True)
class Gate:
    """One check: its number, the limit, whether it holds, and what would help if it does not."""

    name: str
    value: float
    limit: float
    holds: bool
    trouble: Trouble


def _at_least(name: str, value: float, limit: float, trouble: Trouble) -> Gate:
    return Gate(name, value, limit, value >= limit, trouble)


def _at_most(name: str, value: float, limit: float, trouble: Trouble) -> Gate:
    return Gate(name, value, limit, value <= limit, trouble)


def _enough(track: Track, _signals: Signals, limits: Thresholds) -> Gate:
    return _at_least("frames", len(track.samples), limits.fewest_frames, Trouble.TOO_SLOW)


def _rate(track: Track, _signals: Signals, limits: Thresholds) -> Gate:
    rate = (len(track.samples) - 1) / track.seconds if track.seconds >= _SHORTEST else 0.0
    return _at_least("frames_a_second", rate, limits.fewest_a_second, Trouble.TOO_SLOW)


def _dark(track: Track, _signals: Signals, limits: Thresholds) -> Gate:
    return _at_least("light", _median([each.light for each in track.samples]), limits.darkest, Trouble.MORE_LIGHT)


def _bright(track: Track, _signals: Signals, limits: Thresholds) -> Gate:
    light = _median([each.light for each in track.samples])
    return _at_most("light_most", light, limits.brightest, Trouble.LESS_LIGHT)


def _seen(track: Track, _signals: Signals, limits: Thresholds) -> Gate:
    return _at_least("seen", _share(track, len(track.seen)), limits.seen, Trouble.NO_FACE)


def _alone(track: Track, _signals: Signals, limits: Thresholds) -> Gate:
    crowd = sum(each.faces > 1 for each in track.samples)
    return _at_least("alone", 1.0 - _share(track, crowd), limits.alone, Trouble.ONE_PERSON)


def _near(_track: Track, signals: Signals, limits: Thresholds) -> Gate:
    return _at_least("apart", _median(signals.apart), limits.apart, Trouble.CLOSER)


def _far(_track: Track, signals: Signals, limits: Thresholds) -> Gate:
    return _at_most("apart_most", _median(signals.apart), limits.apart_most, Trouble.FARTHER)


def _steady(track: Track, _signals: Signals, limits: Thresholds) -> Gate:
    return _at_most("jump", jump(track), limits.jump, Trouble.STAY_IN_PLACE)


def _sharp(track: Track, _signals: Signals, limits: Thresholds) -> Gate:
    sharp = _median([each.sharpness for each in track.seen])
    return _at_least("sharpness", sharp, limits.sharpness, Trouble.HOLD_STILL)


def _clear(track: Track, _signals: Signals, limits: Thresholds) -> Gate:
    return _at_least("found", _median([each.found for each in track.seen]), limits.found, Trouble.UNCOVER)


_CHECKS: Final[tuple[Callable[[Track, Signals, Thresholds], Gate], ...]] = (
    _dark,
    _bright,
    _seen,
    _alone,
    _near,
    _far,
    _clear,
    _steady,
    _sharp,
    _enough,
    _rate,
)


def gates(track: Track, signals: Signals, limits: Thresholds) -> tuple[Gate, ...]:
    """Every check, in the order in which a person is told of them."""
    return tuple(check(track, signals, limits) for check in _CHECKS)


def jump(track: Track) -> float:
    """The farthest that the middle of the face moved between two neighbouring frames, in widths of the face."""
    seen = track.seen
    boxes = np.array([each.box for each in seen], dtype=np.float64).reshape(-1, 4)
    if len(boxes) < 2:
        return 0.0
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    widths = np.maximum(boxes[1:, 2] - boxes[1:, 0], 1.0)
    return float((np.hypot(*np.diff(middles, axis=0).T) / widths).max())


def _median(values: object) -> float:
    numbers = np.asarray(values, dtype=np.float64)
    return float(np.median(numbers)) if numbers.size else 0.0


def _share(track: Track, count: int) -> float:
    return count / len(track.samples) if track.samples else 0.0
