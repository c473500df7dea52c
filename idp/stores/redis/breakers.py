"""Circuit breakers and daily quotas that all workers share.

A channel is one hash, and the results of each of its operations one list beside it, all in one shard: an operation is
one script and one round trip, in a cluster too. The numbers of the rules are the domain's; nothing here is personal.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from idp.domain import circuits
from idp.domain.circuits import ChannelState, Hold, Operation, Pass, Stop, Turn
from idp.stores.redis.keyspace import Keyspace, shard_of, stamp
from idp.stores.redis.wire import Call, Wire, load

_ENTER = load("circuit_enter")
_LEAVE = load("circuit_leave")
_STATE = load("channel_state")
_PAUSE = load("channel_pause")
_RESUMED = load("channel_resumed")

# Longer than a day in China and the longest pause: what nobody asked for since is forgotten.
_LIFE_MS: Final = 2 * 86_400 * 1000
_TURNS: Final[Mapping[int, Turn | None]] = {1: Turn.OPENED, -1: Turn.CLOSED, 0: None}


class RedisBreakers:
    """:class:`idp.domain.ports.Breakers` and :class:`idp.domain.ports.ChannelStates`."""

    def __init__(self, wire: Wire, *, prefix: str = "") -> None:
        self._wire = wire
        self._keys = Keyspace(prefix)

    def enter(self, operation: Operation, *, now: float, daily_quota: int | None = None) -> Pass | Hold:
        """Ask for leave to call, and count the call where a quota is given."""
        args = (
            operation.key,
            stamp(now),
            stamp(circuits.OPEN_SECONDS),
            circuits.quota_day(now),
            "" if daily_quota is None else daily_quota,
            _LIFE_MS,
        )
        stop, *rest = self._wire.call([self._channel(operation.channel)], _ENTER, args)
        if stop == b"breaker":
            return Hold(float(rest[0]), Stop.BREAKER)
        if stop == b"quota":
            return Hold(circuits.quota_day_ends(now), Stop.QUOTA)
        probe, used = rest
        return Pass(probe=probe == 1, used=used)

    def leave(self, operation: Operation, given: Pass, *, failed: bool, now: float) -> Turn | None:
        """Count the result of a call."""
        args = (
            operation.key,
            stamp(now),
            int(failed),
            int(given.probe),
            circuits.CONSECUTIVE,
            stamp(circuits.WINDOW_SECONDS),
            circuits.WINDOW_CALLS,
            stamp(circuits.WINDOW_SHARE),
            _LIFE_MS,
        )
        keys = [self._channel(operation.channel), self._results(operation)]
        return _TURNS[self._wire.call(keys, _LEAVE, args)]

    def states(self, channels: Sequence[str], *, now: float) -> Mapping[str, ChannelState]:
        """The state of each channel; one round trip on one server, one a node in a cluster."""
        answers = self._wire.many([Call(_STATE, [self._channel(name)]) for name in channels]) if channels else []
        return {name: _state(flat, now) for name, flat in zip(channels, answers, strict=True)}

    def pause(self, channel: str, *, until: float, now: float) -> None:
        """Keep when the channel is back."""
        bounded = min(until, now + circuits.LONGEST_PAUSE)
        self._wire.call([self._channel(channel)], _PAUSE, (stamp(bounded), _LIFE_MS))

    def resumed(self, channel: str) -> None:
        """Forget when the channel was to be back."""
        self._wire.call([self._channel(channel)], _RESUMED)

    def _channel(self, name: str) -> str:
        return f"{self._keys.base(shard_of(name))}channel:{name}"

    def _results(self, operation: Operation) -> str:
        return f"{self._keys.base(shard_of(operation.channel))}calls:{operation.channel}:{operation.key}"


def _state(flat: Sequence[bytes], now: float) -> ChannelState:
    fields = {name.decode(): value for name, value in zip(flat[::2], flat[1::2], strict=True)}
    opened = _by_operation(fields, "opened:")
    return circuits.state_of(
        ends=[*(at + circuits.OPEN_SECONDS for at in opened.values()), float(fields.get("paused", 0))],
        since=list(_by_operation(fields, "since:").values()),
        broken=opened,
        used=int(fields.get("used", 0)) if fields.get("day") == str(circuits.quota_day(now)).encode() else 0,
        now=now,
    )


def _by_operation(fields: Mapping[str, bytes], prefix: str) -> dict[str, float]:
    return {name.removeprefix(prefix): float(value) for name, value in fields.items() if name.startswith(prefix)}
