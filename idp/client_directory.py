"""Every relying party in memory: those of clients.yaml first, then those that were registered here.

What is registered lives in SQL and is read whole when its number says that something changed: at once in the process
that changed it, within a second in the others (housekeeping). An identifier that nobody has makes this look at the
number too, a few times a second at most, so that a client may use what it was just given at any worker. A known client
never causes a query.
"""

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

import structlog
from pydantic import ValidationError

from idp.domain.client import Client, Clients
from idp.domain.errors import DomainError
from idp.domain.ports import Clock, KeptClient, RegisteredClients
from idp.registration.methods import ONE

LOOK_AGAIN_SECONDS: Final = 0.25

log = structlog.get_logger(__name__)


def made(kept: KeptClient) -> Client:
    """The domain's client. Raises ValueError or KeyError for one that today's rules refuse."""
    return ONE.validate_python(dict(kept.metadata)).client(kept.secrets)


class ClientDirectory:
    """:class:`idp.domain.client.Clients` of both sources. An identifier of the file is never taken from it."""

    def __init__(self, declared: Clients, registered: RegisteredClients, clock: Clock) -> None:
        self._declared = declared
        self._store = registered
        self._clock = clock
        self._registered: Mapping[str, Client] = {}
        self._made: dict[str, tuple[int, Client]] = {}
        self._number: int | None = None
        self._looked_at = float("-inf")
        self._refreshing = threading.Lock()

    def get(self, client_id: str) -> Client | None:
        """The client of exactly this id."""
        found = self._declared.get(client_id) or self._registered.get(client_id)
        if found is None and self._clock.now() >= self._looked_at + LOOK_AGAIN_SECONDS:
            self.tick()
            found = self._registered.get(client_id)
        return found

    def all(self) -> Sequence[Client]:
        """Every client: as declared, then as registered."""
        declared = tuple(self._declared.all())
        names = {client.client_id for client in declared}
        return (*declared, *(client for name, client in self._registered.items() if name not in names))

    def tick(self) -> None:
        """Read what is registered again if it changed. A store that is away leaves what is known as it is."""
        with suppress(DomainError):
            self.refresh()

    def refresh(self) -> None:
        """As :meth:`tick`. Raises StoreUnavailable."""
        self._looked_at = self._clock.now()
        with self._refreshing:
            number = self._store.number()
            if number == self._number:
                return
            self._registered = {name: client for name, client in map(self._client, self._store.all()) if client}
            self._number = number

    def _client(self, kept: KeptClient) -> tuple[str, Client | None]:
        """The client, the same object as long as nothing about it changed; None: disabled, or refused by the rules."""
        if kept.disabled_at is not None:
            return kept.client_id, None
        version, client = self._made.get(kept.client_id, (0, None))
        if client is not None and version == kept.version:
            return kept.client_id, client
        try:
            client = made(kept)
        except (ValidationError, ValueError, KeyError) as error:
            log.error("registered_client_refused", client_id=kept.client_id, kind=type(error).__name__)  # noqa: TRY400
            return kept.client_id, None
        self._made[kept.client_id] = kept.version, client
        return kept.client_id, client
