"""The one way to call an upstream: deadlines, a size limit, a bounded retry, a breaker, one family of errors.

Every call ends in an answer, ``Unavailable`` or ``Distrusted`` (channels.md 2.4). Redirects are not followed, proxies
and certificates of the environment are not used, answers are not decompressed (a compressed answer may be a bomb), and
no log line carries a URL, a header or a body.
"""

import logging
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Self, TypeAlias, TypeVar

import httpx
import orjson
import structlog

from adapters.breaker import Gate, InProcessBreakers
from idp.domain.circuits import LONGEST_PAUSE, Operation
from idp.domain.errors import Distrusted, Unavailable
from idp.domain.ports import Breakers, Clock, Randomness, SmsGateway

T = TypeVar("T")
MEBIBYTE: Final = 1024 * 1024
_RETRY_STATUSES: Final = frozenset({502, 503, 504})
_SAY_WHEN: Final = frozenset({429, 503})
_JITTER_FROM, _JITTER_SPAN = 0.2, 0.3

# httpx logs every URL at INFO, httpcore headers at DEBUG; some upstreams put personal data there (channels.md 2.5).
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

log = structlog.get_logger("adapters.http")


class Transient(Unavailable):
    """No usable answer, and asking once more may help.

    ``maybe_done``: the upstream may have acted, so that only an idempotent call may be sent again.
    """

    def __init__(self, channel: str, what: str, *, maybe_done: bool, retry_at: float | None = None) -> None:
        super().__init__(channel, what, retry_at=retry_at)
        self.maybe_done = maybe_done


@dataclass(frozen=True, slots=True)
class CallClass:
    """Seconds to connect, to wait for bytes, and for the whole call with its retry; and whether it may be repeated.

    ``charged``: whether it counts against the channel's daily quota. Tokens and polls do not.
    """

    connect: float
    read: float
    overall: float
    idempotent: bool
    charged: bool = True


IDEMPOTENT_CHECK: Final = CallClass(connect=3, read=8, overall=20, idempotent=True)
SECRET_FETCH: Final = CallClass(connect=3, read=5, overall=14, idempotent=True, charged=False)
SIDE_EFFECT: Final = CallClass(connect=3, read=8, overall=20, idempotent=False)


