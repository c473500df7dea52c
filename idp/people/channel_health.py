"""Which channels answer: what a person is offered is what works.

Known by all workers alike, from their breakers and from what a channel itself said (``Unavailable.retry_at``). A hint
for pages and operators and nothing more: an attempt is always let through to the channel, which knows better.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from idp.domain.circuits import ChannelState
from idp.domain.errors import Unavailable
from idp.domain.ports import ChannelStates, Clock


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """See the module."""

    shared: ChannelStates
    clock: Clock

    def failed(self, channel: str, error: Unavailable) -> None:
        """The channel gave no answer. What is wrong for one person alone is nothing that others are told."""
        if error.retry_at is not None and not error.personal:
            self.shared.pause(channel, until=error.retry_at, now=self.clock.now())

    def answered(self, channel: str) -> None:
        """The channel gave an answer, of whatever kind."""
        self.shared.resumed(channel)

    def known(self, channels: Sequence[str]) -> Mapping[str, ChannelState]:
        """What is known of each of ``channels``."""
        return self.shared.states(channels, now=self.clock.now())
