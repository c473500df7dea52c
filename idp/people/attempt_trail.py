"""What attempts leave behind besides evidence: audit events, and what a failure says about a channel's health."""

from dataclasses import dataclass

from idp.domain.audit import AttemptEnded
from idp.domain.audit_organisations import StandingProved
from idp.domain.audit_persons import ContraIndicatorNoted, DisputeSettled, PersonHeldElsewhere
from idp.domain.audit_words import CitizenId, OpaqueId, Outcome
from idp.domain.channel import Reason
from idp.domain.errors import ChannelError, Unavailable
from idp.domain.evidence import Evidence
from idp.domain.organisations import Standing
from idp.domain.ports import Clock, Outbox, Randomness
from idp.people.channel_health import ChannelHealth
from idp.people.origin import Origin
from idp.people.stamp import Stamper


@dataclass(frozen=True, slots=True)
class AttemptTrail:
    """How attempts are written to the audit log, and what failures say about a channel's health."""

    outbox: Outbox
    health: ChannelHealth
    clock: Clock
    randomness: Randomness

    def ended(
        self, citizen_id: str, channel: str, origin: Origin, outcome: Outcome, reason: Reason | None = None
    ) -> None:
        """An attempt ended, or a reply came to nothing."""
        stamp = Stamper(self.clock, self.randomness)(citizen_id, origin.request_id)
        self.outbox.append(AttemptEnded(**stamp, channel=channel, outcome=outcome, reason=reason))

    def proved(self, evidence: Evidence, origin: Origin) -> None:
        """An attempt ended with evidence."""
        stamp = Stamper(self.clock, self.randomness)(evidence.citizen_id, origin.request_id)
        self.outbox.append(
            AttemptEnded(**stamp, channel=evidence.channel, outcome=Outcome.OK, evidence_id=OpaqueId(evidence.id))
        )

    def stands(self, standing: Standing, origin: Origin) -> None:
        """An attempt ended with a proof that the citizen stands for an organisation."""
        stamp = Stamper(self.clock, self.randomness)(standing.citizen_id, origin.request_id)
        self.outbox.append(
            StandingProved(**stamp, channel=standing.channel, role=standing.role, standing_id=OpaqueId(standing.id))
        )

    def held_elsewhere(self, citizen_id: str, channel: str, holder: str, origin: Origin) -> None:
        """The proved number belongs to ``holder``."""
        stamp = Stamper(self.clock, self.randomness)(citizen_id, origin.request_id)
        self.outbox.append(PersonHeldElsewhere(**stamp, channel=channel, holder=CitizenId(holder)))

    def settled(self, citizen_id: str, origin: Origin, *, holds: bool) -> None:
        """The dispute about an account's number is over."""
        stamp = Stamper(self.clock, self.randomness)(citizen_id, origin.request_id)
        self.outbox.append(DisputeSettled(**stamp, holds=holds))

    def contra(self, citizen_id: str, channel: str, reason: Reason, origin: Origin) -> None:
        """The channel answered with another person."""
        stamp = Stamper(self.clock, self.randomness)(citizen_id, origin.request_id)
        self.outbox.append(ContraIndicatorNoted(**stamp, channel=channel, reason=reason))

    def failed(self, error: ChannelError, citizen_id: str, channel: str, origin: Origin) -> None:
        """The channel gave no answer, or one that cannot be believed."""
        if isinstance(error, Unavailable):
            self.health.failed(channel, error)
            self.ended(citizen_id, channel, origin, Outcome.UNAVAILABLE)
        else:
            self.ended(citizen_id, channel, origin, Outcome.DISTRUSTED)
