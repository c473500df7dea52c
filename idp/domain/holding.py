"""Who holds a number that two accounts have proved: the stronger proof, never the earlier one.

========================  =====================================================================================
the newcomer's proof is   what happens
========================  =====================================================================================
stronger                  the number goes over; the account that only had less falls to level 0
as strong                 nothing moves. The two are joined if one person signs in to both; if they are two
                          people, both are frozen and a counter decides
weaker                    nothing moves; the two can be joined
========================  =====================================================================================

Name and number alone take nothing from anybody: other people know yours. What an officer saw at a counter is stronger
than any machine's answer, so a counter ends every dispute.
"""

from collections.abc import Iterable
from dataclasses import replace
from enum import Enum, IntEnum, auto

from idp.domain.assurance import Level, level_of
from idp.domain.evidence import CheckMethod, Evidence


class Hold(IntEnum):
    """How strongly an account has shown to be a person; ordered."""

    NONE = 0
    KNOWN = 1
    POSSESSED = 2
    PRESENT = 3
    SEEN = 4


class Verdict(Enum):
    """What a newcomer's proof comes to."""

    TAKES_OVER = auto()
    EQUAL = auto()
    WEAKER = auto()


_HOLD_OF_LEVEL = {
    Level.UNPROVED: Hold.NONE,
    Level.BASIC: Hold.KNOWN,
    Level.MEDIUM: Hold.POSSESSED,
    Level.HIGH: Hold.PRESENT,
}


def hold_of(evidence: Iterable[Evidence], now: float) -> Hold:
    """How strong these rows are. A dispute is no reason to take them for less: rows that are suspended count here."""
    rows = [replace(row, suspended_at=None) for row in evidence]
    hold = _HOLD_OF_LEVEL[level_of(rows, now)]
    seen = any(CheckMethod.VPIP in row.check_methods and row.alive(now) for row in rows)
    return Hold.SEEN if hold is Hold.PRESENT and seen else hold


def held_by(evidence: Iterable[Evidence], now: float) -> Hold:
    """How strongly the holder of a number holds it: while anything it has shown counts, not less than by knowing it.

    Possession alone is no level, still it is more than a name and a number that a stranger knows.
    """
    rows = tuple(evidence)
    hold = hold_of(rows, now)
    shown = any(replace(row, suspended_at=None).alive(now) for row in rows)
    return Hold.KNOWN if hold is Hold.NONE and shown else hold


def settle(holder: Hold, newcomer: Hold) -> Verdict:
    """The table above. A number without any live evidence behind it is held by nobody."""
    if newcomer > holder and (newcomer >= Hold.POSSESSED or holder is Hold.NONE):
        return Verdict.TAKES_OVER
    return Verdict.EQUAL if newcomer >= holder else Verdict.WEAKER
