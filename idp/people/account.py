"""The citizen's own view: level and why, evidence, who uses the identity, where one is signed in; and how to end it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from idp.domain.assurance import Level, Line, explain, level_of
from idp.domain.audit import ConsentGiven, ConsentWithdrawn, SignedOut
from idp.domain.audit_words import ClientId, EndCause
from idp.domain.client import Client, Clients
from idp.domain.contra import ContraIndicator
from idp.domain.errors import SignInRefused
from idp.domain.evidence import Evidence
from idp.domain.ports import (
    AuditEntry,
    AuditLog,
    Citizen,
    Citizens,
    Clock,
    Consents,
    EndedSession,
    Grants,
    Outbox,
    Randomness,
    SessionFacts,
    Sessions,
)
from idp.people.stamp import Stamper

RECENT_EVENTS: Final = 20


@dataclass(frozen=True, slots=True)
class Portal:
    """A connected client. ``client`` is None when it left clients.yaml; it can be disconnected all the same."""

    client: Client | None
    client_id: str
    scopes: frozenset[str]
    granted_at: float


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything on the account page. ``level`` is that of the evidence; ``lines`` explain it."""

    citizen: Citizen
    level: Level
    lines: Sequence[Line]
    evidence: Sequence[Evidence]
    contra: Sequence[ContraIndicator]
    portals: Sequence[Portal]
    sessions: Sequence[SessionFacts]
    events: Sequence[AuditEntry]


@dataclass(frozen=True, slots=True)
class Account:
    """See the module. Every method acts on the account named, which is the session's; no method names another."""

    citizens: Citizens
    consents: Consents
    sessions: Sessions
    grants: Grants
    audit: AuditLog
    outbox: Outbox
    clients: Clients
    clock: Clock
    randomness: Randomness

    def overview(self, citizen_id: str) -> Overview:
        """What the account page shows. Raises SignInRefused when the account is gone or disabled."""
        citizen = self.citizens.by_id(citizen_id)
        if citizen is None or citizen.disabled_at is not None:
            raise SignInRefused
        now = self.clock.now()
        evidence = self.citizens.evidence_of(citizen_id)
        return Overview(
            citizen=citizen,
            level=level_of(evidence, now),
            lines=explain(evidence, now),
            evidence=evidence,
            contra=self.citizens.contra_of(citizen_id),
            portals=[
                Portal(
                    self.clients.get(consent.client_id),
                    consent.client_id,
                    consent.scopes | consent.implied,
                    consent.granted_at,
                )
                for consent in self.consents.all_of(citizen_id)
            ],
            sessions=self.sessions.of_citizen(citizen_id, now=now),
            events=self.audit.recent(citizen_id, limit=RECENT_EVENTS),
        )

    def consent(self, citizen_id: str, client_id: str, scopes: Iterable[str]) -> None:
        """Remember that the citizen agreed to ``scopes`` for a client."""
        agreed = frozenset(scopes)
        self.consents.give(citizen_id, client_id, agreed, now=self.clock.now())
        stamp = self._stamp(citizen_id)
        self.outbox.append(ConsentGiven(**stamp, client_id=ClientId(client_id), scopes=tuple(sorted(agreed))))

    def disconnect(self, citizen_id: str, client_id: str) -> bool:
        """End a client's consent, grants (offline ones too) and releases. False when it had none of them."""
        now = self.clock.now()
        # The consent first: while it stands, a sign-on on its way could make a new release after the old one is gone.
        consented = self.consents.withdraw(citizen_id, client_id, now=now)
        granted = self.grants.revoke_client(citizen_id, client_id, now=now) > 0
        if consented or granted:
            self.outbox.append(ConsentWithdrawn(**self._stamp(citizen_id), client_id=ClientId(client_id)))
        return consented or granted

    def end_session(self, citizen_id: str, handle: str) -> EndedSession | None:
        """End one of the citizen's own sessions; whom to tell, or None when there is no such session."""
        ended = self.sessions.end_by_handle(citizen_id, handle, now=self.clock.now())
        if ended is not None:
            self._record_end(ended, EndCause.CITIZEN)
        return ended

    def sign_out(self, token: str, cause: EndCause = EndCause.SIGN_OUT) -> EndedSession | None:
        """End the session of ``token``; whom to tell, or None when there is no such session."""
        ended = self.sessions.end(token, now=self.clock.now())
        if ended is not None:
            self._record_end(ended, cause)
        return ended

    def end_others(
        self, citizen_id: str, keep_token: str | None, cause: EndCause = EndCause.CITIZEN
    ) -> Sequence[EndedSession]:
        """End every session but the one of ``keep_token``: asked for, or after a proof (``EndCause.PROOF``).

        Whoever opened the account before its owner proved it must be out then (pre-hijacking, Sudhodanan & Paverd,
        USENIX Security 2022).
        """
        ended = self.sessions.end_all(citizen_id, now=self.clock.now(), keep=keep_token)
        for session in ended:
            self._record_end(session, cause)
        return ended

    def _record_end(self, ended: EndedSession, cause: EndCause) -> None:
        stamp = self._stamp(ended.citizen_id)
        self.outbox.append(SignedOut(**stamp, cause=cause, clients=len(ended.relying_parties)))

    @property
    def _stamp(self) -> Stamper:
        return Stamper(self.clock, self.randomness)
