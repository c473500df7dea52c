"""The one way the provider itself calls an address that a client registered: back-channel logout, security events.

Addresses are registered by operators, still nothing is trusted: https only in production, the name is resolved once and
must not lead to a private, loopback or link-local address (SSRF; rebinding is void because the connection goes to the
address that was checked), no redirect is followed, little is read, and the call has a deadline.
"""

import ipaddress
import socket
from collections.abc import Callable

import httpx
import orjson

DEADLINE = httpx.Timeout(5.0, connect=3.0)
MAX_ANSWER = 4_096
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
    """Connects to the resolved, checked address under the name's own TLS identity."""

    def __init__(self, inner: httpx.BaseTransport, resolver: Callable[[str, int], frozenset[str]] = resolve) -> None:
        self._inner = inner
        self._resolve = resolver

    def close(self) -> None:
        """Close connections."""
        self._inner.close()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Resolve, check, connect. Raises AddressRefused."""
        host = request.url.host
        if request.url.scheme != "https":
            raise AddressRefused(host)
        address = self._public_address(host, request.url.port or 443)
        request.extensions = {**request.extensions, "sni_hostname": host}
        request.url = request.url.copy_with(host=address)
        return self._inner.handle_request(request)

    def _public_address(self, host: str, port: int) -> str:
        """One address of ``host``, when every one of them is public."""
        try:
            found = self._resolve(host, port)
        except OSError:
            raise AddressRefused(host) from None
        if not found or not all(_is_public(address) for address in found):
            raise AddressRefused(host)
        return min(found)


class LogoutPoster:
    """Posts logout tokens. ``loopback_allowed`` is for development, where the demo portals live on this machine."""

    def __init__(self, *, loopback_allowed: bool, transport: httpx.BaseTransport | None = None) -> None:
        self._client = _client(loopback_allowed=loopback_allowed, transport=transport, deadline=DEADLINE)

    def __call__(self, address: str, logout_token: str) -> int:
        """The receiver's HTTP status. Raises httpx.HTTPError or AddressRefused."""
        with self._client.stream("POST", address, data={"logout_token": logout_token}) as response:
            for read in response.iter_raw(MAX_ANSWER):
                del read  # the answer's body means nothing; one piece lets the connection be used again
                break
            return response.status_code

    def close(self) -> None:
        """Close connections."""
        self._client.close()


class EventPusher:
    """Pushes security event tokens (RFC 8935 section 2.1). ``loopback_allowed`` as above."""

    def __init__(
        self,
        *,
        loopback_allowed: bool,
        transport: httpx.BaseTransport | None = None,
        deadline: httpx.Timeout = DEADLINE,
    ) -> None:
        self._client = _client(loopback_allowed=loopback_allowed, transport=transport, deadline=deadline)

    def __call__(self, address: str, token: str, bearer: str | None) -> tuple[int, str]:
        """The receiver's HTTP status, and its error code if it named a registered one.

        Raises httpx.HTTPError or AddressRefused.
        """
        headers = {"Content-Type": "application/secevent+jwt", "Accept": "application/json"}
        if bearer is not None:
            headers["Authorization"] = f"Bearer {bearer}"
        with self._client.stream("POST", address, content=token.encode("ascii"), headers=headers) as response:
            return response.status_code, _error_code(response)

    def close(self) -> None:
        """Close connections."""
        self._client.close()


def _client(*, loopback_allowed: bool, transport: httpx.BaseTransport | None, deadline: httpx.Timeout) -> httpx.Client:
    default = httpx.HTTPTransport() if loopback_allowed else CheckedTransport(httpx.HTTPTransport())
    return httpx.Client(timeout=deadline, follow_redirects=False, transport=transport or default, trust_env=False)


def _error_code(response: httpx.Response) -> str:
    """``err`` of a failure (RFC 8935 section 2.3), from the first piece of the body; anything else is no code."""
    piece = next(response.iter_raw(MAX_ANSWER), b"")  # a piece read lets the connection be used again
    try:
        code = orjson.loads(piece)["err"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return ""
    return code if isinstance(code, str) and code in ERROR_CODES else ""


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
