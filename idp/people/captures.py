"""Captures between two requests: what the judge keeps of a run at the camera, sealed, for one owner, for three minutes.

No picture is kept. A capture belongs to its *owner*, a string that says what it is for and to whom it is bound
(``attempt:…``, ``factor:…``); an owner has one live capture, a newer one ends the older. One call of a capture is
judged at a time: whoever sends a thing twenty times at once takes the judge's time once.
"""

import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, NoReturn, TypeVar

from idp.domain.audit import CaptureFouled
from idp.domain.capturing import MOST_FRAMES, CaptureJudge, Foul, Frame, JudgeBusy, Judged, Movement
from idp.domain.errors import CaptureOver, InvalidInput, Rule, StoreUnavailable
from idp.domain.ports import Clock, Limits, Outbox, Randomness, Records, Versioned
from idp.people import limits as budget
from idp.people.capture_records import Kept, Run
from idp.people.origin import Origin
from idp.people.stamp import Stamper

CAPTURE_SECONDS: Final = 180.0
CAPTURE_ID_BYTES: Final = 24
# Longer than the judge lets anybody wait (8 s for a worker, 30 s for one to start, 8 s of work); a worker that died
# blocks a capture no longer than that.
CLAIM_SECONDS: Final = 50.0
# One frame a call at worst, each of them twice, and now and then the judge is busy.
MOST_CALLS: Final = 2 * MOST_FRAMES + 200
# Longer than any owner lives: an attempt, a setup, a journey.
_OWNER_SECONDS: Final = 86_400.0
_RACES: Final = 5
_WORD: Final = re.compile(r"[a-z][a-z_]{0,39}", re.ASCII)

