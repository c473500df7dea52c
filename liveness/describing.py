"""Which faces of a capture are described: few, for each costs 120 ms.

One before the first prompt; the first that has gone all the way of each movement, so that what moved is known to be
who is compared (a head's relief is taken from these very frames); one after each movement; any other by chance, drawn
when the frame is here already, so that no frame may show somebody else without risk; and one wherever the face jumped.
"""

from dataclasses import replace
from typing import Final

from liveness import identity
from liveness.challenge import Chance, Prompt
from liveness.movements import needed, rest_of, travel
from liveness.session import FOREVER, Session
from liveness.signals import signals_of
from liveness.thresholds import Thresholds
from liveness.track import Sample

MOST_DESCRIBED: Final = 24
_CALM: Final = 0.4  # seconds before the first prompt
_HAZARD: Final = 0.05  # of every frame
# A turn shows most where it ends: until the nose moves by less than this from frame to frame, or has gone this far.
_STILL: Final = 0.02
_AMPLE: Final = 0.34


def due(session: Session, sample: Sample, limits: Thresholds, chance: Chance) -> bool:
    """Whether this frame's face, the next after the session's, is to be described."""
    if not sample.seen or len(session.track.described) >= MOST_DESCRIBED:
        return False
    before = session.samples[-1] if session.samples else None
    if before is not None and before.seen and jumped(before, sample, limits):
        return True
    if chance() < _HAZARD and session.due is not None:
        return True
    if not session.prompts:
        return session.due is not None and sample.at >= session.due - _CALM and not session.track.described
    last = session.prompts[-1]
    if last.until < FOREVER:
        return not any(each.at >= last.until for each in session.track.described)
    return _first_to_make_it(session, sample, last, limits)


def jumped(before: Sample, now: Sample, limits: Thresholds) -> bool:
    """Whether the face moved further than a head does between two frames."""
    wide = max(now.box[2] - now.box[0], 1.0)
    across = abs(before.box[0] + before.box[2] - now.box[0] - now.box[2]) / 2
    down = abs(before.box[1] + before.box[3] - now.box[1] - now.box[3]) / 2
    return max(across, down) > limits.jump * wide


def template(session: Session) -> bytes:
    """What the face is recognised by: the mean of its frontal descriptors as 128 big-endian float32.

    Raises ValueError when no face was described.
    """
    frames = identity.frontal(session.track, signals_of(session.track)) or session.track.described
    return identity.template_of(frames).astype(">f4").tobytes()


def _first_to_make_it(session: Session, sample: Sample, prompt: Prompt, limits: Thresholds) -> bool:
    """Whether this frame has made the movement and goes no further with it, and none that was described has made it."""
    tried = replace(session, samples=(*session.samples, sample)).track
    signals = signals_of(tried)
    far = travel(prompt.movement, signals, rest_of(signals, session.prompts[0].shown))
    made = (far >= needed(prompt.movement, limits)) & (signals.times >= prompt.shown)
    known = [each.descriptor is not None for each in tried.seen]
    goes_on = prompt.movement.turns and len(far) > 1 and far[-1] - far[-2] >= _STILL and far[-1] < _AMPLE
    return bool(made[-1]) and not goes_on and not any(made & known)
