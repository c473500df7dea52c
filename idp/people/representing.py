"""Acting for organisations: whom an answer lets a citizen stand for, which those are, and taking one away."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from idp.domain.attempt import Attempt
from idp.domain.audit_organisations import ActingChosen, StandingRemoved
from idp.domain.audit_words import ClientId, OpaqueId
from idp.domain.channel import ChannelFacts, Verified
from idp.domain.claims import ClaimName, Scope
from idp.domain.claims_request import AGREE_CLAIM
from idp.domain.organisations import ACTING_SECONDS, Role, Standing, lets_act, newest_of_each
from idp.domain.ports import Clock, Consents, Grants, Outbox, Randomness, Standings
from idp.people.consequences import Announcer
from idp.people.origin import Origin
from idp.people.stamp import Stamper

# What a consent says of a client that is told for whom a citizen acts: by its scope, or by the claim's name.
TOLD_FOR_WHOM = frozenset({Scope.LEGAL_PERSON.value, AGREE_CLAIM + ClaimName.LEGAL_PERSON})


def read_standing(
    facts: ChannelFacts, answer: Verified, attempt: Attempt, citizen_id: str, *, now: float
) -> Standing | None:
    """Whom a believed answer lets the citizen act for; None where it states no part in an organisation."""
    if not lets_act(facts):
        return None
    until = now + ACTING_SECONDS
    return Standing(
        # Of the attempt, so that it is kept once however often the attempt is replied to.
        id=hashlib.sha256(f"standing {attempt.id}".encode()).hexdigest()[:32],
        citizen_id=citizen_id,
        organisation_name=answer.claims[ClaimName.ORGANISATION_NAME],
        credit_code=answer.claims[ClaimName.CREDIT_CODE],
        role=Role(answer.claims[ClaimName.ORGANISATION_ROLE]),
        channel=facts.name,
        check_methods=facts.check_methods,
        txn=answer.txn,
        verified_at=now,
        expires_at=until if answer.counts_until is None else min(until, answer.counts_until),
    )


@dataclass(frozen=True, slots=True)
class Representing:
    """See the module. Every method acts on the account named, which is the session's."""

    standings: Standings
    consents: Consents
    grants: Grants
    outbox: Outbox
    clock: Clock
    randomness: Randomness
    announcer: Announcer

    def of(self, citizen_id: str) -> Sequence[Standing]:
        """The newest proof for each organisation, newest first, those that ran out too."""
        return newest_of_each(self.standings.of(citizen_id))

    def chose(self, citizen_id: str, client_id: str, standing: Standing | None, origin: Origin) -> None:
        """Write down for whom the citizen chose to act at a client; None: for themselves."""
        stamp = Stamper(self.clock, self.randomness)(citizen_id, origin.request_id)
        chosen = OpaqueId(standing.id) if standing else None
        self.outbox.append(ActingChosen(**stamp, client_id=ClientId(client_id), standing_id=chosen))

    def remove(self, citizen_id: str, standing_id: str, origin: Origin) -> bool:
        """Take one away; False when there is no such.

        Nobody keeps a list of who was told of it: every client that is told for whom this citizen acts loses its grants
        and releases, is told that it is over, and asks again. What the citizen agreed to stays.
        """
        # The standing first: while it stands, a sign-on on its way could release it after the grants are gone.
        if not self.standings.remove(citizen_id, standing_id):
            return False
        now = self.clock.now()
        told = [
            each.client_id for each in self.consents.all_of(citizen_id) if TOLD_FOR_WHOM & (each.scopes | each.implied)
        ]
        for client_id in told:
            self.grants.revoke_client(citizen_id, client_id, now=now)
        self.announcer.mandate_revoked(citizen_id)
        stamp = Stamper(self.clock, self.randomness)(citizen_id, origin.request_id)
        self.outbox.append(StandingRemoved(**stamp, standing_id=OpaqueId(standing_id), clients=len(told)))
        return True
