"""Telling about requests that are approved elsewhere: the citizen, by text message, that one waits; the client, by a
ping (CIBA section 10.2), that it was answered.

Both go out from other threads: the hotline's answer must not take longer for somebody we know, and the citizen's page
does not wait for a relying party. Each has threads of its own: receivers that take their time, as they may choose to,
hold up other pings and no text message. Neither is the only way (the account page shows what waits, a client in ping
mode may poll), so what a worker has in hand when it stops is not kept.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final

import structlog

from idp.domain.audit_decoupled import ApprovalAsked
from idp.domain.audit_words import CitizenId, ClientId, OpaqueId
from idp.domain.client import Clients
from idp.domain.decoupled import Waiting
from idp.domain.errors import DomainError
from idp.domain.ports import Citizens, Clock, Limits, Outbox, Randomness, SmsGateway, SmsNotice
from idp.people import limits as budget

# (address, bearer token, auth_req_id) -> HTTP status; raises OSError or a client's error
Ping = Callable[[str, str, str], int]

PAUSES: Final = (1.0, 5.0)
# What a receiver may mend by itself. Every other answer is its last word: a 401 or 403 is never tried again, a redirect
# never followed (CIBA section 10.2).
PASSING: Final = frozenset({429, 500, 502, 503, 504})

log = structlog.get_logger(__name__)


class ApprovalNotices:
    """See the module. ``ping`` None: nobody is pinged, clients poll."""

    def __init__(
        self,
        *,
        citizens: Citizens,
        clients: Clients,
        sms: SmsGateway,
        limits: Limits,
        ping: Ping | None,
        outbox: Outbox,
        clock: Clock,
        randomness: Randomness,
        threads: int = 4,
    ) -> None:
        self._citizens = citizens
        self._clients = clients
        self._sms = sms
        self._limits = limits
        self._ping = ping
        self._outbox = outbox
        self._clock = clock
        self._randomness = randomness
        self._texts = ThreadPoolExecutor(threads, thread_name_prefix="approval-texts")
        self._pings = ThreadPoolExecutor(threads, thread_name_prefix="approval-pings")
        self._stopping = threading.Event()

    def asked(self, waiting: Waiting) -> None:
        """A request waits for a citizen. Returns at once."""
        self._submit(self._texts, self._tell_citizen, waiting)

    def answered(self, waiting: Waiting) -> None:
        """A request was approved or refused. Returns at once."""
        if waiting.notify and self._ping is not None:
            self._submit(self._pings, self._tell, waiting)

    def close(self) -> None:
        """Let what is under way finish, without further tries."""
        self._stopping.set()
        self._texts.shutdown(wait=True)
        self._pings.shutdown(wait=True)

    def _submit(self, pool: ThreadPoolExecutor, work: Callable[..., None], about: object) -> None:
        with suppress(RuntimeError):  # the pool is closed: the account page and the client's polls are left
            pool.submit(self._safely, work, about)

    def _safely(self, work: Callable[..., None], about: object) -> None:
        try:
            work(about)
        except Exception as error:  # noqa: BLE001  whatever a gateway or a receiver does, it harms nobody else
            log.warning("approval_notice_failed", kind=type(error).__name__)

    def _tell_citizen(self, waiting: Waiting) -> None:
        """In the account's history, and by text message."""
        event = ApprovalAsked(
            id=OpaqueId(self._randomness.hex(16)),
            at=waiting.created_at,
            citizen_id=CitizenId(waiting.citizen_id),
            client_id=ClientId(waiting.client_id),
        )
        self._outbox.append(event)
        self._text(waiting.citizen_id)

    def _text(self, citizen_id: str) -> None:
        """Without a link and without a number: citizens learn that we never text what is to be followed or typed."""
        citizen = self._citizens.by_id(citizen_id)
        if citizen is None or citizen.mobile is None:
            return
        if self._limits.hit(budget.each(budget.APPROVAL_TEXT, citizen_id), now=self._clock.now()) is not None:
            return
        with suppress(DomainError):  # the gateway is away, or the number has had its texts
            self._sms.send_notice(citizen.mobile, SmsNotice.APPROVAL)

    def _tell(self, waiting: Waiting) -> None:
        client = self._clients.get(waiting.client_id)
        endpoint = client.ciba.notification_endpoint if client is not None and client.ciba is not None else None
        if endpoint is None or self._ping is None:
            return
        for pause in (*PAUSES, 0.0):
            status = self._status(endpoint, waiting)
            if status not in PASSING:
                if not 200 <= status < 300:
                    log.warning("ping_refused", client_id=waiting.client_id, status=status)
                return
            if self._clock.now() >= waiting.until or self._stopping.wait(pause):
                return

    def _status(self, endpoint: str, waiting: Waiting) -> int:
        """The receiver's status; 503 stands for one that was not reached."""
        assert self._ping is not None  # noqa: S101  looked at by the caller
        try:
            return self._ping(endpoint, waiting.notify, waiting.secret)
        except Exception as error:  # noqa: BLE001  DNS, TLS, timeouts: each may pass
            log.warning("ping_not_delivered", client_id=waiting.client_id, kind=type(error).__name__)
            return 503
