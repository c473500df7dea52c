"""Links between a citizen and accounts at upstreams: made with a proof and a fresh sign-in, taken away by a button.

A link is a way in and nothing else: it proves no identity, raises no level, and tells nobody whose it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from idp.domain.account_channel import Recognised
from idp.domain.assurance import Amr
from idp.domain.audit import Linked, LinkRefused, SignedOut, Unlinked
from idp.domain.audit_words import EndCause
from idp.domain.errors import LinkPresent, LinkProofDead, LinkTaken
from idp.domain.ports import (
    AccountLink,
    AccountLinks,
    Clock,
    Credentials,
    EndedSession,
    Limits,
    Outbox,
    Randomness,
    SessionFacts,
    Sessions,
)
from idp.people import limits as budget
from idp.people.link_proofs import LinkProofs, Offer
from idp.people.origin import Origin
from idp.people.stamp import Stamper

LINK_ID_BYTES: Final = 16
# Who just showed a password or a code may add a way in; a phone left on a table, signed in since morning, may not.
FRESH_SECONDS: Final = 600.0
_FRESH_AMR: Final = frozenset({Amr.PASSWORD, Amr.ONE_TIME_CODE, Amr.HARDWARE_KEY})


def is_fresh(session: SessionFacts, now: float) -> bool:
    """Whether a secret of this house was shown just now, so that the ways in may be changed."""
    return now - session.auth_time <= FRESH_SECONDS and not _FRESH_AMR.isdisjoint(session.amr)


@dataclass(frozen=True, slots=True)
class Linking:
    """See the module. Every method acts on the citizen of the session, or the one named by a caller of the house."""

    links: AccountLinks
    proofs: LinkProofs
    credentials: Credentials
    sessions: Sessions
    limits: Limits
    outbox: Outbox
    clock: Clock
    randomness: Randomness

    def of_citizen(self, citizen_id: str) -> Sequence[AccountLink]:
        """A citizen's links, oldest first."""
        return self.links.of_citizen(citizen_id)

    def fresh(self, session: SessionFacts) -> bool:
        """Whether this session may make a link. A sign-in by a link never does: one link must not beget another."""
        return is_fresh(session, self.clock.now())

    def pend(self, recognised: Recognised, origin: Origin, citizen_id: str = "") -> str:
        """Keep which account was recognised, as a proof for this citizen or for whoever signs in next. Its id."""
        return self.proofs.make(recognised.account, recognised.nickname(), origin.browser, citizen_id)

    def pending(self, proof_id: str, origin: Origin) -> Offer | None:
        """What waits for a sign-in; None when it is too old or of another browser."""
        try:
            return self.proofs.offer(proof_id, origin.browser)
        except LinkProofDead:
            return None

    def offer(self, proof_id: str, session: SessionFacts, origin: Origin) -> Offer:
        """What would be linked, for this session's citizen and no other from now on. Raises LinkProofDead."""
        if not self.fresh(session):
            raise LinkProofDead("the sign-in is not fresh")
        return self.proofs.bind(proof_id, origin.browser, session.citizen_id)

    def link(self, proof_id: str, session: SessionFacts, origin: Origin) -> AccountLink:
        """Make the link. Raises LinkProofDead, LinkTaken, LinkPresent, LimitReached, SignInRefused."""
        citizen_id, now = session.citizen_id, self.clock.now()
        budget.spend(self.limits, [(budget.LINK_CITIZEN, citizen_id)], now=now)
        if not self.fresh(session):
            raise LinkProofDead("the sign-in is not fresh")
        account = self.proofs.take(proof_id, origin.browser, citizen_id)
        stamp = self._stamp(citizen_id, origin.request_id)
        try:
            made = self.links.link(self.randomness.hex(LINK_ID_BYTES), citizen_id, account, now=now)
        except (LinkTaken, LinkPresent):
            self.outbox.append(LinkRefused(**stamp, channel=account.channel))
            raise
        self.outbox.append(Linked(**stamp, channel=account.channel))
        return made

    def unlink(self, citizen_id: str, link_id: str, origin: Origin) -> Sequence[EndedSession] | None:
        """Take a link away and end the sessions it opened; whom to tell, or None when there is no such link.

        Raises LastWayIn when neither a password nor another link would be left.
        """
        link = next((each for each in self.links.of_citizen(citizen_id) if each.id == link_id), None)
        if link is None:
            return None
        may_be_last = self.credentials.password_hash(citizen_id) is not None
        self.proofs.void(citizen_id)
        if not self.links.unlink(citizen_id, link_id, may_be_last=may_be_last):
            return None
        return self._gone(citizen_id, [link], origin.request_id)

    def unlink_all(self, citizen_id: str, request_id: str | None = None) -> Sequence[EndedSession]:
        """Every link of an account that was displaced or joined to another; whom to tell."""
        self.proofs.void(citizen_id)
        return self._gone(citizen_id, self.links.unlink_all(citizen_id), request_id)

    def is_last_way_in(self, citizen_id: str, link_id: str) -> bool:
        """For pages; :meth:`unlink` decides."""
        links = self.links.of_citizen(citizen_id)
        return [each.id for each in links] == [link_id] and self.credentials.password_hash(citizen_id) is None

    def _gone(self, citizen_id: str, links: Sequence[AccountLink], request_id: str | None) -> Sequence[EndedSession]:
        for link in links:
            self.outbox.append(Unlinked(**self._stamp(citizen_id, request_id), channel=link.channel))
        ids, now = {link.id for link in links}, self.clock.now()
        ended = [
            self.sessions.end_by_handle(citizen_id, session.handle, now=now)
            for session in self.sessions.of_citizen(citizen_id, now=now)
            if session.link_id in ids
        ]
        told = [each for each in ended if each is not None]
        for each in told:
            stamp = self._stamp(citizen_id, request_id)
            self.outbox.append(SignedOut(**stamp, cause=EndCause.UNLINKED, clients=len(each.relying_parties)))
        return told

    @property
    def _stamp(self) -> Stamper:
        return Stamper(self.clock, self.randomness)
