"""The rules of circuit breakers and daily quotas, and the words in which their state is told (channels.md 2.3, 2.4).

A breaker opens after 5 failures in a row, or when half of at least 20 calls within 60 s failed; after 30 s one probe is
let through, and its result closes it or keeps it open. A probe that never reports is followed by another after 30 s.
A failure is ``Unavailable``; a refusal or a distrusted answer is an answer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

CONSECUTIVE: Final = 5
WINDOW_SECONDS: Final = 60.0
WINDOW_CALLS: Final = 20
WINDOW_SHARE: Final = 0.5
OPEN_SECONDS: Final = 30.0

# An upstream's own word for when it is back is believed for a day at most.
LONGEST_PAUSE: Final = 86_400.0
QUOTA_ALERT: Final = 0.8

_DAY: Final = 86_400
_CHINA: Final = 8 * 3600


@dataclass(frozen=True, slots=True)
class Operation:
    """What one breaker watches: an operation of an upstream's host, as one channel calls it.

    The channel belongs to it: two channels at one host have credentials of their own, and when one is shut out for
    its wrong key, the other must not be.
    """

    channel: str
    host: str
    name: str

    @property
    def key(self) -> str:
        """Its name among the operations of its channel."""
        return f"{self.host} {self.name}"


class Stop(StrEnum):
    """Why a call must not be made."""

    BREAKER = "breaker"
    QUOTA = "quota"


@dataclass(frozen=True, slots=True)
class Hold:
    """Do not call before ``until`` (seconds since the epoch)."""

    until: float
    stop: Stop


@dataclass(frozen=True, slots=True)
class Pass:
    """Call, and report. ``probe``: this call decides about an open breaker. ``used``: the day's calls, with this one.

    ``used`` is 0 where no quota counts. No two calls of a day get the same number.
    """

    probe: bool = False
    used: int = 0


class Turn(StrEnum):
    """What the result of a call changed; of all workers one is told."""

    OPENED = "opened"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class ChannelState:
    """A channel as all workers know it. Times are seconds since the epoch.

    ``retry_at``: when it is worth asking again, None when it is now. ``since``: since when ``broken`` operations are,
    also while the probe is awaited that may close them. ``used``: charged calls of this day in China.
    """

    retry_at: float | None = None
    since: float | None = None
    broken: tuple[str, ...] = ()
    used: int = 0


def quota_day(now: float) -> int:
    """The civil day in China (UTC+8) by which upstreams count, as days since the epoch."""
    return int((now + _CHINA) // _DAY)


def quota_day_ends(now: float) -> float:
    """When the quota of ``now`` begins anew: the next midnight in China, in seconds since the epoch."""
    return float((quota_day(now) + 1) * _DAY - _CHINA)


def quota_alert_at(quota: int) -> int:
    """The number of calls at which operators are told (channels.md 2.3: 80 %), at least 1."""
    return max(1, -int(-quota * QUOTA_ALERT // 1))


def state_of(
    *, ends: Sequence[float], since: Sequence[float], broken: Iterable[str], used: int, now: float
) -> ChannelState:
    """The state of a channel. ``ends``: when each reason not to ask it is over, past ones too."""
    latest = max(ends, default=0.0)
    return ChannelState(
        retry_at=latest if latest > now else None,
        since=min(since, default=None),
        broken=tuple(sorted(broken)),
        used=used,
    )
