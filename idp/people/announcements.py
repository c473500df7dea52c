"""Telling a citizen's relying parties what changed about the account.

Finds who is to be told (clients that the citizen is connected to, agreed or implied, and that take security events),
names the citizen to each by the ``sub`` which that client knows, and keeps all events of one occasion in one call.
Delivery is another's work; what was kept here is told however long a client is away.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from idp.domain.assurance import Level
from idp.domain.client import Client, Clients
from idp.domain.ports import Citizens, Clock, Consents, Randomness, SecurityEvent, SecurityEventKind, SecurityEvents
from idp.domain.security_event import CredentialChange, CredentialType
from idp.domain.subjects import pairwise
from idp.people.representing import TOLD_FOR_WHOM

ID_BYTES: Final = 16
NO_DETAIL: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Announcements:
    """See the module. Every method answers how many clients will be told, and may raise StoreUnavailable.

    ``subject`` gives the ``sub`` by which a client knows an account (the one rule of the house, aliases included);
    ``wake`` says that there is something to deliver and returns at once; ``takes``: whether a client wants a kind.
    """

    citizens: Citizens
    consents: Consents
    clients: Clients
    events: SecurityEvents
    clock: Clock
    randomness: Randomness
    subject: Callable[[str, Client], str | None]
    wake: Callable[[], None]
    takes: Callable[[Client, SecurityEventKind], bool]

    def level_changed(self, citizen_id: str, previous: Level, current: Level, *, occasion: str | None = None) -> int:
        """The real-name level is another now. Nobody is told when it is the same.

        ``occasion``: what several workers may notice, in the same words; it is told once.
        """
        if previous is current:
            return 0
        detail = {"previous": previous.acr, "current": current.acr}
        return self._tell_all(citizen_id, SecurityEventKind.LEVEL_CHANGED, detail, occasion)

    def sessions_revoked(self, citizen_id: str) -> int:
        """Every session of the citizen is over: relying parties should end theirs, whatever they hang on."""
        return self._tell_all(citizen_id, SecurityEventKind.SESSIONS_REVOKED)

    def account_disabled(self, citizen_id: str) -> int:
        """The account cannot be used any more."""
        return self._tell_all(citizen_id, SecurityEventKind.ACCOUNT_DISABLED)

    def account_enabled(self, citizen_id: str) -> int:
        """It can be used again."""
        return self._tell_all(citizen_id, SecurityEventKind.ACCOUNT_ENABLED)

    def credential_changed(self, citizen_id: str, credential: CredentialType, change: CredentialChange) -> int:
        """A way to sign in came, went or is another now."""
        detail = {"credential": credential.value, "change": change.value}
        return self._tell_all(citizen_id, SecurityEventKind.CREDENTIAL_CHANGED, detail)

    def credential_compromised(self, citizen_id: str, credential: CredentialType) -> int:
        """Somebody else may have used it."""
        return self._tell_all(citizen_id, SecurityEventKind.CREDENTIAL_COMPROMISED, {"credential": credential.value})

    def mandate_revoked(self, citizen_id: str) -> int:
        """The citizen stands for an organisation no more: clients that are told for whom the citizen acts learn it."""
        told = {
            each.client_id for each in self.consents.all_of(citizen_id) if TOLD_FOR_WHOM & (each.scopes | each.implied)
        }
        return self._tell_all(citizen_id, SecurityEventKind.MANDATE_REVOKED, only=told)

    def purge_events(self, accounts: Sequence[str]) -> Sequence[SecurityEvent]:
        """What every client is to be told that knows, or knew, one of a person's accounts which are to be deleted.

        One event for each ``sub`` that the client may know. They are kept with the deletion: afterwards nobody can
        derive a ``sub`` any more.
        """
        kind, subs = SecurityEventKind.ACCOUNT_PURGED, dict[tuple[str, str], tuple[Client, str]]()
        for account in accounts:
            for client in self._registered(self.consents.ever_of(account), kind):
                for secret in self.citizens.subject_secrets(account, client.sector):
                    sub = pairwise(secret, client.sector)
                    subs.setdefault((client.client_id, sub), (client, account))
        return [
            self._event(client, account, kind, sub, NO_DETAIL, f"purged {sub}")
            for (_, sub), (client, account) in subs.items()
        ]

    def subjects_joined(self, kept_id: str, joined_id: str, *, leading: Collection[str] = ()) -> int:
        """Two accounts are one person's: each client that knows either learns that both subjects are the same.

        The kept account's ``sub`` goes on and the joined one's is its alias; the other way round in the sectors of
        ``leading``. Both accounts' consents are read, so it may be called before or after these are moved.
        """
        return self._tell_of_two(kept_id, joined_id, leading, SecurityEventKind.SUBJECTS_JOINED)

    def subjects_parted(self, kept_id: str, joined_id: str, *, leading: Collection[str] = ()) -> int:
        """The joining was taken back: the same clients learn that the two subjects are two persons'."""
        return self._tell_of_two(kept_id, joined_id, leading, SecurityEventKind.SUBJECTS_PARTED)

    def _tell_all(
        self,
        citizen_id: str,
        kind: SecurityEventKind,
        detail: Mapping[str, str] = NO_DETAIL,
        occasion: str | None = None,
        only: Collection[str] | None = None,
    ) -> int:
        return self._keep(
            [
                self._event(client, citizen_id, kind, sub, detail, occasion)
                for client in self._told_about(kind, citizen_id)
                if only is None or client.client_id in only
                if (sub := self.subject(citizen_id, client)) is not None
            ]
        )

    def _tell_of_two(self, kept_id: str, joined_id: str, leading: Collection[str], kind: SecurityEventKind) -> int:
        kept, joined = self.citizens.by_id(kept_id), self.citizens.by_id(joined_id)
        if kept is None or joined is None:
            return 0
        events = []
        for client in self._told_about(kind, kept_id, joined_id):
            sub, alias = pairwise(kept.subject_secret, client.sector), pairwise(joined.subject_secret, client.sector)
            if client.sector in leading:
                sub, alias = alias, sub
            events.append(self._event(client, kept_id, kind, sub, {"alias": alias}))
        return self._keep(events)

    def _told_about(self, kind: SecurityEventKind, *citizen_ids: str) -> Iterator[Client]:
        """Clients that know one of the accounts, are still registered, and take events of this kind; each once."""
        known = dict.fromkeys(consent.client_id for each in citizen_ids for consent in self.consents.all_of(each))
        return self._registered(known, kind)

    def _registered(self, client_ids: Iterable[str], kind: SecurityEventKind) -> Iterator[Client]:
        for client_id in client_ids:
            client = self.clients.get(client_id)
            if client is not None and self.takes(client, kind):
                yield client

    def _event(
        self,
        client: Client,
        citizen_id: str,
        kind: SecurityEventKind,
        sub: str,
        detail: Mapping[str, str],
        occasion: str | None = None,
    ) -> SecurityEvent:
        return SecurityEvent(
            id=self.randomness.hex(ID_BYTES) if occasion is None else _id_of(occasion, client),
            client_id=client.client_id,
            citizen_id=citizen_id,
            kind=kind,
            at=self.clock.now(),
            sub=sub,
            detail=detail,
        )

    def _keep(self, events: list[SecurityEvent]) -> int:
        if events:
            self.events.announce(events)
            self.wake()
        return len(events)


def _id_of(occasion: str, client: Client) -> str:
    """The same id for the same occasion at the same client; another at every client, so none links two subjects."""
    return hashlib.sha256(f"{occasion} {client.client_id}".encode()).hexdigest()[: 2 * ID_BYTES]
