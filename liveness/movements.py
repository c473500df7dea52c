"""Whether what was asked was done, when it was asked, and nothing else.

The face at rest is learned from the track itself: before the first prompt for nose and mouth, over all frames for the
eyes. Eyes blink by themselves, so a blink outside its window says nothing; heads do not turn and mouths do not open
wide by themselves, so either in the window of another prompt is a movement that nobody asked for: somebody's recording.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from liveness.challenge import Movement, Prompt
from liveness.signals import Signals
from liveness.thresholds import Thresholds
from liveness.track import Flags, Floats

_SIGN: Final = {Movement.TURN_LEFT: 1.0, Movement.TURN_RIGHT: -1.0}
_LASTING: Final = 2  # frames that a turn or an open mouth lasts; one frame may be the landmarks' mistake


class Made(StrEnum):
    """What became of a prompt."""

    DONE = "done"
    NOT_SEEN = "not_seen"
    TOO_EARLY = "too_early"  # it had begun before anybody could have answered the prompt
    TOO_LATE = "too_late"
    ANOTHER = "another"  # something else was done


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one prompt. ``size``: of the movement, in the signal's unit; ``onset``: seconds after the prompt.

    ``over``: when the person was at rest again, seconds of the track's clock; None while the movement lasts.
    """

    movement: Movement
    made: Made
    size: float
    onset: float | None = None
    over: float | None = None


@dataclass(frozen=True, slots=True)
class Rest:
    """A face at rest: what each movement is measured from."""

    nose: float
    mouth: float
    eyes: float


def rest_of(signals: Signals, first: float) -> Rest:
    """The face at rest; ``first``: when the first prompt was shown. Without frames before it, the first ones serve."""
    calm = signals.times < first
    if calm.sum() < 3:
        calm = np.arange(len(signals.times)) < 3
    if not len(signals.times):
        return Rest(0.0, 0.0, 1.0)
    # Open eyes: what they are most of the time. Tilted heads and smiles change it, so the middle of the upper half.
    eyes = float(np.percentile(signals.eyes, 70))
    return Rest(float(np.median(signals.nose[calm])), float(np.median(signals.mouth[calm])), max(eyes, 1e-3))


def travel(movement: Movement, signals: Signals, rest: Rest) -> Floats:
    """How far each frame has gone with a movement, (n,): nose and mouth in their own units, eyes as a share closed."""
    if movement in _SIGN:
        return np.asarray(_SIGN[movement] * (signals.nose - rest.nose), dtype=np.float64)
    if movement is Movement.OPEN_MOUTH:
        return np.asarray(signals.mouth - rest.mouth, dtype=np.float64)
    return np.asarray(1.0 - signals.eyes / rest.eyes, dtype=np.float64)


def needed(movement: Movement, limits: Thresholds) -> float:
    """How far is far enough, in the unit of :func:`travel`."""
    if movement in _SIGN:
        return limits.turn
    return limits.mouth if movement is Movement.OPEN_MOUTH else 1.0 - limits.blink


def answer_to(prompt: Prompt, signals: Signals, rest: Rest, limits: Thresholds) -> Answer:
    """What became of a prompt within its window."""
    inside = (signals.times >= prompt.shown) & (signals.times < prompt.until)
    if _another(prompt, signals, rest, limits, inside):
        return Answer(prompt.movement, Made.ANOTHER, _peak(prompt.movement, signals, rest, inside))
    far = travel(prompt.movement, signals, rest)
    runs = _runs(inside & (far >= needed(prompt.movement, limits)))
    lasting = 1 if prompt.movement is Movement.BLINK else _LASTING
    size = _peak(prompt.movement, signals, rest, inside)
    for start, end in runs:
        if end - start < lasting:
            continue
        if prompt.movement is Movement.BLINK and signals.times[end - 1] - signals.times[start] > limits.blink_longest:
            continue
        return _timed(prompt, signals, far, start, end, size, limits)
    return Answer(prompt.movement, Made.NOT_SEEN, size)


def _timed(
    prompt: Prompt, signals: Signals, far: Floats, start: int, end: int, size: float, limits: Thresholds
) -> Answer:
    """A movement was made: whether it answers this prompt."""
    begins = limits.onset if prompt.movement is not Movement.BLINK else (1.0 - limits.blink) / 2
    first = start
    while first > 0 and far[first - 1] >= begins:
        first -= 1
    onset = float(signals.times[first] - prompt.shown)
    after = np.flatnonzero(far[end:] < begins)
    over = float(signals.times[end + int(after[0])]) if len(after) else None
    if onset < limits.early:
        return Answer(prompt.movement, Made.TOO_EARLY, size, onset, over)
    made = Made.DONE if onset <= limits.late else Made.TOO_LATE
    return Answer(prompt.movement, made, size, onset, over)


def _another(prompt: Prompt, signals: Signals, rest: Rest, limits: Thresholds, inside: Flags) -> bool:
    """Whether a turn or a wide open mouth that was not asked for began in this window."""
    turned = np.abs(signals.nose - rest.nose) >= limits.turn
    for other in Movement:
        if other in {prompt.movement, Movement.BLINK}:
            continue
        far = travel(other, signals, rest) >= needed(other, limits)
        if other is Movement.OPEN_MOUTH:
            far = (travel(other, signals, rest) >= 2 * limits.mouth) & ~turned  # from the side lips look open
        if any(end - start >= _LASTING for start, end in _runs(inside & far)):
            return True
    return False


def _peak(movement: Movement, signals: Signals, rest: Rest, inside: Flags) -> float:
    far = travel(movement, signals, rest)[inside]
    return float(far.max()) if len(far) else 0.0


def _runs(flags: Flags) -> list[tuple[int, int]]:
    """Where consecutive frames are flagged: (first, one past the last)."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
