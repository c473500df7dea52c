"""What workers share about the systems behind the channels: breakers, daily quotas, and when one is expected back."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from idp.domain.circuits import ChannelState, Hold, Operation, Pass, Turn


class Breakers(Protocol):
    """Asked before and told after every call of an upstream. Safe for threads; rules in :mod:`idp.domain.circuits`."""

    def enter(self, operation: Operation, *, now: float, daily_quota: int | None = None) -> Pass | Hold:
        """Whether to call. With ``daily_quota`` the call is counted against the channel's, unless it is held."""
        ...

    def leave(self, operation: Operation, given: Pass, *, failed: bool, now: float) -> Turn | None:
        """Report the result of a call that was let through by ``given``.

        What was let through before the breaker opened changes nothing while it is open: the probe alone does.
        """
        ...


class ChannelStates(Protocol):
    """The same state by channel, for pages and operators."""

    def states(self, channels: Sequence[str], *, now: float) -> Mapping[str, ChannelState]:
        """The state of each of ``channels``; changes nothing."""
        ...

    def pause(self, channel: str, *, until: float, now: float) -> None:
        """The channel said when it is back (a maintenance window, a quota); at most ``LONGEST_PAUSE`` from now.

        A hint: no call is held back by it.
        """
        ...

    def resumed(self, channel: str) -> None:
        """The channel answered: what :meth:`pause` kept is over."""
        ...