@dataclass(frozen=True, slots=True)
class Request:
    """A call. ``path`` is appended to the base URL; ``query`` must not carry personal data.

    ``method``: POST unless the upstream documents GET.
    ``readable``: statuses whose body the caller reads besides 200 (a SOAP fault is a 500).
    """

    path: str
    content: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    readable: frozenset[int] = frozenset()
    method: Literal["GET", "POST"] = "POST"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer whose status the caller said it can read, whole and within the size limit."""

    channel: str
    status: int
    body: bytes = field(repr=False)

    def json_object(self) -> dict[str, Any]:
        """The body as a JSON object. Raises Distrusted for anything else."""
        return json_object(self.channel, self.body)


Send: TypeAlias = Callable[[Request], Answer]


def json_object(channel: str, text: str | bytes) -> dict[str, Any]:
    """A JSON object out of untrusted text. Raises Distrusted."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Distrusted(channel, "not JSON") from None
    if not isinstance(value, dict):
        raise Distrusted(channel, "JSON, but no object")
    return value


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every upstream client needs from the world. ``transport`` None means real sockets.

    ``sms`` is for channels that send a code of our own. ``daily_quota``: charged calls that this channel may make in a
    day in China, None for any number; all workers count together where they share ``breakers``.
    """

    clock: Clock
    randomness: Randomness
    transport: httpx.BaseTransport | None = None
    pause: Callable[[float], None] = time.sleep
    breakers: Breakers = field(default_factory=InProcessBreakers)
    sms: SmsGateway | None = None
    daily_quota: int | None = None


class Upstream:
    """A client of one upstream, for one channel. Safe for threads.

    Raises ValueError when ``base_url`` is not https and plain http was not allowed: the exchange platforms sign
    neither bodies nor answers, so TLS is all the integrity there is (channels.md 3.2).
    """

    def __init__(
        self,
        channel: str,
        base_url: str,
        around: Surroundings,
        *,
        allow_plain_http: bool = False,
        max_bytes: int = MEBIBYTE,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        url = httpx.URL(base_url)
        if url.scheme not in ({"https", "http"} if allow_plain_http else {"https"}) or not url.host:
            raise ValueError(f"{channel}: base_url must be https")
        self._channel = channel
        self._base = base_url.rstrip("/")
        self._host = url.netloc.decode()
        self._around = around
        self._gate = Gate(around.breakers, around.daily_quota)
        self._max_bytes = max_bytes
        self._client = httpx.Client(
            transport=around.transport,
            verify=True if tls is None else tls,
            trust_env=False,
            follow_redirects=False,
            headers={"Accept-Encoding": "identity", "User-Agent": "yihaotong"},
        )

    def close(self) -> None:
        """Close idle connections."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, operation: str, exchange: Callable[[Send], T], kind: CallClass, *, deadline: float) -> T:
        """Run ``exchange`` with a sender, at most twice, before ``deadline`` (seconds since the epoch).

        ``exchange`` builds a request, sends it and reads the answer; when it is run again it must build a new one.
        It may raise :class:`Transient` for an answer that its upstream documents as worth a second try.
        Raises Unavailable (also when the breaker is open or the day's quota is used up, with ``retry_at``) and
        Distrusted.
        """
        started = self._around.clock.now()
        deadline = min(deadline, started + kind.overall)
        watched = Operation(self._channel, self._host, operation)
        given = self._gate.enter(watched, charged=kind.charged, now=started)
        failed, ending = True, "failed"
        try:
            result = self._at_most_twice(lambda: exchange(lambda r: self._send(r, kind, deadline)), kind, deadline)
            failed, ending = False, "answered"
        except Distrusted as error:
            failed, ending = False, f"distrusted {error.what}"
            raise
        except Unavailable as error:
            ending = f"unavailable {error.what}"
            raise
        else:
            return result
        finally:
            now = self._around.clock.now()
            self._gate.leave(watched, given, failed=failed, now=now)
            log.info(
                "upstream_call",
                channel=self._channel,
                operation=operation,
                ending=ending,
                milliseconds=round((now - started) * 1000),
            )

    def _at_most_twice(self, once: Callable[[], T], kind: CallClass, deadline: float) -> T:
        try:
            return once()
        except Transient as error:
            jitter = _JITTER_FROM + _JITTER_SPAN * int.from_bytes(self._around.randomness.octets(2)) / 0xFFFF
            if (error.maybe_done and not kind.idempotent) or self._around.clock.now() + jitter >= deadline:
                raise
            self._around.pause(jitter)
        return once()

    def _send(self, request: Request, kind: CallClass, deadline: float) -> Answer:
        left = deadline - self._around.clock.now()
        if left <= 0:
            raise Unavailable(self._channel, "deadline passed")
        timeout = httpx.Timeout(min(kind.read, left), connect=min(kind.connect, left), pool=min(kind.connect, left))
        answering = False
        try:
            with self._client.stream(
                request.method,
                self._base + request.path,
                content=request.content,
                headers=dict(request.headers),
                params=dict(request.query) or None,
                timeout=timeout,
            ) as response:
                answering = True
                self._check_status(response, request)
                return Answer(self._channel, response.status_code, self._read(response, deadline))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            if _is_wrong_certificate(error):
                raise Distrusted(self._channel, "certificate not of this host") from None
            raise Transient(self._channel, "no connection", maybe_done=False) from None
        except httpx.TimeoutException:
            if answering:
                raise Unavailable(self._channel, "answer stopped") from None
            raise Transient(self._channel, "no answer in time", maybe_done=True) from None
        except httpx.TransportError:
            raise Unavailable(self._channel, "connection lost") from None
        except (httpx.InvalidURL, UnicodeError):
            raise Distrusted(self._channel, "unreadable answer") from None

    def _check_status(self, response: httpx.Response, request: Request) -> None:
        status = response.status_code
        if status == 200 or status in request.readable:
            return
        retry_at = _retry_at(response.headers.get("retry-after", ""), self._around.clock.now())
        if retry_at is not None and status in _SAY_WHEN:
            raise Unavailable(self._channel, f"HTTP {status}", retry_at=retry_at)
        if status in _RETRY_STATUSES:
            raise Transient(self._channel, f"HTTP {status}", maybe_done=True)
        if status == 429:
            raise Unavailable(self._channel, "HTTP 429")
        if status >= 500:
            raise Unavailable(self._channel, f"HTTP {status}")
        if status >= 400:
            raise Unavailable(self._channel, f"HTTP {status}", alert=True)
        raise Distrusted(self._channel, f"unexpected HTTP {status}")

    def _read(self, response: httpx.Response, deadline: float) -> bytes:
        """The body, refused when compressed, larger than the limit, or still trickling at the deadline."""
        if response.headers.get("content-encoding", "identity") != "identity":
            raise Distrusted(self._channel, "compressed answer")
        body = bytearray()
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > self._max_bytes:
                raise Distrusted(self._channel, "answer too large")
            if self._around.clock.now() > deadline:
                raise Unavailable(self._channel, "deadline passed")
        return bytes(body)


def _is_wrong_certificate(error: BaseException) -> bool:
    """Whether TLS was refused for the certificate: somebody else answers at this address, or its keeper slept.

    Nothing was sent to them. httpx has no error of its own for it; the cause is the ssl module's.
    """
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__cause__ or cause.__context__
    return cause is not None


def _retry_at(header: str, now: float) -> float | None:
    """When an upstream says it is back (RFC 9110 section 10.2.3, in seconds); None for a date, nonsense or nothing."""
    if not (header.isascii() and header.isdecimal()) or len(header) > 9:
        return None
    return now + min(float(header), LONGEST_PAUSE)
