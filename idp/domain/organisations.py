"""Organisations (legal persons) and who stands for them: what lets a citizen act for one, and for how long.

Knowing an organisation's numbers lets nobody act: only a proof that states the citizen's *part* in it does (four
elements, or the licence in their hands; channels.md 4.2). Mandates that a representative gives are none of this.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from idp.domain.channel import ChannelFacts
from idp.domain.claims import MINIMUM_LEVELS, ClaimName
from idp.domain.evidence import CheckMethod

# Representatives change: whoever acts shows it anew each day, however long the proof counts for the person themselves.
ACTING_SECONDS: Final = 86_400.0
# What a choice says that names no organisation.
FOR_ONESELF: Final = ""
# Below this nobody acts for anybody: sensitive claims ask for it.
ACTING_LEVEL: Final = MINIMUM_LEVELS[ClaimName.LEGAL_PERSON]


class Role(StrEnum):
    """The citizen's part in the organisation, as the register or the licence has it."""

    LEGAL_REPRESENTATIVE = "legal_representative"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Standing:
    """This citizen stands for this organisation. Times are seconds since the epoch, UTC.

    ``credit_code`` is the unified social credit code (GB 32100); ``txn`` our business number with the upstream: for
    disputes, never released.
    """

    id: str
    citizen_id: str
    organisation_name: str = field(repr=False)
    credit_code: str = field(repr=False)
    role: Role
    channel: str
    check_methods: tuple[CheckMethod, ...]
    txn: str = field(repr=False)
    verified_at: float
    expires_at: float

    def alive(self, now: float) -> bool:
        """Whether it lets the citizen act at ``now``."""
        return now < self.expires_at

    @property
    def claim(self) -> dict[str, Any]:
        """What is told of it: an object of its own, so that nothing about the organisation mixes with the person's.

        ``verified_at`` is a time as Identity Assurance writes them (section 5.4.2).
        """
        verified_at = datetime.datetime.fromtimestamp(int(self.verified_at), datetime.UTC)
        return {
            "organisation_name": self.organisation_name,
            "credit_code": self.credit_code,
            "role": self.role.value,
            "verified_at": verified_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }


@dataclass(frozen=True, slots=True)
class Choice:
    """For whom a citizen acts at a client: ``value`` is the id of ``standing``, or ``FOR_ONESELF``; None: not asked."""

    value: str | None = None
    standing: Standing | None = None


NOT_ASKED: Final = Choice()


def lets_act(facts: ChannelFacts) -> bool:
    """Whether a success at this channel says what the citizen's part in an organisation is."""
    return ClaimName.ORGANISATION_ROLE in facts.proves


def newest_of_each(standings: Iterable[Standing]) -> tuple[Standing, ...]:
    """One for each organisation: what was shown last. Newest first."""
    found: dict[str, Standing] = {}
    for each in sorted(standings, key=lambda one: (one.verified_at, one.id), reverse=True):
        found.setdefault(each.credit_code, each)
    return tuple(found.values())
