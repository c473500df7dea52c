"""The table of attacks and results over a manifest of recorded clips, with exact intervals and what it cost.

A manifest is a JSON list; each row has ``file``, ``kind``, ``identity``, ``claimed``, ``portrait`` and, where something
was asked, ``challenge`` (movements), ``prompts`` (windows) or ``flash``. Rows of people of whom nothing was asked are
judged by what they were seen to do (``observed``): that run of movements is taken for the challenge. Recordings of
which nothing was asked are put to many random challenges, as a thief would put them.
"""

import json
import resource
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np

from liveness import challenge, clip, faces
from liveness.assessment import Assessment, Question, Verdict, assess
from liveness.challenge import Chance, Movement, Prompt
from liveness.clip import open_clip, prompts_in, track_of
from liveness.identity import Portrait
from liveness.intervals import exact
from liveness.thresholds import DEFAULT, Thresholds
from liveness.track import DESCRIPTOR, Floats, Track

LIVE: Final = frozenset({"live", "live_flash", "live_dark", "real"})
DRAWS: Final = 200  # random challenges that a recording of anything is put to
_BEFORE: Final = 0.7  # seconds from a prompt to where the movement it is taken to have asked for was clear
_LONGEST_RUN: Final = 4


@dataclass(frozen=True, slots=True)
class Result:
    """One row's result. ``chance``: of a recording put to random challenges, the share that was accepted."""

    file: str
    kind: str
    verdict: Verdict
    reasons: tuple[str, ...]
    cpu: float
    chance: float | None = None
    assessment: Assessment | None = field(default=None, repr=False)

    @property
    def live(self) -> bool:
        """Whether a living person is to be accepted."""
        return self.kind in LIVE

    @property
    def right(self) -> bool:
        """Whether it came out as it should: living people accepted or asked again, everybody else not accepted."""
        return self.verdict is not Verdict.REFUSE if self.live else self.verdict is not Verdict.ACCEPT


@dataclass(frozen=True)
class Bench:
    """A manifest with its material."""

    manifest: Path
    limits: Thresholds = DEFAULT
    seed: int = 0

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """The manifest. Raises OSError, ValueError, TypeError."""
        rows = json.loads(self.manifest.read_text(encoding="utf-8"))
        if not isinstance(rows, list):
            raise TypeError("a manifest is a list")
        if not rows:
            raise ValueError("a manifest of no clips")
        return rows

    @cached_property
    def portraits(self) -> Mapping[str, Floats]:
        """The portrait of every identity that somebody claims to be."""
        places = {str(row["claimed"]): self.manifest.parent / row["portrait"] for row in self.rows}
        return {who: faces.portrait(place.read_bytes()) for who, place in sorted(places.items())}

    @cached_property
    def _tracks(self) -> dict[str, tuple[Track, float]]:
        return {}

    def results(self) -> Iterator[Result]:
        """Judge every row. Raises OSError, BadClip."""
        for row in self.rows:
            track, cost = self._measured(row["file"])
            began = time.process_time()
            question = self._question(row)
            chance = None
            if row["kind"] in LIVE or question.prompts or question.flash:
                found = assess(track, question, self.limits)
            else:
                found, chance = self._put_to_random_challenges(track, question)
            spent = cost + time.process_time() - began
            reasons = tuple(str(reason) for reason in found.reasons)
            yield Result(row["file"], row["kind"], found.verdict, reasons, spent, chance, found)

    def portrait_of(self, claimed: str) -> Portrait:
        """Whose face it should be, with everybody else as the cohort."""
        others = [each for who, each in self.portraits.items() if who != claimed]
        return Portrait(self.portraits[claimed], np.array(others).reshape(-1, DESCRIPTOR))

    def _measured(self, file: str) -> tuple[Track, float]:
        if file not in self._tracks:
            began = time.process_time()
            track = track_of(open_clip(self.manifest.parent / file))
            self._tracks[file] = track, time.process_time() - began
        return self._tracks[file]

    def _question(self, row: Mapping[str, Any]) -> Question:
        movements = tuple(Movement(each) for each in row.get("challenge") or ())
        windows = row.get("prompts") or []
        asked = prompts_in(movements, windows) if movements else ()
        if row["kind"] == "real":
            asked = _observed(row.get("observed") or [])
        return Question(asked, clip.flash_of(dict(row)), self.portrait_of(str(row["claimed"])))

    def _put_to_random_challenges(self, track: Track, question: Question) -> tuple[Assessment, float]:
        chance = np.random.default_rng(self.seed).random  # the bench repeats itself; nobody is to be surprised
        found, accepted = None, 0
        for _ in range(DRAWS):
            tried = assess(track, replace(question, prompts=_random_prompts(chance, track.seconds)), self.limits)
            accepted += tried.verdict is Verdict.ACCEPT
            if found is None or tried.verdict is Verdict.ACCEPT:
                found = tried
        return found or assess(track, question, self.limits), accepted / DRAWS


