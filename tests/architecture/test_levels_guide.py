"""The guide to levels says what the tables of the code say: derived here, compared there.

When one of these fails, the message holds the rows as they should stand in ``docs/levels.md``.
"""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import adapters
from idp.domain.assurance import DAY_SECONDS, TABLE, VALIDITY_DAYS, Amr, Level, expiry_of
from idp.domain.channel import ChannelFacts, SubjectKind
from idp.domain.contra import DOUBT_SECONDS
from idp.domain.evidence import Evidence, Strength
from idp.domain.id_numbers import DocumentKind
from idp.domain.ports.merging import UNDO_SECONDS
from idp.people import guarding

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "levels.md").read_text(encoding="utf-8")
NO_LEVEL, FOR_EVER = "none", "until revoked"


def rows_under(heading: str, number: int = 1) -> list[str]:
    """The body of the n-th table below a heading."""
    section = GUIDE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    tables = re.findall(r"(?:^\|.*\n)+", section + "\n", re.MULTILINE)
    return str(tables[number - 1]).splitlines()[2:]


def first_cells(rows: list[str]) -> list[str]:
    return [row.split(" | ")[0].removeprefix("| ") for row in rows]


# ---- what each channel contributes ----------------------------------------------------------------------------------


def ways_of(channel: str) -> Iterator[ChannelFacts]:
    """The facts of each way a channel can be set up: constants of its module."""
    module = import_module(f"adapters.{channel}")
    found = [value for value in vars(module).values() if isinstance(value, ChannelFacts)]
    assert found, channel
    return iter(found)


def leads_to(facts: ChannelFacts) -> str:
    """The levels whose own requirement a success meets."""
    if SubjectKind.CITIZEN not in facts.subjects:
        return f"{NO_LEVEL}: about an organisation"
    left = Evidence("", "", facts.name, facts.source, facts.check_methods, facts.strength, "", 0.0)
    own = [need for level, needs in TABLE for need in needs if need.level is level]
    levels = [str(int(need.level)) for need in own if need.met_by(left)]
    return ", ".join(levels) or f"{NO_LEVEL}: it corroborates"


def counts_for(facts: ChannelFacts) -> str:
    end = expiry_of(facts, 0.0)
    if end is None:
        return FOR_EVER
    days = f"{end / DAY_SECONDS:g}"
    return f"{days} day" if days == "1" else f"{days} days"


def row_of(facts: ChannelFacts) -> str:
    cells = (
        f"`{facts.name}` {facts.label_zh}",
        f"`{facts.source}`",
        str(facts.strength),
        ", ".join(f"`{method}`" for method in facts.check_methods),
        leads_to(facts),
        counts_for(facts),
        "all" if facts.documents == frozenset(DocumentKind) else ", ".join(f"`{kind}`" for kind in facts.documents),
        str(facts.minimum_age or "any"),
    )
    return f"| {' | '.join(cells)} |"


def test_the_table_of_channels_is_what_their_facts_say():
    expected = list(dict.fromkeys(row_of(facts) for name in adapters.CHANNELS for facts in ways_of(name)))
    assert rows_under("What each channel contributes") == expected, "\n".join(["write:", *expected])


def test_a_row_that_is_wrong_would_be_found():
    rows = {row_of(facts) for name in adapters.CHANNELS for facts in ways_of(name)}
    assert len(rows) >= len(adapters.CHANNELS)
    assert {leads_to(facts).partition(":")[0] for name in adapters.CHANNELS for facts in ways_of(name)} >= {
        "1",
        "2",
        "2, 3",
        "1, 2, 3",
        NO_LEVEL,
    }


# ---- the other tables -----------------------------------------------------------------------------------------------


def test_every_level_stands_with_its_acr():
    rows = rows_under("The levels")
    assert [row.split(" | ")[0::2][:2] for row in rows] == [[f"| {int(level)}", f"`{level.acr}`"] for level in Level]


def test_every_check_stands_with_its_days():
    told = [(row.split(" | ")[0], row.split(" | ")[-1]) for row in rows_under("How long a check counts")]
    assert told == [(f"| `{method}`", f"{days or FOR_EVER} |") for method, days in VALIDITY_DAYS.items()]


def test_every_amr_that_is_told_exists():
    told = {cell.strip("`") for cell in first_cells(rows_under("What the tokens then say"))}
    assert told <= set(Amr)
    assert told >= {facts.amr for name in adapters.CHANNELS for facts in ways_of(name) if facts.amr}


@pytest.mark.parametrize(
    "words",
    [
        f"within {DOUBT_SECONDS / DAY_SECONDS:g} days",
        f"for {UNDO_SECONDS / DAY_SECONDS:g} days",
        f"for {guarding.CODE_SECONDS / 60:g} minutes",
    ],
)
def test_spans_of_time_are_those_of_the_code(words: str):
    assert words in GUIDE


def test_possession_and_presence_are_the_strengths_that_the_guide_speaks_of():
    assert {str(strength) for strength in Strength} == {"knowledge", "possession", "presence"}
    assert all(str(strength) in GUIDE for strength in Strength)
