"""The port of the liveness decision: whoever sits before the camera, is it a live person, and which picture shows them.

A *capture* is one run at the camera: frames come as they are taken, what to do is told when it is due, and at the end
the browser sends the one picture that is wanted once more, so that no picture is ever kept here::

    begin ─▶ take ─▶ take ─▶ … ─▶ Taken(wanted=seq) ─▶ decide ─▶ Live | NotLive
               └─ Foul: the capture is over, and only the audit learns why

Between two calls a judge keeps nothing: what it needs back is ``state``, opaque, which holds measures of a face and is
sealed wherever it lies. An implementation knows no channel, no upstream and no account.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol, TypeAlias

from idp.domain.errors import DomainError

MOST_FRAMES: Final = 300  # of one capture, those before the face was in place included
MOST_AT_ONCE: Final = 8  # frames in one call
MOST_FRAME_BYTES: Final = 90_000  # 640 x 480 at quality 0.7 is 15 to 40 kB
FRAMES_A_SECOND: Final = 10  # what a page takes


class Movement(StrEnum):
    """What a person is asked to do. Left and right are the person's own."""

    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"
    BLINK = "blink"
    OPEN_MOUTH = "open_mouth"


class Colour(StrEnum):
    """What the screen shines on the face."""

    WHITE = "white"
    RED = "red"
    GREEN = "green"
    BLUE = "blue"


class Hint(StrEnum):
    """What a person can do better, said while frames come and after a capture that came to nothing. Never a score."""

    NO_FACE = "no_face"
    ONE_PERSON = "one_person"
    CLOSER = "closer"
    FARTHER = "farther"
    MORE_LIGHT = "more_light"
    LESS_LIGHT = "less_light"
    HOLD_STILL = "hold_still"  # blurred
    STAY_IN_PLACE = "stay_in_place"  # the face jumped about
    LOOK_STRAIGHT = "look_straight"
    UNCOVER = "uncover"  # eyes or mouth cannot be seen
    NOT_SEEN = "not_seen"  # the movement was not seen in time
    TOO_EARLY = "too_early"  # moved before it was asked for
    TOO_SLOW = "too_slow"  # too few frames a second came


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture as the browser sent it, unverified. ``taken``: the browser's clock, milliseconds since its start."""

    seq: int
    taken: int
    jpeg: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page tells the person now.

    ``movement``: what to do now; None is to look straight ahead. ``colour``: of the page, None as it is. ``done`` of
    ``steps`` movements were seen.
    """

    movement: Movement | None = None
    colour: Colour | None = None
    hint: Hint | None = None
    done: int = 0
    steps: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """What has become of the frames. ``next_seq``: what the next frame is to be called.

    ``wanted``: the capture has all that it needs, and this picture is to be sent once more.
    """

    state: bytes = field(repr=False)
    shown: Shown
    next_seq: int
    wanted: int | None = None


@dataclass(frozen=True, slots=True)
class Live:
    """A live person, one throughout. ``jpeg``: one face, as a portrait comparison takes it; memory only.

    ``template``: what that face is recognised by here, opaque; for a second factor, sealed and apart from everything.
    """

    jpeg: bytes = field(repr=False)
    template: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class NotLive:
    """Not convinced. ``hints`` not empty: the frames are too bad to tell, which is no try, and this would help."""

    hints: tuple[Hint, ...] = ()


Judged: TypeAlias = Live | NotLive


class Foul(DomainError):
    """What was sent cannot come from a camera page that does as it is told. ``word``: closed, for the audit alone."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


class JudgeBusy(DomainError):
    """Too many captures at once. Nothing was taken; the same frames may come again after ``retry_after`` seconds."""

    def __init__(self, retry_after: int = 1) -> None:
        super().__init__(f"busy, {retry_after} s")
        self.retry_after = retry_after


class CaptureJudge(Protocol):
    """Safe for threads. Every method but :attr:`certified` may raise JudgeBusy."""

    @property
    def certified(self) -> bool:
        """Whether presentation attacks are detected by a model, so that the highest level may rest on it."""
        ...

    def begin(self, *, now: float, without: frozenset[Movement], flash: bool) -> tuple[bytes, Shown]:
        """A new random challenge of movements outside ``without``, with colours if ``flash``: the state, what to show.

        Raises ValueError when ``without`` leaves no challenge that a head could be told from a picture by.
        """
        ...

    def take(self, state: bytes, frames: Sequence[Frame], *, now: float) -> Taken:
        """Measure frames that came at ``now`` (seconds since the epoch). The last call may come twice.

        Any bytes as frames end in Taken, Foul or JudgeBusy.
        """
        ...

    def decide(self, state: bytes, picture: bytes) -> Judged:
        """Decide, with the wanted picture sent once more. Raises Foul for another picture or before the end."""
        ...

    def same(self, state: bytes, template: bytes) -> bool:
        """Whether the face of a finished capture is the one a template was made from."""
        ...
