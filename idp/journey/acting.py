"""For whom the citizen acts at a client: what there is to choose from, and what was chosen here before.

A choice is the id of a standing, ``FOR_ONESELF``, or None as long as nobody was asked. It is part of the client's
release in this session, so the next sign-on there neither asks nor reads anything more.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from idp.domain.authorization import AuthorizationRequest
from idp.domain.channel import ChannelFacts
from idp.domain.claims import Scope
from idp.domain.client import Client
from idp.domain.organisations import ACTING_LEVEL, FOR_ONESELF, Choice, Standing, lets_act, newest_of_each
from idp.domain.ports import Clock, SessionFacts, Sessions, Standings
from idp.journey.record import Journey

ASKS_AGAIN = frozenset({"select_account", "consent"})


@dataclass(frozen=True, slots=True)
class Acting:
    """See the module. ``channels``: the facts of those on offer, by name."""

    standings: Standings
    sessions: Sessions
    clock: Clock
    channels: Mapping[str, ChannelFacts]

    def of(self, citizen_id: str) -> tuple[Standing, ...]:
        """For which organisations the citizen may act now, newest proof first."""
        now = self.clock.now()
        return tuple(each for each in newest_of_each(self.standings.of(citizen_id)) if each.alive(now))

    def open(self, journey: Journey, session: SessionFacts) -> bool:
        """Whether the citizen is to choose: asked for, at a level that releases it, and nothing chosen that holds."""
        request, chosen = journey.request, journey.acting_for
        if request is None or not request.asks_for_whom or session.level < ACTING_LEVEL:
            return False
        if chosen == FOR_ONESELF:
            return request.claims.must_act
        ids = {each.id for each in self.of(session.citizen_id)}
        if chosen is not None:
            return chosen not in ids
        # Where no way leads to an organisation there is nothing to choose; who is insisted on is told so on the page.
        return bool(ids) or request.claims.must_act or any(map(lets_act, self.channels.values()))

    def earlier(self, request: AuthorizationRequest, token: str, session: SessionFacts) -> str | None:
        """What was chosen for this client in this session, as far as it answers ``request``."""
        if request.prompts & ASKS_AGAIN:
            return None
        chosen = self.sessions.chosen(token, request.client_id, now=self.clock.now())
        if chosen == FOR_ONESELF:
            return None if request.claims.must_act else chosen
        return chosen if self.find(session.citizen_id, chosen) else None

    def find(self, citizen_id: str, chosen: str | None) -> Standing | None:
        """The live standing that was chosen; None for any other choice, and for one that does not hold any more."""
        return next((each for each in self.of(citizen_id) if each.id == chosen), None) if chosen else None

    def settled(self, journey: Journey, client: Client, token: str, session: SessionFacts) -> Choice | None:
        """The choice to release by: the journey's, or what a request that does not ask leaves as it was.

        None when what was chosen ran out, or was taken away, on the way here.
        """
        chosen, request = journey.acting_for, journey.request
        if chosen is None and request is not None and Scope.LEGAL_PERSON in client.scopes:
            chosen = self.earlier(request, token, session)
        standing = self.find(session.citizen_id, chosen)
        return None if chosen and standing is None else Choice(chosen, standing)
