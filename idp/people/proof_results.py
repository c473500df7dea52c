"""What proving answers: what is offered, what comes next, how an attempt ended."""

from dataclasses import dataclass
from typing import TypeAlias

from idp.domain.assurance import Level
from idp.domain.channel import ChannelFacts, Reason, Step


@dataclass(frozen=True, slots=True)
class Offer:
    """A channel as it is offered; not ``open``: it is known not to answer just now."""

    facts: ChannelFacts
    open: bool


@dataclass(frozen=True, slots=True)
class Begun:
    """An attempt under way and what the person does next."""

    attempt_id: str
    channel: str
    step: Step


@dataclass(frozen=True, slots=True)
class Proved:
    """Evidence is kept. ``level`` is the account's; a session without two factors stays below 高级."""

    level: Level


@dataclass(frozen=True, slots=True)
class Refused:
    """The channel said no. ``tries_left`` at this channel; None where the refusal cost none."""

    reason: Reason
    tries_left: int | None


@dataclass(frozen=True, slots=True)
class HeldElsewhere:
    """Proved, but another account holds this number: the road to that account. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Pending:
    """No result yet; the attempt goes on."""

    begun: Begun


Result: TypeAlias = Proved | Refused | HeldElsewhere | Pending
