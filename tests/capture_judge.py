"""A liveness judge for tests, scripted by the pictures: the marker that the sandbox's portrait service reads too.

A capture is two movements of four frames with a face; a frame without one counts for nothing. It ends after the second
movement, or after ``PATIENCE`` frames whatever they show, and wants one picture again. What the pictures are says
whether it is alive: :func:`jpeg` of a persona, ``live=False`` for a print, :func:`blurred` for nobody.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any, Final

from idp.domain.capturing import (
    FRAMES_A_SECOND,
    MOST_AT_ONCE,
    MOST_FRAMES,
    Colour,
    Foul,
    Frame,
    Hint,
    JudgeBusy,
    Judged,
    Live,
    Movement,
    NotLive,
    Shown,
    Taken,
)
from tests.adapters.judge import FACE, PRINT, blurred, jpeg, shown_in
from tests.doubles import SeededRandomness

__all__ = ["ScriptedJudge", "blurred", "frames", "jpeg", "packed", "run_to_the_end"]

STEPS: Final = 2
FRAMES_A_STEP: Final = 4
PATIENCE: Final = 24
_TURNS: Final = frozenset({Movement.TURN_LEFT, Movement.TURN_RIGHT})


class ScriptedJudge:
    """See the module. ``busy``: how many of the next calls find no room. ``calls`` counts those that found it."""

    def __init__(self, randomness: SeededRandomness | None = None, *, certified: bool = True) -> None:
        self._randomness = randomness or SeededRandomness(2_000)
        self.certified = certified
        self.busy = 0
        self.calls = 0

    def begin(self, *, now: float, without: frozenset[Movement], flash: bool) -> tuple[bytes, Shown]:
        self._enter()
        left = [each for each in Movement if each not in without]
        if len(left) < STEPS or not _TURNS & set(left):
            raise ValueError("no turn, or too few movements")
        drawn: list[str] = []
        while len(drawn) < STEPS:
            each = left[int(self._randomness.hex(2), 16) % len(left)]
            if each not in drawn and (drawn or each in _TURNS):
                drawn.append(each)
        state: dict[str, Any] = {
            "steps": drawn, "flash": flash, "next": 0, "faces": 0, "print": False, "persona": "", "wanted": None,
            "pictures": {}, "last": "", "first_of_last": 0,
        }  # fmt: skip
        return _packed(state), _shown(state)

    def take(self, state: bytes, frames: Sequence[Frame], *, now: float) -> Taken:
        self._enter()
        known = json.loads(state)
        if not 0 < len(frames) <= MOST_AT_ONCE:
            raise Foul("frame_count")
        digest = hashlib.sha256(b"".join(hashlib.sha256(frame.jpeg).digest() for frame in frames)).hexdigest()
        again = (known["last"], known["first_of_last"]) == (digest, frames[0].seq)
        if not again:
            self._measure(known, frames)
            known |= {"last": digest, "first_of_last": frames[0].seq}
        hint = None if known["faces"] else Hint.NO_FACE
        return Taken(_packed(known), _shown(known, hint), known["next"], known["wanted"])

    def decide(self, state: bytes, picture: bytes) -> Judged:
        self._enter()
        known = json.loads(state)
        if known["wanted"] is None:
            raise Foul("before_the_end")
        if known["pictures"][str(known["wanted"])] != hashlib.sha256(picture).hexdigest():
            raise Foul("another_picture")
        if known["print"]:
            return NotLive()
        if known["faces"] < STEPS * FRAMES_A_STEP:
            return NotLive((Hint.NO_FACE,))
        return Live(picture, str(known["persona"]).encode())

    def same(self, state: bytes, template: bytes) -> bool:
        self._enter()
        known = json.loads(state)
        return bool(known["persona"]) and str(known["persona"]).encode() == template

    def _enter(self) -> None:
        if self.busy:
            self.busy -= 1
            raise JudgeBusy
        self.calls += 1

    def _measure(self, known: dict[str, Any], frames: Sequence[Frame]) -> None:
        if known["wanted"] is not None:
            raise Foul("after_the_end")
        for frame in frames:
            if frame.seq != known["next"] or frame.seq >= MOST_FRAMES:
                raise Foul("sequence_gap")
            known["next"] += 1
            known["print"] = known["print"] or PRINT in frame.jpeg
            known["pictures"][str(frame.seq)] = hashlib.sha256(frame.jpeg).hexdigest()
            if FACE in frame.jpeg:
                known["faces"] += 1
                known["persona"] = shown_in(frame.jpeg).decode("ascii", "replace")
            if known["faces"] >= STEPS * FRAMES_A_STEP or known["next"] - known.get("told", 0) >= PATIENCE:
                known["wanted"] = frame.seq
                return  # the rest of this call: the page could not know


def _packed(state: dict[str, Any]) -> bytes:
    return json.dumps(state).encode()


def _shown(state: dict[str, Any], hint: Hint | None = None) -> Shown:
    done = min(state["faces"] // FRAMES_A_STEP, STEPS)
    movement = Movement(state["steps"][done]) if done < STEPS and state["wanted"] is None else None
    return Shown(movement, Colour.WHITE if state["flash"] else None, hint, done, STEPS)


def frames(picture: bytes, first: int, count: int = FRAMES_A_STEP) -> list[Frame]:
    """As a page takes them from somebody who holds still."""
    return [Frame(seq, round(seq * 1000 / FRAMES_A_SECOND), picture) for seq in range(first, first + count)]


def packed(sent: Sequence[Frame]) -> bytes:
    """As a page posts them."""
    return b"".join(
        b"".join(number.to_bytes(4, "big") for number in (each.seq, each.taken, len(each.jpeg))) + each.jpeg
        for each in sent
    )


def run_to_the_end(next_seq: int, send: Callable[[list[Frame]], tuple[int, int | None]], picture: bytes) -> int:
    """Send frames until one is wanted; which. ``send`` answers what is next and what is wanted."""
    wanted = None
    while wanted is None:
        next_seq, wanted = send(frames(picture, next_seq))
    return wanted
