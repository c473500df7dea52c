"""What comes next in a capture: calm, a movement, calm, the next one, the end.

Between two prompts lies an unpredictable pause. A missed turn or another movement ends the capture, for no later one
can mend it; a missed blink does not, so that a head that turns later earns another try.
"""

from dataclasses import replace
from typing import Final

from liveness import identity, quality
from liveness.challenge import Prompt
from liveness.movements import Made, answer_to, rest_of
from liveness.session import FOREVER, STEP, Session
from liveness.signals import signals_of
from liveness.thresholds import Thresholds
from liveness.track import Sample

MOST_FRAMES: Final = 300  # of a capture, those before the face was in place included
MOST_KEPT: Final = 290  # 15 a second, each answer seen a second and a half late, take 285
MOST_SECONDS: Final = 60.0  # of our clock, from the beginning
PICTURE_BYTES: Final = range(10_000, 70_001)  # what portrait comparisons take

_CALM_SECONDS: Final = 1.0
_CALM_FRAMES: Final = 5
_CALM_KEPT: Final = 15
_PATIENCE: Final = 4.0  # seconds from a prompt until it counts as missed
_AFTER: Final = 0.5  # of calm at the end
_RECENT: Final = 3


def advance(session: Session, now: float, limits: Thresholds) -> Session:
    """The session after the frames of one call. ``now``: seconds of our clock."""
    if session.next_seq >= MOST_FRAMES or len(session.samples) >= MOST_KEPT or now - session.began > MOST_SECONDS:
        return _finished(session)
    if not session.samples:
        return session
    if not session.prompts:
        return _calm(session, limits)
    lost = all(not each.seen for each in session.samples[-_RECENT:])
    session = replace(session, hint=str(quality.Trouble.NO_FACE) if lost else None)
    return _answered(session, limits) if session.prompts[-1].until == FOREVER else _next(session)


def colour(session: Session) -> str | None:
    """What the screen is to shine now."""
    flash = session.flash
    if flash is None or session.wanted is not None or not session.samples:
        return None
    step = int((session.samples[-1].at - flash.start) // STEP)
    return flash.colours[step] if 0 <= step < len(flash.colours) else None


def _calm(session: Session, limits: Thresholds) -> Session:
    """Before the first prompt: a face in place, for a second; what came before that is forgotten."""
    recent = replace(session, samples=session.samples[-_RECENT:]).track
    looks = quality.gates(recent, signals_of(recent), limits)
    wrong = next((gate for gate in looks if not gate.holds and gate.trouble is not quality.Trouble.TOO_SLOW), None)
    if wrong is not None:
        return replace(_forgetting(session, 0), hint=str(wrong.trouble), due=None, flash_at=None)
    session = replace(_forgetting(session, _CALM_KEPT), hint=None)
    now = session.samples[-1].at
    due = session.due if session.due is not None else now + _CALM_SECONDS + session.pauses[0]
    flash_at = session.flash_at if session.flash_at is not None else now
    session = replace(session, due=due, flash_at=flash_at)
    return _show(session) if now >= due and len(session.samples) >= _CALM_FRAMES else session


def _show(session: Session) -> Session:
    movement, at = session.movements[len(session.prompts)], session.samples[-1].at
    return replace(session, prompts=(*session.prompts, Prompt(movement, at, FOREVER)))


def _answered(session: Session, limits: Thresholds) -> Session:
    """A prompt is shown: whether it was answered, missed, or has time left."""
    prompt, now = session.prompts[-1], session.samples[-1].at
    signals = signals_of(session.track)
    answer = answer_to(prompt, signals, rest_of(signals, session.prompts[0].shown), limits)
    if answer.made is Made.NOT_SEEN and now - prompt.shown < _PATIENCE:
        return session
    if answer.made is Made.DONE and answer.over is None:  # still turned away, or the mouth still open
        waits = now - prompt.shown < 2 * _PATIENCE
        return replace(session, hint=session.hint or "look_straight") if waits else _finished(_closing(session, now))
    session = _closing(session, answer.over if answer.made is Made.DONE and answer.over is not None else now)
    if answer.made is Made.ANOTHER or (prompt.movement.turns and answer.made is not Made.DONE):
        return _finished(session)
    return replace(session, due=now + session.pauses[len(session.prompts) % len(session.pauses)])


def _next(session: Session) -> Session:
    """Between two prompts, or after the last."""
    now = session.samples[-1].at
    if len(session.prompts) < len(session.movements):
        return _show(session) if session.due is not None and now >= session.due else session
    shone = session.flash is None or now >= session.flash.end
    return _finished(session) if shone and now >= session.prompts[-1].until + _AFTER else session


def _forgetting(session: Session, keep: int) -> Session:
    """Only the latest samples, so that a long search for the right place costs nothing later."""
    cut = max(0, len(session.samples) - keep)
    return replace(session, samples=session.samples[cut:], kept=session.kept[cut:])


def _closing(session: Session, until: float) -> Session:
    return replace(session, prompts=(*session.prompts[:-1], replace(session.prompts[-1], until=until)))


def _finished(session: Session) -> Session:
    """The capture is over; the picture that is wanted is the best of those whose face was described.

    Only of these is it known that they show the person who did what was asked.
    """
    known = {each.at for each in identity.frontal(session.track, signals_of(session.track))}
    rows = [row for row in zip(session.kept, session.samples, strict=True) if row[1].at in known]
    rows = [row for row in rows if session.bytes_of[row[0]] in PICTURE_BYTES] or rows
    wanted = max(rows, key=_clarity)[0] if rows else max(session.next_seq - 1, 0)
    return replace(session, wanted=wanted, hint=None)


def _clarity(row: tuple[int, Sample]) -> float:
    return row[1].sharpness * max(row[1].found, 0.01)