__all__ = ["Captures", "Run"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Captures:
    """See the module. A capture that is unknown, expired, ended or another owner's is CaptureOver: never said which."""

    judge: CaptureJudge
    records: Records
    limits: Limits
    outbox: Outbox
    clock: Clock
    randomness: Randomness

    def begin(
        self, owner: str, citizen_id: str, origin: Origin, *, without: frozenset[Movement] = frozenset(), flash: bool
    ) -> Run:
        """A new capture; an older one of this owner is over.

        Raises LimitReached, JudgeBusy (nothing is counted), InvalidInput when ``without`` leaves no challenge.
        """
        now = self.clock.now()
        spent = [
            *budget.each(budget.CAPTURE_CITIZEN, citizen_id),
            (budget.CAPTURE_BROWSER, origin.browser),
            (budget.CAPTURE_ADDRESS, origin.address),
        ]
        budget.spend(self.limits, spent, now=now)
        try:
            state, shown = self.judge.begin(now=now, without=without, flash=flash)
        except JudgeBusy:
            self.limits.refund(spent, at=now)
            raise
        except ValueError:
            self.limits.refund(spent, at=now)
            raise InvalidInput("without", Rule.LENGTH) from None
        kept = Kept(Run(self.randomness.token(CAPTURE_ID_BYTES), shown, 0), owner, citizen_id, state)
        self.records.create(kept.run.id, kept.to_json(), now=now, expires_at=now + CAPTURE_SECONDS)
        self._name(owner, kept.run.id)
        return kept.run

    def take(self, capture_id: str, owner: str, frames: Sequence[Frame], origin: Origin) -> Run:
        """Measure frames; the last ones may come again after a lost answer. Raises CaptureOver, JudgeBusy."""
        kept = self._claim(capture_id, owner, origin)
        taken = self._asked(kept, origin, lambda: self.judge.take(kept.state, frames, now=self.clock.now()))
        run = Run(capture_id, taken.shown, taken.next_seq, taken.wanted)
        if not self._release(replace(kept, run=run, state=taken.state)):
            raise CaptureOver("ended while it was judged")
        return run

    def decide(self, capture_id: str, owner: str, picture: bytes, origin: Origin) -> Judged:
        """Decide by the wanted picture. Ends nothing, so that it may come again. Raises CaptureOver, JudgeBusy."""
        kept = self._claim(capture_id, owner, origin)
        judged = self._asked(kept, origin, lambda: self.judge.decide(kept.state, picture))
        if not self._release(kept):
            raise CaptureOver("ended while it was judged")
        return judged

    def same(self, capture_id: str, owner: str, template: bytes) -> bool:
        """Whether the face of a finished capture is the template's. Raises CaptureOver, JudgeBusy."""
        kept = self._find(capture_id, owner)
        if kept.run.wanted is None:
            raise CaptureOver("not at its end")
        try:
            return self.judge.same(kept.state, template)
        except Foul:  # a template of another version: nobody's fault, and nothing was told
            raise CaptureOver("no template of this judge") from None

    def end(self, capture_id: str, owner: str) -> None:
        """Forget what is kept of the capture. Of one that is over there is nothing to forget."""
        for _ in range(_RACES):
            try:
                kept = self._find(capture_id, owner)
            except CaptureOver:
                return
            if self._redeem(kept):
                return

    def _name(self, owner: str, capture_id: str) -> None:
        """Make ``capture_id`` the owner's one live capture, and end the one before. Raises StoreUnavailable."""
        name, now = f"of {owner}", self.clock.now()
        value = {"capture": capture_id}
        for _ in range(_RACES):
            found = self.records.read(name, now=now)
            if isinstance(found, Versioned):
                if self.records.replace(name, value, version=found.version, now=now):
                    self.end(str(found.value["capture"]), owner)
                    return
                continue
            try:
                self.records.create(name, value, now=now, expires_at=now + _OWNER_SECONDS)
            except StoreUnavailable:  # another tab was quicker, or the store is away: reading tells
                continue
            return
        self.end(capture_id, owner)
        raise StoreUnavailable("capture: raced")

    def _find(self, capture_id: str, owner: str) -> Kept:
        found = self.records.read(capture_id, now=self.clock.now())
        if not isinstance(found, Versioned) or "state" not in found.value:
            raise CaptureOver("unknown, expired or ended")
        kept = Kept.from_json(capture_id, found)
        if not hmac.compare_digest(kept.owner.encode(), owner.encode()):
            raise CaptureOver("of another owner")
        return kept

    def _claim(self, capture_id: str, owner: str, origin: Origin) -> Kept:
        """The capture, for this call alone. Raises CaptureOver, or JudgeBusy while another one is at work."""
        kept, now = self._find(capture_id, owner), self.clock.now()
        if now < kept.claimed_until:
            raise JudgeBusy
        if kept.calls >= MOST_CALLS:
            self._fouled(kept, "too_many_calls", origin)
        claimed = replace(kept, claimed_until=now + CLAIM_SECONDS, calls=kept.calls + 1)
        if not self.records.replace(capture_id, claimed.to_json(), version=kept.version, now=now):
            raise JudgeBusy
        return replace(claimed, version=kept.version + 1)

    def _asked(self, kept: Kept, origin: Origin, ask: Callable[[], T]) -> T:
        """The judge's answer. Raises JudgeBusy (the capture is as it was), CaptureOver for a foul."""
        foul = "unnamed"
        try:
            return ask()
        except JudgeBusy:
            self._release(kept)
            raise
        except Foul as error:
            foul = error.word
        # Not while the foul is handled: its word must not hang on what the page is told.
        return self._fouled(kept, foul, origin)

    def _release(self, kept: Kept) -> bool:
        """Let the next call in, with what ``kept`` holds now; False when the capture is over, or the claim lapsed."""
        free = replace(kept, claimed_until=0.0)
        return self.records.replace(kept.run.id, free.to_json(), version=kept.version, now=self.clock.now())

    def _redeem(self, kept: Kept) -> bool:
        return self.records.redeem(kept.run.id, version=kept.version, note="over", now=self.clock.now())

    def _fouled(self, kept: Kept, word: str, origin: Origin) -> NoReturn:
        """End the capture; the word goes to the audit and nowhere else. Raises CaptureOver."""
        self._redeem(kept)
        stamp = Stamper(self.clock, self.randomness)(kept.citizen_id, origin.request_id)
        closed = word if _WORD.fullmatch(word) else "unnamed"
        self.outbox.append(CaptureFouled(**stamp, purpose=kept.owner.partition(":")[0], word=closed))
        raise CaptureOver("foul")
