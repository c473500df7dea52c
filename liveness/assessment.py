"""All of it in one answer: every score with its threshold, what became of each prompt, and the reasons in order.

``ACCEPT`` needs every gate. ``RETRY`` says what would help and costs nothing. ``REFUSE`` is everything else: whoever is
refused learns no more than that. The order of the rules is the law here: two people in one capture are refused however
bad the light is; a face that cannot be seen is asked for again before its movements are judged.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from math import isfinite
from typing import Any

import numpy as np

from liveness import flash as flashing
from liveness import geometry, identity, quality
from liveness.challenge import Flash, Prompt
from liveness.identity import Likeness, Match, Portrait
from liveness.movements import Answer, Made, Rest, answer_to, needed, rest_of, travel
from liveness.quality import Gate
from liveness.signals import Signals, signals_of
from liveness.thresholds import DEFAULT, Thresholds
from liveness.track import Track, sound


class Verdict(StrEnum):
    """What comes of a capture."""

    ACCEPT = "accept"
    RETRY = "retry"
    REFUSE = "refuse"


class Reason(StrEnum):
    """Why not. The first ones are what a person can do better (words of :class:`liveness.quality.Trouble`)."""

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
    NOTHING_ASKED = "nothing_asked"
    NOT_SEEN = "not_seen"
    TOO_EARLY = "too_early"
    LOOK_STRAIGHT = "look_straight"  # too few frames to compare with the portrait
    UNSURE = "unsure"  # neither clearly this person nor clearly another
    TWO_PEOPLE = "two_people"
    ANOTHER_MOVEMENT = "another_movement"
    NO_MOVEMENT = "no_movement"
    FLAT = "flat"
    FLASH = "flash"
    ATTACK = "attack"
    OTHER_PERSON = "other_person"


@dataclass(frozen=True, slots=True)
class Score:
    """One number that was looked at. ``holds``: on the right side of ``limit``; ``soft``: it decides nothing alone."""

    name: str
    value: float
    limit: float
    holds: bool
    soft: bool = False


@dataclass(frozen=True, slots=True)
class Assessment:
    """The answer. ``reasons`` in the order of their weight, empty for ACCEPT."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    scores: tuple[Score, ...] = field(default=())
    answers: tuple[Answer, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """JSON values: numbers, words and nothing of a face."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked of the person, and whose face it should be (None: nobody's, only one throughout).

    ``unasked``: movements that were drawn and never shown, because the capture ended before: whoever could end it after
    the first movement would have to guess one alone.
    """

    prompts: tuple[Prompt, ...] = ()
    flash: Flash | None = None
    portrait: Portrait | None = None
    unasked: int = 0


def assess(track: Track, question: Question, limits: Thresholds = DEFAULT) -> Assessment:
    """Decide. Any track and any question end in an Assessment."""
    track = sound(track)
    signals = signals_of(track)
    rest = rest_of(signals, question.prompts[0].shown if question.prompts else 0.0)
    answers = tuple(answer_to(prompt, signals, rest, limits) for prompt in question.prompts)
    looks = quality.gates(track, signals, limits)
    scores = [Score(gate.name, gate.value, gate.limit, gate.holds) for gate in looks]
    reliefs = _reliefs(track, signals, rest, question, answers, limits)
    scores += [Score("relief", value or 0.0, limits.relief, (value or 0.0) >= limits.relief) for value in reliefs]
    found = _Findings(
        looks=looks,
        answers=answers,
        reliefs=reliefs,
        spread=identity.spread(track.described),
        unlike=identity.spread(identity.frontal(track, signals)),
        flash=_flash(track, question.flash),
        attack=_attack(track),
        match=_match(track, signals, question.portrait, limits),
    )
    scores += found.scores(limits)
    verdict, reasons = found.verdict(question, limits)
    return Assessment(verdict, reasons, tuple(scores), answers)


@dataclass(frozen=True, slots=True)
class _Findings:
    looks: Sequence[Gate]
    answers: Sequence[Answer]
    reliefs: Sequence[float | None]
    spread: float
    unlike: float
    flash: tuple[float, float] | None
    attack: float | None
    match: Match | None

    def verdict(self, question: Question, limits: Thresholds) -> tuple[Verdict, tuple[Reason, ...]]:
        refused = tuple(reason for reason in self._refusals(limits) if reason)
        again = tuple(Reason(gate.trouble.value) for gate in self.looks if not gate.holds)
        if Reason.TWO_PEOPLE in refused or Reason.OTHER_PERSON in refused:
            return Verdict.REFUSE, refused
        if again:
            return Verdict.RETRY, again
        if not question.prompts and (question.flash is None or question.unasked):
            return Verdict.RETRY, (Reason.NOTHING_ASKED,)
        if not question.prompts and not self._lit(limits):
            return Verdict.REFUSE, (Reason.FLASH, *refused)
        if refused:
            return Verdict.REFUSE, refused
        again = tuple(reason for reason in self._unsure(question, limits) if reason)
        return (Verdict.RETRY, tuple(dict.fromkeys(again))) if again else (Verdict.ACCEPT, ())

    def _refusals(self, limits: Thresholds) -> tuple[Reason | None, ...]:
        made = [answer.made for answer in self.answers]
        return (
            Reason.TWO_PEOPLE if self.spread > limits.same or self.unlike > limits.alike else None,
            Reason.OTHER_PERSON if self.match and self.match.likeness is Likeness.OTHER else None,
            Reason.ANOTHER_MOVEMENT if Made.ANOTHER in made else None,
            Reason.NO_MOVEMENT if self._idle() else None,
            Reason.FLAT if any(value is not None and value < limits.relief for value in self.reliefs) else None,
            Reason.FLASH if self._answers_another(limits) else None,
            Reason.ATTACK if self.attack is not None and self.attack >= limits.attack else None,
        )

    def _unsure(self, question: Question, limits: Thresholds) -> tuple[Reason | None, ...]:
        made = [answer.made for answer in self.answers]
        few = self.match is not None and self.match.frames < limits.fewest_described
        return (
            Reason.TOO_EARLY if Made.TOO_EARLY in made else None,
            Reason.NOT_SEEN if question.unasked or {Made.NOT_SEEN, Made.TOO_LATE} & set(made) else None,
            Reason.NOT_SEEN if None in self.reliefs else None,
            Reason.LOOK_STRAIGHT if few else None,
            Reason.UNSURE if self.match and not few and self.match.likeness is Likeness.UNSURE else None,
        )

    def _idle(self) -> bool:
        """Whether a movement is missing that nothing excuses.

        A head that turned as it was asked to has earned another try where a blink or the mouth was missed, which
        landmarks may do. A missing turn is what a picture does.
        """
        missing = {Made.NOT_SEEN, Made.TOO_LATE}
        turns = [answer for answer in self.answers if answer.movement.turns]
        if any(answer.made in missing for answer in turns):
            return True
        return not turns and any(answer.made in missing for answer in self.answers)

    def _lit(self, limits: Thresholds) -> bool:
        if self.flash is None:
            return False
        return self.flash[0] >= limits.flash_rank and self.flash[1] >= limits.flash_strength

    def _answers_another(self, limits: Thresholds) -> bool:
        """Whether the skin clearly answered colours, but in another order: those of the recording."""
        return self.flash is not None and self.flash[1] <= -limits.flash_strength

    def scores(self, limits: Thresholds) -> list[Score]:
        rows = [
            Score("spread", self.spread, limits.same, self.spread <= limits.same),
            Score("unlike", self.unlike, limits.alike, self.unlike <= limits.alike),
        ]
        if self.flash is not None:
            rank, strength = self.flash
            rows.append(Score("flash_rank", rank, limits.flash_rank, rank >= limits.flash_rank, soft=True))
            holds = strength >= limits.flash_strength
            rows.append(Score("flash_strength", strength, limits.flash_strength, holds, soft=True))
        if self.attack is not None:
            rows.append(Score("attack", self.attack, limits.attack, self.attack < limits.attack))
        if self.match is not None and isfinite(self.match.distance):
            rows.append(Score("match", self.match.distance, limits.match, self.match.likeness is Likeness.SAME))
            if self.match.margin is not None:
                rows.append(Score("margin", self.match.margin, limits.margin, self.match.margin >= limits.margin))
        return rows


def _reliefs(
    track: Track,
    signals: Signals,
    rest: Rest,
    question: Question,
    answers: Sequence[Answer],
    limits: Thresholds,
) -> tuple[float | None, ...]:
    """The relief of every turn that was made, from frames whose face was described, both before and during it.

    Of these alone it is known whose they are: a picture between them, while somebody else turns, has none. None for a
    turn in which no face was described.
    """
    values: list[float | None] = []
    points, known = track.points, np.array([each.descriptor is not None for each in track.seen], dtype=np.bool_)
    straight = points[known & (abs(signals.nose - rest.nose) < limits.onset)]
    for prompt, answer in zip(question.prompts, answers, strict=True):
        if not prompt.movement.turns or answer.made in {Made.NOT_SEEN, Made.ANOTHER}:
            continue
        inside = (signals.times >= prompt.shown) & (signals.times < prompt.until)
        turned = points[known & inside & (travel(prompt.movement, signals, rest) >= needed(prompt.movement, limits))]
        compared = len(straight) and len(turned)
        values.append(float(np.median([geometry.relief(straight, one[None]) for one in turned])) if compared else None)
    return tuple(values)


def _flash(track: Track, flash: Flash | None) -> tuple[float, float] | None:
    if flash is None:
        return None
    rank = flashing.rank(track, flash)
    return None if rank is None else (rank, flashing.strength(track, flash))


def _attack(track: Track) -> float | None:
    """The median of what the network said of the frames it saw."""
    said = sorted(each.attack for each in track.samples if each.attack is not None)
    return said[len(said) // 2] if said else None


def _match(track: Track, signals: Signals, portrait: Portrait | None, limits: Thresholds) -> Match | None:
    if portrait is None:
        return None
    return identity.match(identity.frontal(track, signals), portrait, limits)
