"""Which channels answer: what a person is offered is what works.

Remembered in the process, for as long as the channel itself said (``Unavailable.retry_at``, its circuit breaker): a
hint for the page of channels and nothing more. An attempt is always let through to the channel, which knows better.
"""

from dataclasses import dataclass, field

from idp.domain.errors import Unavailable


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """Safe for threads: one assignment per change."""

    _closed_until: dict[str, float] = field(default_factory=dict, repr=False)

    def failed(self, channel: str, error: Unavailable) -> None:
        """The channel gave no answer."""
        if error.retry_at is not None:
            self._closed_until[channel] = error.retry_at

    def answered(self, channel: str) -> None:
        """The channel gave an answer, of whatever kind."""
        self._closed_until.pop(channel, None)

    def open(self, channel: str, now: float) -> bool:
        """Whether there is no reason to expect a failure."""
        return self.retry_at(channel, now) is None

    def retry_at(self, channel: str, now: float) -> float | None:
        """When it is worth asking again (seconds since the epoch); None when it is now."""
        until = self._closed_until.get(channel, 0.0)
        return until if now < until else None
