"""Contra-indicators: a channel answered with another person, or another face, than the account's.

They weigh against evidence, they prove nothing: a machine's no may be a bad picture, a borrowed phone, or an impostor.

=======================================  ============================================================================
what was answered                        what stops to count
=======================================  ============================================================================
one source answered with somebody else   evidence of that source, up to that moment
two sources, within 90 days              besides, every possession and presence up to then, but what an officer saw
=======================================  ============================================================================

New evidence made afterwards counts: who is the person can show it again, and a counter is always open to them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from idp.domain.channel import Reason
from idp.domain.evidence import CheckMethod, Evidence, Strength

DOUBT_SECONDS: Final = 90 * 86_400.0


@dataclass(frozen=True, slots=True)
class ContraIndicator:
    """One such answer, from ``source`` at ``at`` (seconds since the epoch)."""

    id: str
    citizen_id: str
    channel: str
    source: str
    reason: Reason
    at: float


def outweigh(evidence: Iterable[Evidence], against: Sequence[ContraIndicator]) -> tuple[Evidence, ...]:
    """The same rows; those that no longer count say since when."""
    doubted = _doubted_until(against)
    return tuple(replace(row, outweighed_at=_outweighed_at(row, against, doubted)) for row in evidence)


def _outweighed_at(row: Evidence, against: Sequence[ContraIndicator], doubted: float | None) -> float | None:
    same_source = [each.at for each in against if each.source == row.source and each.at >= row.verified_at]
    if same_source:
        return min(same_source)
    examined = CheckMethod.VPIP in row.check_methods
    if doubted is None or doubted < row.verified_at or examined or row.strength is Strength.KNOWLEDGE:
        return None
    return doubted


def _doubted_until(against: Sequence[ContraIndicator]) -> float | None:
    """The latest moment at which two independent sources had answered with somebody else within the window."""
    moments = [
        max(one.at, other.at)
        for one in against
        for other in against
        if one.source != other.source and abs(one.at - other.at) <= DOUBT_SECONDS
    ]
    return max(moments, default=None)
