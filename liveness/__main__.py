"""``python -m liveness``: judge one recorded capture, or a whole manifest of them.

::

    python -m liveness assess CLIP --portrait P --challenge turn_left,blink --json
    python -m liveness bench MANIFEST
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from liveness import clip, faces
from liveness.assessment import Question, Verdict, assess
from liveness.bench import Bench, summary, table
from liveness.challenge import Movement, Prompt
from liveness.identity import Portrait
from liveness.jpeg import Unacceptable
from liveness.track import DESCRIPTOR

EXIT = {Verdict.ACCEPT: 0, Verdict.REFUSE: 1, Verdict.RETRY: 3}


def main(arguments: list[str] | None = None) -> int:
    """Run a command; 0 accepted or as expected, 1 refused or not as expected, 2 a fault, 3 to be asked again."""
    parser = argparse.ArgumentParser(prog="python -m liveness", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("assess", help="judge one clip")
    one.add_argument("clip", type=Path)
    one.add_argument("--portrait", type=Path, help="photograph of whose face it should be")
    one.add_argument("--cohort", type=Path, nargs="*", default=[], help="photographs of other people")
    one.add_argument(
        "--challenge",
        default="",
        help="movements with commas (asked at the times in the clip's meta.json), or JSON, or a JSON file, with "
        '"challenge", "prompts" and "flash" as in a manifest',
    )
    one.add_argument("--json", action="store_true", help="every score, threshold and reason")
    one.set_defaults(run=_assess)
    many = commands.add_parser("bench", help="judge a manifest of clips")
    many.add_argument("manifest", type=Path)
    many.add_argument("--json", action="store_true", help="every row")
    many.set_defaults(run=_bench)
    given = parser.parse_args(arguments)
    try:
        return int(given.run(given))
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2


def _assess(given: argparse.Namespace) -> int:
    shown = clip.open_clip(given.clip)
    track = clip.track_of(shown)
    asked = _asked(given.challenge)
    windows = asked.get("prompts") or shown.meta.get("prompts") or []
    movements = tuple(Movement(each) for each in asked.get("challenge") or ())
    prompts = clip.prompts_in(movements, windows)
    if len(prompts) < len(movements):
        prompts = _spread(movements, track.seconds)
    flash = clip.flash_of(asked) or shown.flash
    found = assess(track, Question(prompts, flash, _portrait(given)))
    if given.json:
        print(json.dumps(found.as_json(), indent=1, default=float))
    else:
        print(found.verdict, *found.reasons)
    return EXIT[found.verdict]


def _asked(text: str) -> dict[str, Any]:
    text = text.strip()
    if text.endswith(".json"):
        text = Path(text).read_text(encoding="utf-8")
    if text.startswith("["):
        return {"challenge": json.loads(text)}
    if text.startswith("{"):
        return dict(json.loads(text))
    return {"challenge": [each.strip() for each in text.split(",") if each.strip()]}


def _spread(movements: tuple[Movement, ...], seconds: float) -> tuple[Prompt, ...]:
    """Equal windows over a clip that does not say when anything was asked."""
    first = min(0.7, seconds / 4)
    step = (seconds - first) / max(len(movements), 1)
    return tuple(Prompt(each, first + i * step, first + (i + 1) * step) for i, each in enumerate(movements))


def _portrait(given: argparse.Namespace) -> Portrait | None:
    if given.portrait is None:
        return None
    cohort = [faces.portrait(path.read_bytes()) for path in given.cohort]
    try:
        return Portrait(faces.portrait(given.portrait.read_bytes()), np.array(cohort).reshape(-1, DESCRIPTOR))
    except Unacceptable as error:
        raise ValueError(f"{given.portrait.name}: {error.word}") from error


def _bench(given: argparse.Namespace) -> int:
    results = []
    for each in Bench(given.manifest).results():
        results.append(each)
        if given.json:
            print(json.dumps({"file": each.file, "kind": each.kind, "verdict": each.verdict, "reasons": each.reasons}))
        elif not each.right:
            print(f"not as it should be: {each.file} ({each.kind}): {each.verdict} {' '.join(each.reasons)}")
    if not given.json:
        print(table(results), summary(results), sep="\n\n")
    return 0 if all(each.right for each in results) else 1


if __name__ == "__main__":
    sys.exit(main())
