"""Assurance levels: one published table from live evidence to a level, and its explanation line by line.

========  =====  ==================================================================================================
level     名称   needs
========  =====  ==================================================================================================
0         未实名  a confirmed mobile number
1         初级   the police population record matches name and number, or an officer examined the document itself
2         中级   level 1, and possession from a source independent of the population record
3         高级   level 1, and presence; and this sign-in used two factors (checked by the journey, not here)
========  =====  ==================================================================================================

``acr`` values are ``urn:yihaotong:realname:<level>``; ``amr`` values are those of RFC 8176.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final

from idp.domain.channel import ChannelFacts
from idp.domain.evidence import CheckMethod, Evidence, Strength

ACR_PREFIX: Final = "urn:yihaotong:realname:"
POPULATION_SOURCE: Final = "police"


class Level(IntEnum):
    """Real-name levels; ordered, so ``>=`` asks whether one is enough."""

    UNPROVED = 0
    BASIC = 1
    MEDIUM = 2
    HIGH = 3

    @property
    def acr(self) -> str:
        """The ``acr`` value of this level."""
        return f"{ACR_PREFIX}{int(self)}"


def level_of_acr(acr: str) -> Level | None:
    """The level an ``acr`` value names, or None when it is none of ours."""
    return next((level for level in Level if level.acr == acr), None)


class Amr(StrEnum):
    """Authentication methods of a sign-in (RFC 8176 section 2)."""

    PASSWORD = "pwd"  # noqa: S105  RFC 8176 name, no secret
    ONE_TIME_CODE = "otp"
    SMS = "sms"
    MULTIPLE_FACTORS = "mfa"
    FACE = "face"
    HARDWARE_KEY = "hwk"
    USER_PRESENCE = "user"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One row of the table: at least one live evidence of a strength, of a source in or outside a set.

    ``or_checks``: any of these checks meets it too, whatever the source.
    """

    level: Level
    key: str
    strengths: frozenset[Strength]
    sources: frozenset[str] | None = None
    not_sources: frozenset[str] = frozenset()
    or_checks: frozenset[CheckMethod] = frozenset()

    def met_by(self, evidence: Evidence) -> bool:
        """Whether this row of evidence satisfies the requirement."""
        if self.or_checks.intersection(evidence.check_methods):
            return True
        if self.sources is not None and evidence.source not in self.sources:
            return False
        return evidence.strength in self.strengths and evidence.source not in self.not_sources


ALL_STRENGTHS = frozenset(Strength)
# A document that an officer held in their hand says what the register says, also of people whom the register does not
# find (docs/adr/0011-the-counter-and-level-1.md).
POPULATION_RECORD = Requirement(
    Level.BASIC,
    "population_record",
    ALL_STRENGTHS,
    frozenset({POPULATION_SOURCE}),
    or_checks=frozenset({CheckMethod.VPIP}),
)
POSSESSION = Requirement(Level.MEDIUM, "possession", frozenset({Strength.POSSESSION, Strength.PRESENCE}))
PRESENCE = Requirement(Level.HIGH, "presence", frozenset({Strength.PRESENCE}))

TABLE: tuple[tuple[Level, tuple[Requirement, ...]], ...] = (
    (Level.UNPROVED, ()),
    (Level.BASIC, (POPULATION_RECORD,)),
    (Level.MEDIUM, (POPULATION_RECORD, POSSESSION)),
    (Level.HIGH, (POPULATION_RECORD, PRESENCE)),
)


# How long a check counts, in days; None: until revoked. A number in a register stays the person's; an account or a card
# is given back or taken over, a face ages, and whoever was seen at a counter is seen again when the card is renewed.
VALIDITY_DAYS: Final[Mapping[CheckMethod, int | None]] = {
    CheckMethod.DATA: None,
    CheckMethod.AUTH: 730,
    CheckMethod.TOKEN: 730,
    CheckMethod.VDIG: 730,
    CheckMethod.BVR: 1826,
    CheckMethod.BVP: 1826,
    CheckMethod.VCRYPT: 3652,
    CheckMethod.VPIP: 3652,
    CheckMethod.PVP: 3652,
}
DAY_SECONDS: Final = 86_400.0


def expiry_of(facts: ChannelFacts, now: float) -> float | None:
    """When evidence of this channel, made ``now``, stops to count: by its shortest-lived check or its own facts."""
    days = [VALIDITY_DAYS[method] for method in facts.check_methods] + [facts.validity_days]
    shortest = min((each for each in days if each is not None), default=None)
    return None if shortest is None else now + shortest * DAY_SECONDS


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an explanation: a requirement of a level, and the evidence that meets it, if any.

    ``lapsed``: where none does, the newest that would if it still counted; its status says why it does not.
    """

    level: Level
    requirement: str
    evidence: Evidence | None
    lapsed: Evidence | None = None


def level_of(evidence: Iterable[Evidence], now: float) -> Level:
    """The highest level whose every requirement is met by evidence alive at ``now``."""
    alive = [e for e in evidence if e.alive(now)]
    reached = (level for level, rows in TABLE if all(any(row.met_by(e) for e in alive) for row in rows))
    return max(reached)


def explain(evidence: Iterable[Evidence], now: float) -> tuple[Line, ...]:
    """Each requirement of each level with the evidence that meets it: what the account page and operators see."""
    every = sorted(evidence, key=lambda e: e.verified_at, reverse=True)
    return tuple(_line(level, row, every, now) for level, rows in TABLE for row in rows)


def _line(level: Level, row: Requirement, newest_first: Sequence[Evidence], now: float) -> Line:
    meeting = [e for e in newest_first if row.met_by(e)]
    met = next((e for e in meeting if e.alive(now)), None)
    return Line(level, row.key, met, None if met else next(iter(meeting), None))


def reachable(facts: Iterable[ChannelFacts], evidence: Iterable[Evidence], now: float) -> Level:
    """The level that these channels would lead to if every one of them succeeded."""
    return level_of([*evidence, *(_imagined(each, now) for each in facts)], now)


def useful_channels(
    facts: Iterable[ChannelFacts], evidence: Iterable[Evidence], wanted: Level, now: float
) -> tuple[frozenset[str], frozenset[str]]:
    """The names of the channels that lead on towards ``wanted``: those of use now, and those of use after one of them.

    Of use now is what meets the lowest requirement still missing: nobody is asked for possession before the population
    record, which it is to be independent of. What meets nothing that is missing is in neither set.
    """
    alive = [e for e in evidence if e.alive(now)]
    missing = [row for row in dict(TABLE)[wanted] if not any(row.met_by(e) for e in alive)]
    first = min((row.level for row in missing), default=wanted)
    meets = {each.name: {row.level for row in missing if row.met_by(_imagined(each, now))} for each in facts}
    of_use = frozenset(name for name, levels in meets.items() if first in levels)
    return of_use, frozenset(name for name, levels in meets.items() if levels) - of_use


def _imagined(facts: ChannelFacts, now: float) -> Evidence:
    """The evidence that a success at this channel would leave."""
    return Evidence(
        id="",
        citizen_id="",
        channel=facts.name,
        source=facts.source,
        check_methods=facts.check_methods,
        strength=facts.strength,
        txn="",
        verified_at=now,
    )
