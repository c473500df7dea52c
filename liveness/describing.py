"""Which faces of a capture are described: few, for each costs 150 ms, at moments that nobody can foresee.

One before the first prompt, one during each movement (of a turn half way: unlike enough from the front that no picture
stands in for it, like enough to be known), one after each, and one wherever the face jumped: it may be another one.
"""

from dataclasses import replace
from typing import Final

from liveness import identity
from liveness.challenge import Movement
from liveness.movements import rest_of, travel
from liveness.session import FOREVER, Session
from liveness.signals import signals_of
from liveness.thresholds import Thresholds
from liveness.track import Sample

MOST_DESCRIBED: Final = 12
_CALM: Final = 0.4  # seconds before the first prompt
_HALFWAY: Final = (0.10, 0.30)  # of the nose's way


def due(session: Session, sample: Sample, limits: Thresholds) -> bool:
    """Whether this frame's face, the next after the session's, is to be described."""
    if not sample.seen or len(session.track.described) >= MOST_DESCRIBED:
        return False
    before = session.samples[-1] if session.samples else None
    if before is not None and before.seen and jumped(before, sample, limits):
        return True
    if not session.prompts:
        return session.due is not None and sample.at >= session.due - _CALM and not session.track.described
    last = session.prompts[-1]
    since = [each.at for each in session.track.described if each.at >= last.shown]
    if last.until < FOREVER:
        return not any(at >= last.until for at in since)
    if last.movement.turns:
        return not since and _halfway(session, sample, last.movement)
    return not since and sample.at - last.shown >= session.moments[len(session.prompts) - 1]


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


def _halfway(session: Session, sample: Sample, movement: Movement) -> bool:
    signals = signals_of(replace(session, samples=(*session.samples, sample)).track)
    far = travel(movement, signals, rest_of(signals, session.prompts[0].shown))[-1]
    return bool(_HALFWAY[0] <= far <= _HALFWAY[1])
