"""The one way the provider itself calls an address that a client registered: logout, security events, keys, sectors.

Addresses are registered by operators, still nothing is trusted: https only, the name is resolved once and must not lead
to a private, loopback or link-local address (SSRF; rebinding is void because the connection goes to the address that
was checked), no redirect is followed, little is read, and a call has one deadline and a connection of its own
(:mod:`idp.connection`). One setting, ``IDP_ALLOW_LOOPBACK_CLIENTS``, lets clients of this very machine in, over http
too: for demonstrations and test suites.
"""

import ipaddress
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, ClassVar

import httpx
import orjson

from idp.connection import DEADLINE, Deadline, OneCallTransport
from idp.domain.errors import DocumentUnavailable
from idp.domain.ports import Document

STEPS = httpx.Timeout(5.0, connect=3.0)  # of one step; the call as a whole:
POST_SECONDS = 8.0
DOCUMENT_SECONDS = 10.0
LOOKUP_SECONDS = 3.0
MAX_ANSWER = 4_096
MAX_DOCUMENT = 65_536
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age=(\d{1,9})(?:$|[,\s])")
# RFC 8935 section 2.4 and its registry; nothing else of an answer goes into a log.
ERROR_CODES = frozenset(
    {"invalid_request", "invalid_key", "invalid_issuer", "invalid_audience", "authentication_failed", "access_denied"}
)


class AddressRefused(Exception):
    """The name leads to an address that the provider must not call."""


