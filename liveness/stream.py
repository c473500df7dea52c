"""A capture while its frames come: state and frames in, state and what to show out.

Each call takes the state and some frames and gives the state back; nothing is kept here. The page is told of a movement
only when it is due, by the answer to its frames, so nothing in the browser knows what comes next.

What cannot come from a camera page that does as it is told ends the capture (:class:`Foul`): a gap in the sequence, a
clock that runs ahead or stands still, a frame that was there before. A sensor's noise makes no two pictures alike, so
an old picture among new ones is a recording in a loop; the same picture twice in a row is a page that was quicker than
its camera, and is passed over.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from liveness import describing, prompting
from liveness.assessment import Assessment, Question, Verdict, assess
from liveness.challenge import Chance, Movement, draw, draw_colours, pause
from liveness.jpeg import Unacceptable, size_of
from liveness.session import FOREVER, Session, name_of, pack, unpack
from liveness.thresholds import DEFAULT, Thresholds
from liveness.track import Floats, Sample

_AHEAD, _BEHIND = 2.0, 6.0  # seconds that the browser's clock may run ahead of ours, or fall behind
_LATEST: Final = 2**53  # milliseconds: what a browser can count to
_EVERYWHERE: Final = 4  # every so many frames a face is looked for everywhere: others may have come


class Foul(ValueError):
    """What no honest page sends. ``word``: why, of a closed set, for the audit."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture as it came. ``taken``: the browser's clock in milliseconds."""

    seq: int
    taken: int
    jpeg: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Told:
    """What the page is told: the movement and colour that are due, what would help, how far it is."""

    movement: str | None
    colour: str | None
    hint: str | None
    done: int
    steps: int
    next_seq: int
    wanted: int | None


class Eye(Protocol):
    """What looks at pictures (:mod:`liveness.faces`; tests have their own)."""

    def measure(
        self, jpeg: bytes, at: float, *, small: bool, near: tuple[float, float, float, float] | None
    ) -> tuple[Sample, Any]:
        """The measures of a picture, and the picture. ``near``: where the face was. Raises Unacceptable."""
        ...

    def describe(self, picture: Any, sample: Sample) -> Sample:
        """The sample with its descriptor, and what an attack network says."""
        ...

    def portrait(self, jpeg: bytes) -> Floats:
        """The descriptor of the face of a photograph, (128,). Raises Unacceptable."""
        ...


@dataclass(frozen=True, slots=True)
class Streamer:
    """See the module. ``chance`` draws challenges; it MUST be a generator that nobody can predict."""

    eye: Eye
    chance: Chance
    limits: Thresholds = DEFAULT

    def begin(self, now: float, without: Sequence[Movement] = (), *, flash: bool = False) -> tuple[bytes, Told]:
        """A new capture. Raises NoChallenge."""
        movements = draw(self.chance, without)
        session = Session(
            movements=movements,
            pauses=tuple(pause(self.chance) for _ in movements),
            moments=tuple(self.chance() for _ in movements),
            began=now,
            colours=draw_colours(self.chance) if flash else (),
        )
        return pack(session), _told(session)

    def take(self, state: bytes, frames: Sequence[Frame], now: float) -> tuple[bytes, Told]:
        """Measure frames that came at ``now``. Raises Foul, BadState."""
        session = unpack(state)
        digest = name_of(hashlib.sha256(b"".join(hashlib.sha256(each.jpeg).digest() for each in frames)).digest())
        if frames and frames[0].seq < session.next_seq and hmac.compare_digest(digest, session.last):
            return state, _told(session)  # the answer was lost, and the page asks again
        if session.wanted is not None:
            raise Foul("after_the_end")
        if not frames:
            return state, _told(session)
        session = replace(_in_time(session, frames, now), last=digest)
        for frame in frames:
            session = self._frame(session, frame)
        session = prompting.advance(session, now, self.limits)
        return pack(session), _told(session)

    def decide(self, state: bytes, picture: bytes) -> tuple[Assessment, bytes]:
        """The assessment, and the template of the face. Raises Foul for another picture or before the end."""
        session = unpack(state)
        if session.wanted is None:
            raise Foul("before_the_end")
        if not hmac.compare_digest(name_of(hashlib.sha256(picture).digest()), session.digests[session.wanted]):
            raise Foul("another_picture")
        unasked = len(session.movements) - len(session.prompts)
        found = assess(session.track, Question(session.prompts, session.flash, unasked=unasked), self.limits)
        return found, describing.template(session) if found.verdict is Verdict.ACCEPT else b""

    def _frame(self, session: Session, frame: Frame) -> Session:
        digest = name_of(hashlib.sha256(frame.jpeg).digest())
        if digest in session.digests and digest != session.digests[-1]:
            raise Foul("frame_replayed")
        again = bool(session.digests) and digest == session.digests[-1]
        session = replace(
            session,
            digests=(*session.digests, digest),
            bytes_of=(*session.bytes_of, len(frame.jpeg)),
            last_taken=frame.taken / 1000,
        )
        if again:
            return session
        try:
            size = size_of(frame.jpeg)
            if session.samples and size != session.size:
                raise Foul("frame_pixels")
            sample, picture = self.eye.measure(
                frame.jpeg, frame.taken / 1000, small=not session.prompts, near=_place(session)
            )
        except Unacceptable as error:
            raise Foul(error.word) from error
        if describing.due(session, sample, self.limits, self.chance):
            sample = self.eye.describe(picture, sample)
        return replace(session, samples=(*session.samples, sample), kept=(*session.kept, frame.seq), size=size)


def _in_time(session: Session, frames: Sequence[Frame], now: float) -> Session:
    """Sequence and clocks. Raises Foul."""
    taken = session.last_taken
    for index, frame in enumerate(frames):
        if frame.seq != session.next_seq + index:
            raise Foul("sequence")
        if frame.taken > _LATEST or frame.taken / 1000 <= taken:
            raise Foul("clock")
        taken = frame.taken / 1000
    lag = now - taken
    first = session.first_lag if session.first_lag is not None else lag
    least = min(lag, session.lag) if session.lag is not None else lag
    if lag < first - _AHEAD or lag > least + _BEHIND or now < session.began:
        raise Foul("clock")
    return replace(session, lag=least, first_lag=first)


def _place(session: Session) -> tuple[float, float, float, float] | None:
    """Where to look first."""
    last = session.samples[-1] if session.samples else None
    return last.box if last is not None and last.seen and session.next_seq % _EVERYWHERE else None


def _told(session: Session) -> Told:
    shown = session.prompts[-1] if session.prompts else None
    movement = str(shown.movement) if shown and shown.until == FOREVER and session.wanted is None else None
    return Told(
        movement=movement,
        colour=prompting.colour(session),
        hint=session.hint,
        done=session.done,
        steps=len(session.movements),
        next_seq=session.next_seq,
        wanted=session.wanted,
    )
