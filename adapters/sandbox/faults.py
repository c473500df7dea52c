"""Faults on demand (``PUT /__control/faults``): which of them strikes which request, and how long a request takes.

What a mode does to an answer is said in :mod:`adapters.sandbox.effects`; which mode a protocol can say at all, in
:mod:`adapters.sandbox.catalogue`. Chance is repeatable: the n-th request that meets a fault is struck or spared by
the seed, the fault and n alone, whatever else goes on at the same time.
"""

import math
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from statistics import NormalDist
from typing import Any, Final

from adapters.sandbox.catalogue import BY_NAME, MODES, why_not

SLOW_MS: Final = 9_000
_MOST_MS: Final = 600_000
_KNOWN: Final = {"channel": str, "mode": str, "operation": str, "rate": float, "count": int, "latency_ms": int}


class TimeoutFault(Exception):
    """Never answer this request."""


class ResetFault(Exception):
    """Break this connection."""


class Impossible(Exception):
    """The upstream's protocol cannot go wrong in this way; the text says why."""


@dataclass(slots=True)
class Fault:
    """One fault. ``operation`` None means every operation; ``count`` None means until cleared."""

    channel: str
    mode: str
    operation: str | None = None
    rate: float = 1.0
    count: int | None = None
    latency_ms: int = SLOW_MS
    met: int = 0
    struck: int = 0

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> "Fault":
        """Read a control request. Raises ValueError naming the field, Impossible with the reason."""
        if unknown := set(body) - set(_KNOWN):
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        given = {name: value for name, value in body.items() if value is not None}
        for name, kind in _KNOWN.items():
            good = (int, float) if kind is float else kind
            if name in given and (not isinstance(given[name], good) or isinstance(given[name], bool)):
                raise ValueError(f"{name} must be of type {kind.__name__}")
        fault = cls(**given)
        fault.check()
        return fault

    def check(self) -> None:
        """Raises ValueError or Impossible."""
        if self.mode not in MODES:
            raise ValueError(f"mode must be one of {', '.join(sorted(MODES))}")
        if self.channel not in BY_NAME:
            raise ValueError(f"channel must be one of {', '.join(sorted(BY_NAME))}")
        operations = BY_NAME[self.channel].operations
        if self.operation is not None and self.operation not in operations:
            raise ValueError(f"operation must be one of {', '.join(operations)}")
        if not 0 <= self.rate <= 1:
            raise ValueError("rate must be from 0 to 1")
        if self.count is not None and self.count < 0:
            raise ValueError("count must not be negative")
        if not 0 <= self.latency_ms <= _MOST_MS:
            raise ValueError(f"latency_ms must be from 0 to {_MOST_MS}")
        reason = why_not(self.channel, self.mode, self.operation)
        if reason is not None:
            raise Impossible(reason)


class FaultTable:
    """Live faults and latencies, by channel."""

    def __init__(self, seed: int) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._latency: dict[str, tuple[float, float]] = {}
        self._previous: dict[tuple[str, str], bytes] = {}
        self._waited: Counter[str] = Counter()
        self.seed = seed

    def reseed(self, seed: int) -> None:
        """Begin chance anew: the same requests from here on meet the same fate."""
        with self._lock:
            self.seed = seed
            self._waited.clear()
            for fault in self._faults:
                fault.met = 0

    def put(self, fault: Fault) -> None:
        """Add a fault, in place of an earlier one of the same channel and operation."""
        self._keep(lambda f: (f.channel, f.operation) != (fault.channel, fault.operation), fault)

    def clear(self, channel: str | None = None, operation: str | None = None) -> None:
        """All is well again: everywhere, at one channel, or at one of its operations."""

        def stays(fault: Fault) -> bool:
            return (channel is not None and fault.channel != channel) or (
                operation is not None and fault.operation != operation
            )

        self._keep(stays)

    def _keep(self, stays: Callable[[Fault], bool], *more: Fault) -> None:
        with self._lock:
            self._faults = [f for f in self._faults if stays(f)] + list(more)

    def live(self) -> list[Fault]:
        """Every fault that was put and not cleared; one with ``count`` 0 is used up."""
        return list(self._faults)

    def take(self, channel: str, operation: str) -> Fault | None:
        """The fault that strikes this request, if any; counts are counted down, ``flap`` strikes every other time."""
        with self._lock:
            for fault in self._faults:
                if (
                    fault.channel == channel
                    and fault.operation in {None, operation}
                    and self._strikes(fault, operation)
                ):
                    return fault
        return None

    def _strikes(self, fault: Fault, operation: str) -> bool:
        if fault.count == 0 or why_not(fault.channel, fault.mode, operation) is not None:
            return False
        fault.met += 1
        chance = self._uniform(fault.channel, fault.operation, fault.mode, fault.met)
        if chance >= fault.rate or (fault.mode == "flap" and fault.met % 2 == 0):
            return False
        fault.struck += 1
        if fault.count is not None:
            fault.count -= 1
        return True

    def set_latency(self, channel: str, median_ms: float, p95_ms: float) -> None:
        """Lognormal latency of a channel from now on; a median of 0 turns it off. Raises ValueError."""
        if channel not in BY_NAME:
            raise ValueError(f"channel must be one of {', '.join(sorted(BY_NAME))}")
        if not (0 <= median_ms <= _MOST_MS and 0 <= p95_ms <= _MOST_MS):
            raise ValueError(f"milliseconds must be from 0 to {_MOST_MS}")
        self._latency[channel] = (median_ms, p95_ms)

    def latencies(self) -> dict[str, tuple[float, float]]:
        """Median and 95th percentile in milliseconds, by channel."""
        return {channel: pair for channel, pair in self._latency.items() if pair[0] > 0}

    def latency(self, channel: str) -> float:
        """Seconds that this request takes."""
        median, p95 = self._latency.get(channel, (0.0, 0.0))
        if median <= 0:
            return 0.0
        with self._lock:
            self._waited[channel] += 1
            place = self._uniform(channel, "latency", self._waited[channel])
        sigma = math.log(max(p95, median) / median) / 1.6449
        return median / 1000 * math.exp(sigma * NormalDist().inv_cdf(min(max(place, 1e-6), 1 - 1e-6)))

    def remember(self, channel: str, operation: str, body: bytes) -> None:
        """Keep an honest answer for ``stale``."""
        self._previous[(channel, operation)] = body

    def previous(self, channel: str, operation: str) -> bytes | None:
        """The last honest answer."""
        return self._previous.get((channel, operation))

    def _uniform(self, *what: object) -> float:
        digest = sha256("|".join(map(str, (self.seed, *what))).encode()).digest()
        return int.from_bytes(digest[:7]) / 2**56