def resolve(host: str, port: int) -> frozenset[str]:
    """Every address of ``host``. Raises OSError."""
    return frozenset(str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


class CheckedTransport(httpx.BaseTransport):
    """Connects to the resolved, checked address under the name's own TLS identity.

    ``loopback_allowed``: this machine's own addresses are let through besides, by http as well.
    """

    def __init__(
        self,
        inner: httpx.BaseTransport,
        resolver: Callable[[str, int], frozenset[str]] = resolve,
        *,
        loopback_allowed: bool = False,
    ) -> None:
        self._inner = inner
        self._resolve = resolver
        self._loopback = loopback_allowed

    def close(self) -> None:
        """Close connections."""
        self._inner.close()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Resolve, check, connect. Raises AddressRefused."""
        host, secure = request.url.host, request.url.scheme == "https"
        deadline: Deadline = request.extensions[DEADLINE]
        port = request.url.port or (443 if secure else 80)
        address = self._checked_address(host, port, deadline.left(LOOKUP_SECONDS))
        if not secure and not ipaddress.ip_address(address).is_loopback:
            raise AddressRefused(host)
        request.extensions = {**request.extensions, "sni_hostname": host}
        request.url = request.url.copy_with(host=address)
        return self._inner.handle_request(request)

    def _checked_address(self, host: str, port: int, seconds: float) -> str:
        """One address of ``host``, when every one of them may be called."""
        try:
            found = _within(seconds, self._resolve, host, port)
        except (OSError, UnicodeError):  # no such name, no answer in time, a name that none can be
            raise AddressRefused(host) from None
        if not found or not all(self._may_call(address) for address in found):
            raise AddressRefused(host)
        return min(found)

    def _may_call(self, address: str) -> bool:
        return _is_public(address) or (self._loopback and ipaddress.ip_address(address.partition("%")[0]).is_loopback)


class _Caller:
    """What all of them share. ``seconds``: of a whole call, other ones than usual; ``now`` measures them."""

    usual_seconds: ClassVar[float] = POST_SECONDS

    def __init__(
        self,
        *,
        loopback_allowed: bool,
        transport: httpx.BaseTransport | None = None,
        seconds: float | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        checked = transport or CheckedTransport(OneCallTransport(), loopback_allowed=loopback_allowed)
        self._client = httpx.Client(timeout=STEPS, follow_redirects=False, transport=checked, trust_env=False)
        self._seconds = self.usual_seconds if seconds is None else seconds
        self._now = now

    def close(self) -> None:
        """Close connections."""
        self._client.close()

    @contextmanager
    def _call(self, method: str, address: str, **sent: Any) -> Iterator[tuple[httpx.Response, Deadline]]:
        """The answer, its body unread, and what its reader has to keep to. Raises httpx.HTTPError or AddressRefused."""
        deadline = Deadline(self._seconds, self._now)
        with self._client.stream(method, address, extensions={DEADLINE: deadline}, **sent) as response:
            yield response, deadline


class LogoutPoster(_Caller):
    """Posts logout tokens. ``loopback_allowed`` is for development, where the demo portals live on this machine."""

    def __call__(self, address: str, logout_token: str) -> int:
        """The receiver's HTTP status; the body means nothing and is not read. Raises as :class:`_Caller` does."""
        with self._call("POST", address, data={"logout_token": logout_token}) as (response, _):
            return response.status_code


class EventPusher(_Caller):
    """Pushes security event tokens (RFC 8935 section 2.1). ``loopback_allowed`` as above."""

    def __call__(self, address: str, token: str, bearer: str | None) -> tuple[int, str]:
        """The receiver's HTTP status, and its error code if it named a registered one.

        Raises httpx.HTTPError or AddressRefused.
        """
        headers = {"Content-Type": "application/secevent+jwt", "Accept": "application/json"}
        if bearer is not None:
            headers["Authorization"] = f"Bearer {bearer}"
        with self._call("POST", address, content=token.encode("ascii"), headers=headers) as (response, deadline):
            return response.status_code, "" if response.is_success else _error_code(response, deadline)


class DocumentFetcher(_Caller):
    """:class:`idp.domain.ports.Documents`. ``loopback_allowed`` and the rest as above."""

    usual_seconds = DOCUMENT_SECONDS

    def __call__(self, address: str) -> Document:
        """A JSON document of at most 64 KiB. Raises DocumentUnavailable, which names the address nowhere."""
        # Not compressed: what is counted is what is parsed.
        headers = {"Accept": "application/json, application/jwk-set+json", "Accept-Encoding": "identity"}
        try:
            with self._call("GET", address, headers=headers) as (response, deadline):
                return Document(_json(response, deadline), _max_age(response))
        except AddressRefused:
            raise DocumentUnavailable("its address must not be called") from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise DocumentUnavailable("its host gives no answer") from None


def _json(response: httpx.Response, deadline: Deadline) -> Any:
    """The body of a 200 answer that says it is JSON. Raises DocumentUnavailable."""
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if response.status_code != httpx.codes.OK:
        raise DocumentUnavailable("its host answers another status than 200")
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise DocumentUnavailable("it is not served as application/json")
    body = b""
    for piece in response.iter_raw():  # as they come: nothing is waited for to fill a piece
        body += piece
        if len(body) > MAX_DOCUMENT:
            raise DocumentUnavailable("it is longer than 64 KiB")
        if not deadline.left():
            raise DocumentUnavailable("its host is too slow")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise DocumentUnavailable("it is not JSON") from None


def _max_age(response: httpx.Response) -> float | None:
    """How long the host lets it be kept (RFC 9111 section 5.2.2); None when it does not say."""
    told = _MAX_AGE.search(response.headers.get("Cache-Control", "").lower())
    return float(told[1]) if told else None


class RequestPinger(_Caller):
    """Pings clients that a backchannel request was answered (CIBA Core 10.2). ``loopback_allowed`` as above."""

    def __call__(self, address: str, bearer: str, auth_req_id: str) -> int:
        """The receiver's HTTP status; nothing personal is sent, and what the receiver says is not read.

        Raises httpx.HTTPError or AddressRefused.
        """
        headers = {"Authorization": f"Bearer {bearer}"}
        with self._call("POST", address, json={"auth_req_id": auth_req_id}, headers=headers) as (response, _):
            return response.status_code


def _error_code(response: httpx.Response, deadline: Deadline) -> str:
    """``err`` of a failure (RFC 8935 section 2.3), from the beginning of the body; anything else is no code."""
    body = b""
    for piece in response.iter_raw():  # as they come: nothing is waited for to fill a piece
        body += piece
        if len(body) >= MAX_ANSWER or not deadline.left():
            break
    try:
        code = orjson.loads(body[:MAX_ANSWER])["err"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return ""
    return code if isinstance(code, str) and code in ERROR_CODES else ""


def _within(seconds: float, look_up: Callable[[str, int], frozenset[str]], host: str, port: int) -> frozenset[str]:
    """What ``look_up`` finds. Raises TimeoutError, or as it does.

    The system's resolver cannot be told how long to try, and whoever runs the name server of a client's domain decides
    how long that is: its thread is left to itself, which ends when the resolver gives up.
    """
    found: Future[frozenset[str]] = Future()

    def look() -> None:
        try:
            found.set_result(look_up(host, port))
        except Exception as error:  # noqa: BLE001  raised where it is waited for
            found.set_exception(error)

    threading.Thread(target=look, name="look-up", daemon=True).start()
    return found.result(timeout=seconds)


# Blocks whose last 32 bits are an IPv4 address that a translator or an old stack may call, and those of sites: NAT64
# (RFC 6052, RFC 8215), IPv4-translated (RFC 7915), IPv4-compatible (RFC 4291), site-local (RFC 3879).
_TRANSLATED = tuple(
    map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "::ffff:0:0:0/96", "::/96", "fec0::/10"))
)


def _is_public(text: str) -> bool:
    """Not private, loopback, link-local, multicast or reserved; IPv4 in IPv6 clothes is looked at as what it is."""
    address: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is not None:
            address = inner
        elif any(address in block for block in _TRANSLATED):
            return False
    return address.is_global and not address.is_multicast
