"""Circuit breakers of upstream calls: stop asking a system that does not answer, and ask again carefully.

The rules are the domain's (:mod:`idp.domain.circuits`). Here are the breakers of one process, for the sandbox and for
tests; workers are handed those that they share. Both are held by ``tests/contract/breakers.py``.
"""

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from idp.domain import circuits
from idp.domain.circuits import ChannelState, Hold, Operation, Pass, Stop, Turn
from idp.domain.errors import StoreUnavailable, Unavailable
from idp.domain.ports import Breakers

log = structlog.get_logger("adapters.breaker")


class Gate:
    """What every call of one channel passes through: its breakers and its daily quota.

    Open when their store gives no answer: it must not take the channels with it. Operators hear of what changes, of
    all workers from one.
    """

    def __init__(self, breakers: Breakers, daily_quota: int | None) -> None:
        self._breakers = breakers
        self._quota = daily_quota

    def enter(self, operation: Operation, *, charged: bool, now: float) -> Pass:
        """Leave to call. Raises Unavailable with ``retry_at``."""
        quota = self._quota if charged else None
        try:
            given = self._breakers.enter(operation, now=now, daily_quota=quota)
        except StoreUnavailable:
            log.warning("breaker_store_unavailable", channel=operation.channel, operation=operation.name)
            return Pass()
        if isinstance(given, Hold):
            stopped = "breaker open" if given.stop is Stop.BREAKER else "quota of the day used up"
            raise Unavailable(operation.channel, f"{operation.name}: {stopped}", retry_at=given.until)
        if quota is not None and given.used == quota:
            log.error("channel_quota_used_up", channel=operation.channel, used=given.used, quota=quota)
        elif quota is not None and given.used == circuits.quota_alert_at(quota):
            log.warning("channel_quota_low", channel=operation.channel, used=given.used, quota=quota)
        return given

    def leave(self, operation: Operation, given: Pass, *, failed: bool, now: float) -> None:
        """Report the result of a call."""
        try:
            turn = self._breakers.leave(operation, given, failed=failed, now=now)
        except StoreUnavailable:
            log.warning("breaker_store_unavailable", channel=operation.channel, operation=operation.name)
            return
        match turn:
            case Turn.OPENED:
                log.error("channel_breaker_opened", channel=operation.channel, operation=operation.name)
            case Turn.CLOSED:
                log.warning("channel_breaker_closed", channel=operation.channel, operation=operation.name)
            case None:
                pass


@dataclass(slots=True)
class _Circuit:
    """``opened_at`` is when it opened or a probe last passed, ``since`` when it opened first."""

    consecutive: int = 0
    results: deque[tuple[float, bool]] = field(default_factory=deque)
    opened_at: float | None = None
    since: float = 0.0

    def breaks(self, now: float, *, failed: bool) -> bool:
        """Count a result; whether it opens the circuit."""
        while self.results and self.results[0][0] <= now - circuits.WINDOW_SECONDS:
            self.results.popleft()
        self.results.append((now, failed))
        self.consecutive = self.consecutive + 1 if failed else 0
        failures = sum(each for _, each in self.results)
        return self.consecutive >= circuits.CONSECUTIVE or (
            len(self.results) >= circuits.WINDOW_CALLS and failures >= circuits.WINDOW_SHARE * len(self.results)
        )


@dataclass(slots=True)
class _Channel:
    circuits: dict[str, _Circuit] = field(default_factory=dict)
    paused_until: float = 0.0
    day: int = 0
    used: int = 0


class InProcessBreakers:
    """:class:`~idp.domain.ports.Breakers` and :class:`~idp.domain.ports.ChannelStates` of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._channels: dict[str, _Channel] = {}

    def enter(self, operation: Operation, *, now: float, daily_quota: int | None = None) -> Pass | Hold:
        """See :meth:`Breakers.enter`."""
        with self._lock:
            channel = self._channel(operation.channel)
            circuit = channel.circuits.setdefault(operation.key, _Circuit())
            if circuit.opened_at is not None and now < circuit.opened_at + circuits.OPEN_SECONDS:
                return Hold(circuit.opened_at + circuits.OPEN_SECONDS, Stop.BREAKER)
            used = 0
            if daily_quota is not None:
                day = circuits.quota_day(now)
                used = (channel.used if channel.day == day else 0) + 1
                if used > daily_quota:
                    return Hold(circuits.quota_day_ends(now), Stop.QUOTA)
                channel.day, channel.used = day, used
            if circuit.opened_at is None:
                return Pass(used=used)
            circuit.opened_at = now
            return Pass(probe=True, used=used)

    def leave(self, operation: Operation, given: Pass, *, failed: bool, now: float) -> Turn | None:
        """See :meth:`Breakers.leave`."""
        with self._lock:
            own = self._channel(operation.channel).circuits
            circuit = own.setdefault(operation.key, _Circuit())
            if circuit.opened_at is not None:
                if not given.probe:
                    return None
                if failed:
                    circuit.opened_at = now
                    return None
                del own[operation.key]
                return Turn.CLOSED
            if circuit.breaks(now, failed=failed):
                own[operation.key] = _Circuit(opened_at=now, since=now)
                return Turn.OPENED
            return None

    def states(self, channels: Sequence[str], *, now: float) -> Mapping[str, ChannelState]:
        """See :meth:`ChannelStates.states`."""
        with self._lock:
            return {name: _state(self._channel(name), now) for name in channels}

    def pause(self, channel: str, *, until: float, now: float) -> None:
        """See :meth:`ChannelStates.pause`."""
        with self._lock:
            self._channel(channel).paused_until = min(until, now + circuits.LONGEST_PAUSE)

    def resumed(self, channel: str) -> None:
        """See :meth:`ChannelStates.resumed`."""
        with self._lock:
            self._channel(channel).paused_until = 0.0

    def _channel(self, name: str) -> _Channel:
        return self._channels.setdefault(name, _Channel())


def _state(channel: _Channel, now: float) -> ChannelState:
    broken = {key: each for key, each in channel.circuits.items() if each.opened_at is not None}
    ends = [each.opened_at + circuits.OPEN_SECONDS for each in broken.values() if each.opened_at is not None]
    return circuits.state_of(
        ends=[*ends, channel.paused_until],
        since=[each.since for each in broken.values()],
        broken=broken,
        used=channel.used if channel.day == circuits.quota_day(now) else 0,
        now=now,
    )
