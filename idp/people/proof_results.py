"""What proving answers: what is offered, what comes next, how an attempt ended."""

from dataclasses import dataclass
from typing import TypeAlias

from idp.domain.assurance import Level
from idp.domain.channel import ChannelFacts, Reason, Step
from idp.domain.organisations import Standing
from idp.domain.ports import EndedSession


@dataclass(frozen=True, slots=True)
class Offer:
    """A channel as it is offered. ``retry_at``, when to ask again, is set while it is known not to answer."""

    facts: ChannelFacts
    retry_at: float | None = None

    @property
    def open(self) -> bool:
        """Whether there is no reason to expect a failure."""
        return self.retry_at is None


@dataclass(frozen=True, slots=True)
class Begun:
    """An attempt under way and what the person does next, until ``expires_at`` (seconds since the epoch)."""

    attempt_id: str
    channel: str
    step: Step
    expires_at: float


@dataclass(frozen=True, slots=True)
class Proved:
    """Evidence is kept. ``level`` is the account's; a session without two factors stays below 高级.

    ``ended``: sessions of another account that lost the number to this one, or all of this one's, whose person was
    corrected; their relying parties are to be told. ``standing``: for whom the answer lets the citizen act;
    ``of_the_person``: False where it says nothing else, so that nobody has shown anew who they are.
    """

    level: Level
    ended: tuple[EndedSession, ...] = ()
    standing: Standing | None = None
    of_the_person: bool = True


@dataclass(frozen=True, slots=True)
class Refused:
    """The channel said no. ``tries_left`` at this channel; None where the refusal cost none.

    ``ended``: sessions that ended because the answer weighs against the account's evidence.
    """

    reason: Reason
    tries_left: int | None
    ended: tuple[EndedSession, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldElsewhere:
    """Proved, but another account holds this number: the road to that account. Nothing was changed.

    ``disputable``: that account has shown no more than this one. ``ended``: as in :class:`Proved`.
    """

    disputable: bool = False
    ended: tuple[EndedSession, ...] = ()


@dataclass(frozen=True, slots=True)
class Pending:
    """No result yet; the attempt goes on."""

    begun: Begun


Result: TypeAlias = Proved | Refused | HeldElsewhere | Pending
