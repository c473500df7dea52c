"""Telling relying parties that a session ended: back-channel logout (OpenID Connect Back-Channel Logout 1.0, 2.5).

Notices go out from a small pool of threads: a slow or dead receiver does not hold up the citizen's sign-out. Each is
tried a few times with growing pauses; a redirect is never followed, and only registered addresses are called.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog

from idp.domain.audit import CitizenId, ClientId, LogoutDelivered, OpaqueId, Outcome
from idp.domain.client import Client, Clients
from idp.domain.ports import Clock, EndedSession, Outbox, Randomness
from idp.oidc.logout_tokens import LogoutTokens

Post = Callable[[str, str], int]  # (address, logout token) -> HTTP status; raises OSError or a client's error
PAUSES = (0.0, 0.5, 2.0, 8.0)
ACCEPTED = frozenset({200, 204})
FINAL = range(400, 500)

log = structlog.get_logger(__name__)


class LogoutNotices:
    """Sends logout tokens; ``stopping`` cuts pauses short when the process ends."""

    def __init__(
        self,
        *,
        clients: Clients,
        tokens: LogoutTokens,
        post: Post,
        outbox: Outbox,
        clock: Clock,
        randomness: Randomness,
        threads: int = 4,
    ) -> None:
        self._clients = clients
        self._tokens = tokens
        self._post = post
        self._outbox = outbox
        self._clock = clock
        self._randomness = randomness
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="logout-notice")

    def send(self, ended: EndedSession) -> int:
        """Tell every relying party of the session that asked to be told; returns at once. How many will be told."""
        told = 0
        for client_id, sub, sid in ended.relying_parties:
            client = self._clients.get(client_id)
            if client is not None and client.backchannel_logout_uri is not None:
                self._pool.submit(self._deliver, client, client.backchannel_logout_uri, ended.citizen_id, sub, sid)
                told += 1
        return told

    def close(self) -> None:
        """Let notices under way finish, without further pauses."""
        self._stopping.set()
        self._pool.shutdown(wait=True)

    def _deliver(self, client: Client, address: str, citizen_id: str, sub: str, sid: str) -> None:
        outcome = Outcome.UNAVAILABLE
        for pause in PAUSES:
            if pause and self._stopping.wait(pause):
                break
            try:
                status = self._post(address, self._tokens.mint(client, sub, sid))
            except Exception as error:  # noqa: BLE001  whatever a receiver does, the next one must be told
                log.warning("logout_notice_failed", client_id=client.client_id, kind=type(error).__name__)
                continue
            if status in ACCEPTED:
                outcome = Outcome.OK
                break
            log.warning("logout_notice_refused", client_id=client.client_id, status=status)
            if status in FINAL:
                outcome = Outcome.REFUSED
                break
        self._outbox.append(
            LogoutDelivered(
                id=OpaqueId(self._randomness.hex(16)),
                at=self._clock.now(),
                citizen_id=CitizenId(citizen_id),
                client_id=ClientId(client.client_id),
                outcome=outcome,
            )
        )