def _random_prompts(chance: Chance, seconds: float) -> tuple[Prompt, ...]:
    at, prompts = 0.6 + 0.8 * chance(), []
    share = max((seconds - at) / challenge.LENGTH, 0.5)
    for movement in challenge.draw(chance):
        until = at + share * (0.8 + 0.4 * chance())
        prompts.append(Prompt(movement, at, until))
        at = until
    return tuple(prompts)


def _observed(seen: Sequence[Mapping[str, Any]]) -> tuple[Prompt, ...]:
    """The first run of movements that stand apart from one another, as if each had been asked for just before."""
    run: list[Mapping[str, Any]] = []
    for each in seen:
        if each["start"] >= _BEFORE and (not run or each["start"] - run[-1]["end"] >= _BEFORE):
            run.append(each)
    run = run[:_LONGEST_RUN]
    starts = [each["start"] - _BEFORE for each in run]
    ends = [*starts[1:], run[-1]["end"] + 0.5] if run else []
    return tuple(
        Prompt(Movement(each["action"]), start, end) for each, start, end in zip(run, starts, ends, strict=True)
    )


def table(results: Sequence[Result]) -> str:
    """The results by kind, as a Markdown table with exact 95 % intervals of the share accepted."""
    lines = ["| kind | clips | accepted | asked again | refused | accepted, 95 % |", "|---|--:|--:|--:|--:|---|"]
    for kind in sorted({each.kind for each in results}, key=lambda name: (name not in LIVE, name)):
        of = [each for each in results if each.kind == kind]
        counts = {verdict: sum(each.verdict is verdict for each in of) for verdict in Verdict}
        low, high = exact(counts[Verdict.ACCEPT], len(of))
        shown = " | ".join(str(counts[verdict]) for verdict in (Verdict.ACCEPT, Verdict.RETRY, Verdict.REFUSE))
        lines.append(f"| {kind} | {len(of)} | {shown} | {low:.0%} to {high:.0%} |")
    return "\n".join(lines)


def summary(results: Sequence[Result]) -> str:
    """Error shares in the words of ISO/IEC 30107-3, the recordings' luck, and what a verification cost."""
    attacks, people = [each for each in results if not each.live], [each for each in results if each.live]
    taken = sum(each.verdict is Verdict.ACCEPT for each in attacks)
    lost = sum(each.verdict is Verdict.REFUSE for each in people)
    lines = [
        _share("attacks accepted (APCER over all kinds)", taken, len(attacks)),
        _share("living people refused (BPCER)", lost, len(people)),
    ]
    lucky = [each for each in results if each.chance is not None]
    lines += [f"{each.file}: {each.chance:.1%} of {DRAWS} random challenges accepted" for each in lucky]
    costs = sorted(each.cpu for each in results)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines.append(f"CPU a verification: median {costs[len(costs) // 2]:.2f} s, most {costs[-1]:.2f} s; {peak:.0f} MiB")
    return "\n".join(lines)


def _share(what: str, hits: int, of: int) -> str:
    low, high = exact(hits, of)
    return f"{what}: {hits} of {of} ({low:.1%} to {high:.1%})"
