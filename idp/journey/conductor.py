"""Carries journeys: begins them, finds them again for their browser, decides the next step, and ends them once.

The conductor gathers a :class:`~idp.journey.dispatch.Situation` from the stores and asks the dispatcher; it decides
nothing itself.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from idp.domain.audit import SignedOn
from idp.domain.audit_words import ClientId, OpaqueId
from idp.domain.authorization import AuthorizationRequest
from idp.domain.channel import ChannelFacts
from idp.domain.claims import Scope
from idp.domain.client import Client, Clients
from idp.domain.errors import InteractionNeeded, JourneyLost, JourneyMoved, LimitReached
from idp.domain.organisations import Choice
from idp.domain.ports import (
    Citizens,
    Clock,
    Consents,
    FieldCipher,
    Granted,
    Limit,
    Limits,
    Randomness,
    Records,
    Release,
    SessionFacts,
    Sessions,
    SignOnRequest,
    Spent,
    Versioned,
)
from idp.domain.subjects import pairwise
from idp.journey.acting import Acting
from idp.journey.dispatch import FORBIDDEN, Situation, Step, agreed, next_step
from idp.journey.record import Journey, Purpose
from idp.journey.releases import Asked, make_release

# Anybody can begin journeys: they are bounded by place and browser. Behind one address may stand a whole hall.
BEGIN_ADDRESS = Limit("journey.begin.address", 3000, 600.0)
BEGIN_BROWSER = Limit("journey.begin.browser", 300, 600.0)


@dataclass(frozen=True, slots=True)
class Lives:
    """Lives in seconds."""

    journey: float
    code: float
    grant: float


@dataclass(frozen=True, slots=True)
class Conductor:
    """See the module. ``consents`` and ``citizens`` are asked only where a live session alone does not decide."""

    journeys: Records
    limits: Limits
    sessions: Sessions
    citizens: Citizens
    consents: Consents
    clients: Clients
    cipher: FieldCipher
    clock: Clock
    randomness: Randomness
    lives: Lives
    pushed: Records
    acting: Acting
    channels: Mapping[str, ChannelFacts] = field(default_factory=dict)

    def begin(
        self,
        request: AuthorizationRequest | None,
        browser: str,
        *,
        address: str,
        **wants: Any,
    ) -> Journey:
        """A new journey for this browser; without a request it leads to the account page. Raises LimitReached.

        ``wants``: what else the journey is for, by the names of :class:`~idp.journey.record.Journey`: ``wants_level``,
        ``reauthenticate``, ``leads_to``, ``sets_up``, ``opts_in``, ``waiting``, ``proves_standing``.
        """
        now = self.clock.now()
        full = self.limits.hit([(BEGIN_BROWSER, browser), (BEGIN_ADDRESS, address)], now=now)
        if full is not None:
            raise LimitReached(full[0].name, full[1])
        journey = Journey(
            id=self.randomness.token(24),
            browser=_digest(browser),
            created_at=now,
            expires_at=now + self.lives.journey,
            purpose=Purpose.SIGN_ON if request else Purpose.ACCOUNT,
            request=request,
            **wants,
        )
        self.journeys.create(journey.id, journey.to_json(), now=now, expires_at=journey.expires_at)
        return journey

    def find(self, journey_id: str, browser: str | None) -> Journey:
        """The journey, for the browser that began it. Raises JourneyLost for every other case, alike."""
        found = self.journeys.read(journey_id, now=self.clock.now())
        if isinstance(found, Spent):
            raise JourneyLost(finished=True, client_id=found.note or None)
        if found is None or browser is None:
            raise JourneyLost
        journey = Journey.from_json(journey_id, found.value, found.version)
        if not hmac.compare_digest(journey.browser, _digest(browser)):
            raise JourneyLost
        return journey

    def save(self, journey: Journey) -> Journey:
        """Keep the changed journey. Raises JourneyMoved when another tab was quicker."""
        if not self.journeys.replace(journey.id, journey.to_json(), version=journey.version, now=self.clock.now()):
            raise JourneyMoved(journey.id)
        return journey.with_(version=journey.version + 1)

    def step(self, journey: Journey, session: SessionFacts | None) -> Step:
        """What comes next."""
        return next_step(self._situation(journey, session))

    def sign_on(self, request: AuthorizationRequest, token: str | None) -> Granted | None:
        """The hot path: the code from a live session in one round trip, or None when more must be looked at.

        ``verified_claims`` are told from evidence alive now, so they are never answered from an earlier release; a
        matter is agreed to by itself, which a release does not tell.
        """
        if token is None or request.prompts & {"login", "consent", "select_account"}:
            return None
        if request.claims.verified or request.details:
            return None
        needed = max(request.essential_level, request.wanted_level)
        since = 0.0 if request.max_age is None else self.clock.now() - request.max_age
        answer = self.sessions.sign_on(
            token, self._sign_on_request(request, needed, since), self._event(request), now=self.clock.now()
        )
        return answer if isinstance(answer, Granted) else None

    def without_page(self, request: AuthorizationRequest, token: str | None) -> Granted | Step:
        """The warm path: what the stores say, still without a page; else the step whose page is needed.

        Raises InteractionNeeded when the client forbade pages (prompt=none).
        """
        now = self.clock.now()
        journey = Journey(id="", browser="", created_at=now, expires_at=now, request=request)
        session = self.sessions.read(token, now=now) if token else None
        if request.asks_for_whom and token is not None and session is not None:
            journey = journey.with_(acting_for=self.acting.earlier(request, token, session))
        step = self.step(journey, session)
        if step is Step.ANSWER and token is not None and session is not None:
            granted = self._grant(journey, token, session)
            if granted is not None:
                return granted
            step = Step.SIGN_IN
        if "none" in request.prompts:
            raise InteractionNeeded(FORBIDDEN[step])
        return step

    def answer(self, journey: Journey, token: str, session: SessionFacts) -> Granted:
        """End the journey with a code, exactly once. Raises JourneyLost when another tab answered it already."""
        request = journey.request
        if request is None or self.step(journey, session) is not Step.ANSWER:
            raise JourneyMoved(journey.id)
        self.close(journey)
        granted = self._grant(journey, token, session)
        if granted is None:
            raise JourneyLost(finished=True, client_id=request.client_id)
        return granted

    def close(self, journey: Journey) -> None:
        """End the journey without a code (refused, cancelled, account page reached). Raises JourneyLost if ended."""
        note = journey.request.client_id if journey.request else ""
        if not self.journeys.redeem(journey.id, version=journey.version, note=note, now=self.clock.now()):
            raise JourneyLost(finished=True, client_id=note or None)

    def client_of(self, journey: Journey) -> Client | None:
        """The journey's client. Raises JourneyLost when it was removed from clients.yaml meanwhile."""
        if journey.request is None:
            return None
        client = self.clients.get(journey.request.client_id)
        if client is None or not (journey.waiting or journey.request.redirect_uri in client.redirect_uris):
            raise JourneyLost
        return client

    def subject(self, citizen_id: str, client: Client) -> str | None:
        """The citizen's subject identifier at this client."""
        return next(iter(self._subjects(citizen_id, client)), None)

    def _subjects(self, citizen_id: str, client: Client) -> Sequence[str]:
        """Every subject identifier the citizen has at this client: the one it receives, then aliases (merges)."""
        secrets = self.citizens.subject_secrets(citizen_id, client.sector)
        return [pairwise(secret, client.sector) for secret in secrets]

    def _situation(self, journey: Journey, session: SessionFacts | None) -> Situation:
        client = self.client_of(journey)
        if client is None or session is None:
            return Situation(journey, client, session)
        expected = journey.request.expected_sub if journey.request else None
        known = expected is not None and expected in self._subjects(session.citizen_id, client)
        consent = self.consents.of(session.citizen_id, client.client_id)
        choosing = self.acting.open(journey, session)
        return Situation(journey, client, session, consent, expected if known else None, choosing)

    def _grant(self, journey: Journey, token: str, session: SessionFacts) -> Granted | None:
        """Make the client's release anew and sign on with it.

        Raises JourneyLost when the request was pushed, opened twice, and answered the other time (RFC 9126 section 4).
        """
        request, client = journey.request, self.client_of(journey)
        citizen = self.citizens.by_id(session.citizen_id)
        if request is None or client is None or citizen is None or citizen.disabled_at is not None:
            return None
        now = self.clock.now()
        consent = self.consents.of(session.citizen_id, client.client_id)
        chosen = self.acting.settled(journey, client, token, session)
        if chosen is None or not agreed(request, client, consent):
            return None
        unasked = {Scope.LEGAL_PERSON} if chosen.value is None else set()  # a request that asks is not answered by it
        scopes = frozenset(request.scopes) | (consent.scopes & client.scopes - unasked if consent else frozenset())
        asked, subjects = self._asked(request, citizen.id, now, chosen), self._subjects(citizen.id, client)
        release = make_release(
            citizen,
            client,
            subjects[0],
            scopes,
            session.level,
            cipher=self.cipher,
            randomness=self.randomness,
            asked=asked,
        )
        ask = self._sign_on_request(request, request.essential_level, journey.authenticated_since)
        if request.expected_sub in subjects:  # an alias names the same person; the client receives the leading one
            ask = replace(ask, expected_sub=release.sub)
        if request.pushed and not isinstance(self.pushed.take(request.pushed, note="answered", now=now), Versioned):
            raise JourneyLost(finished=True, client_id=request.client_id)
        granted = self._release_and_sign_on(token, release, ask, self._event(request))
        if granted is None:
            if request.pushed:
                self.pushed.put_back(request.pushed)
            return None
        known = consent.scopes | consent.implied if consent else frozenset()
        if not request.to_agree <= known:
            # Nobody was asked (consent is implied), still the citizen shall see who knows them, and can disconnect it.
            self.consents.note_implied(session.citizen_id, client.client_id, request.to_agree, now=now)
        return granted

    def _release_and_sign_on(self, token: str, release: Release, ask: SignOnRequest, event: SignedOn) -> Granted | None:
        """Twice at most: another tab of the same client may put its release, for other claims, between the two."""
        for _ in range(2):
            if not self.sessions.release(token, release, now=self.clock.now()):
                return None
            granted = self.sessions.sign_on(token, ask, event, now=self.clock.now())
            if isinstance(granted, Granted):
                return granted
        return None

    def _asked(self, request: AuthorizationRequest, citizen_id: str, now: float, chosen: Choice) -> Asked:
        rows = self.citizens.evidence_of(citizen_id) if request.claims.verified else ()
        return Asked(request.claims, now, rows, self.channels, chosen)

    def _sign_on_request(self, request: AuthorizationRequest, level: int, since: float) -> SignOnRequest:
        offline, client = "offline_access" in request.scopes, self.clients.get(request.client_id)
        return SignOnRequest(
            client_id=request.client_id,
            redirect_uri=request.redirect_uri,
            scope=request.scopes,
            code_challenge=request.code_challenge,
            nonce=request.nonce,
            authenticated_since=since,
            minimum_level=int(level),
            expected_sub=request.expected_sub,
            code_seconds=self._code_seconds(request, client),
            grant_seconds=self.lives.grant,
            offline=offline,
            asked=request.claims.fingerprint,
            resources=request.resources,
            details=request.details,
            dpop_jkt=request.dpop_jkt,
        )

    def _code_seconds(self, request: AuthorizationRequest, client: Client | None) -> float:
        """What was asked elsewhere is fetched by the client's own next poll, never by this browser's redirect."""
        if not request.redirect_uri:
            return self.lives.grant
        return min(self.lives.code, client.rules.code_seconds) if client else self.lives.code

    def _event(self, request: AuthorizationRequest) -> SignedOn:
        return SignedOn(
            id=OpaqueId(self.randomness.hex(16)), at=self.clock.now(), client_id=ClientId(request.client_id), level=0
        )


def _digest(browser: str) -> str:
    return hashlib.sha256(browser.encode()).hexdigest()
