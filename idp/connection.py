"""One connection for one call, and one deadline for the whole of it.

A connection is never used again: :mod:`idp.outbound` calls addresses, not names, and one that was verified under the
name of one host must not carry the request to another host of the same address. The timeouts of httpx are those of one
read: a receiver that sends a byte a second meets each of them. Here every step is given what is left of the call.
"""

import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

DEADLINE = "deadline"  # the request extension that holds it

_FAILURES = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
)


class Deadline:
    """The end of a call that begins now. ``now``: seconds of a clock that is never set."""

    def __init__(self, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._until = now() + seconds

    def left(self, at_most: float | None = None) -> float:
        """Seconds, none when it is over; ``at_most``: those that one step may take anyhow."""
        left = max(self._until - self._now(), 0.0)
        return left if at_most is None else min(left, at_most)


class OneCallTransport(httpx.BaseTransport):
    """See the module. A request has its :class:`Deadline` as an extension. ``tls``: other roots of trust than usual."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls or httpx.create_ssl_context()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Connect, send, and read the answer's head. Raises httpx.TransportError."""
        backend = _Backend(request.extensions[DEADLINE])
        connection = httpcore.ConnectionPool(self._tls, max_keepalive_connections=0, network_backend=backend)
        url = request.url
        asked = httpcore.Request(
            request.method,
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        try:
            with _as_httpx():
                answer = connection.handle_request(asked)
        except BaseException:
            connection.close()
            raise
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer, connection))


class _Body(httpx.SyncByteStream):
    """The answer's body; its end is the connection's."""

    def __init__(self, answer: httpcore.Response, connection: httpcore.ConnectionPool) -> None:
        self._answer = answer
        self._connection = connection

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        """Both."""
        self._answer.close()
        self._connection.close()


class _Backend(httpcore.NetworkBackend):
    """Connects within what is left."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        seconds = _seconds(self._deadline, timeout, httpcore.ConnectTimeout)
        return _Stream(self._sockets.connect_tcp(host, port, seconds, local_address, socket_options), self._deadline)


class _Stream(httpcore.NetworkStream):
    """Every step within what is left. What we send fits into the buffer of a socket, so that one step sends it."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _seconds(self._deadline, timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _seconds(self._deadline, timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        seconds = _seconds(self._deadline, timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, seconds), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _seconds(deadline: Deadline, timeout: float | None, over: type[httpcore.TimeoutException]) -> float:
    """Of one step. Raises ``over``: none are left (a socket takes 0 for "do not wait", which is another failure)."""
    left = deadline.left(timeout)
    if left <= 0:
        raise over("the whole call took too long")
    return left


@contextmanager
def _as_httpx() -> Iterator[None]:
    """Failures of the connection under the names that callers know: httpx has one of the same name for each."""
    try:
        yield
    except _FAILURES as error:
        kind: type[httpx.TransportError] = getattr(httpx, type(error).__name__, httpx.TransportError)
        raise kind(str(error)) from None
