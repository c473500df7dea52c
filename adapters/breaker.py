"""Circuit breaker of upstream calls: stop asking a system that does not answer, and ask again carefully.

Opens after 5 failures in a row, or when half of at least 20 calls within 60 s failed; after 30 s one probe is let
through, and its result closes or reopens it. A failure is ``Unavailable``; a refusal or a distrusted answer is an
answer (channels.md 2.4).
"""

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Final, Protocol

CONSECUTIVE: Final = 5
WINDOW_SECONDS: Final = 60.0
WINDOW_CALLS: Final = 20
WINDOW_SHARE: Final = 0.5
OPEN_SECONDS: Final = 30.0


class Breakers(Protocol):
    """Breakers by key (host and operation). Another implementation may share them between workers."""

    def enter(self, key: str, *, now: float) -> float | None:
        """None: call, and report by :meth:`leave`. Otherwise the earliest time at which a probe may pass."""
        ...

    def leave(self, key: str, *, failed: bool, now: float) -> None:
        """Report the result of a call that was let through."""
        ...

    def open_until(self, key: str, *, now: float) -> float | None:
        """When the next probe may pass, or None when calls pass. For pages and operators; changes nothing."""
        ...


@dataclass(slots=True)
class _Circuit:
    consecutive: int = 0
    results: deque[tuple[float, bool]] = field(default_factory=deque)
    opened_at: float | None = None

    def full_of_failures(self, now: float) -> bool:
        while self.results and self.results[0][0] <= now - WINDOW_SECONDS:
            self.results.popleft()
        failures = sum(failed for _, failed in self.results)
        return len(self.results) >= WINDOW_CALLS and failures >= WINDOW_SHARE * len(self.results)


class InProcessBreakers:
    """:class:`Breakers` of one process, safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._circuits: dict[str, _Circuit] = {}

    def enter(self, key: str, *, now: float) -> float | None:
        """See :meth:`Breakers.enter`. A probe that never reports is followed by another after 30 s."""
        with self._lock:
            circuit = self._circuits.setdefault(key, _Circuit())
            if circuit.opened_at is None:
                return None
            if now < circuit.opened_at + OPEN_SECONDS:
                return circuit.opened_at + OPEN_SECONDS
            circuit.opened_at = now
            return None

    def leave(self, key: str, *, failed: bool, now: float) -> None:
        """See :meth:`Breakers.leave`."""
        with self._lock:
            circuit = self._circuits.setdefault(key, _Circuit())
            if not failed and circuit.opened_at is not None:
                self._circuits[key] = _Circuit()
                return
            circuit.results.append((now, failed))
            circuit.consecutive = circuit.consecutive + 1 if failed else 0
            if circuit.consecutive >= CONSECUTIVE or circuit.full_of_failures(now):
                circuit.opened_at = now

    def open_until(self, key: str, *, now: float) -> float | None:
        """See :meth:`Breakers.open_until`."""
        with self._lock:
            circuit = self._circuits.get(key)
            if circuit is None or circuit.opened_at is None or now >= circuit.opened_at + OPEN_SECONDS:
                return None
            return circuit.opened_at + OPEN_SECONDS
