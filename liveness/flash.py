"""Whether the skin answered the colours of the screen, in the order in which it shone.

A face before a screen takes its colour a little: a few parts in a hundred. A recording answers with the colours that
shone when it was made, or with none. The measure is a *rank*: of all the other orders of the same colours, how many
explain the skin's colours worse than the order that was shone? 1 is all of them, 0.5 is chance. It needs no threshold
in the unit of light, so it holds for a dim screen and for a bright room alike; in bright sun it says nothing, so it is
a soft signal: it may speak against somebody, and never suffices where movements can be asked.
"""

from collections.abc import Sequence
from itertools import permutations
from typing import Final

import numpy as np

from liveness.challenge import COLOURS, Flash
from liveness.track import Floats, Track

# Screen, camera and exposure lag behind: the first part of each step still shows the colour before.
_LAG: Final = 0.4  # of a step
_FEWEST: Final = 2  # frames in a step


def rank(track: Track, flash: Flash) -> float | None:
    """See the module. None where too few frames say anything, or all steps had one colour."""
    levels = _levels(track, flash)
    if levels is None or len(set(flash.colours)) < 2:
        return None
    asked = _fit(levels, flash.colours)
    others = [_fit(levels, order) for order in set(permutations(flash.colours)) if order != flash.colours]
    return float(np.mean([asked > other for other in others]))


def strength(track: Track, flash: Flash) -> float:
    """How much more of a colour the skin had while that colour shone, as a share of its light; 0 if unknown."""
    levels = _levels(track, flash)
    return 0.0 if levels is None else _fit(levels, flash.colours)


def _levels(track: Track, flash: Flash) -> Floats | None:
    """What each step added to blue, green and red, as shares of the light: (steps, 3)."""
    seen = track.seen
    colours = np.array([each.colour for each in seen], dtype=np.float64).reshape(-1, 3)
    times = track.times
    shares = colours / np.maximum(colours.sum(axis=1, keepdims=True), 1.0)
    rows = []
    for index in range(len(flash.colours)):
        begin = flash.start + index * flash.step
        inside = (times >= begin + _LAG * flash.step) & (times < begin + flash.step)
        if inside.sum() < _FEWEST:
            return None
        rows.append(np.median(shares[inside], axis=0))
    levels = np.array(rows)
    return np.asarray(levels - levels.mean(axis=0), dtype=np.float64)


def _fit(levels: Floats, order: Sequence[str]) -> float:
    """The mean of what each step added to its own colour, less what it added to the two others."""
    own = [COLOURS[::-1].index(colour) for colour in order]  # the columns are blue, green, red
    gains = [levels[step, column] - np.delete(levels[step], column).mean() for step, column in enumerate(own)]
    return float(np.mean(gains))
