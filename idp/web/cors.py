"""Scripts of other origins (Fetch standard, section 3.2): which endpoints they may call, and who reads the answers.

An endpoint of the table names its :class:`Sharing`, or none: then no script of another origin reads anything of it.
Never the authorization endpoint (RFC 9700 section 2.6), and never with credentials: what counts is the token in a
header, not a cookie of the browser.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Protocol

from idp.domain.client import Client, Clients
from idp.domain.ports import Clock
from idp.web.responses import Response

REQUEST_HEADERS: Final = "Authorization, Content-Type, DPoP"
EXPOSED: Final = "DPoP-Nonce, WWW-Authenticate"
# A browser may keep the answer to a preflight this long: an origin that is taken off the register lingers no longer.
PREFLIGHT_SECONDS: Final = 600
FRESH_SECONDS: Final = 1.0
VARY: Final = ("Vary", "Origin")

Headers = tuple[tuple[str, str], ...]


class Sharing(StrEnum):
    """``public``: anybody's script. ``registered``: a script of an origin that the very client is registered with."""

    PUBLIC = "public"
    REGISTERED = "registered"


class Policy(Protocol):
    """What a sharing means. ``origin`` None: no script asks."""

    def preflight(self, origin: str | None) -> Headers:
        """Of the answer to OPTIONS, which names no client."""
        ...

    def answer(self, origin: str | None, caller: Client | None, status: int) -> Headers:
        """Of an answer to ``caller``, None where none was made out."""
        ...


class Public:
    """Documents that say the same to everybody."""

    def preflight(self, origin: str | None) -> Headers:
        """See :class:`Policy`."""
        del origin
        return _allowed("*")

    def answer(self, origin: str | None, caller: Client | None, status: int) -> Headers:
        """See :class:`Policy`."""
        del origin, caller, status
        return _allowed("*")


class Registered:
    """By ``client.origins``. All of them are kept in memory for preflights, read again when a second old."""

    def __init__(self, clients: Clients, clock: Clock) -> None:
        self._clients = clients
        self._clock = clock
        self._origins: frozenset[str] = frozenset()
        self._read_at = float("-inf")

    def preflight(self, origin: str | None) -> Headers:
        """Any client's origin will do: the answer itself is for one client's alone."""
        return (VARY, *_allowed(origin)) if origin in self._everyones() else (VARY,)

    def answer(self, origin: str | None, caller: Client | None, status: int) -> Headers:
        """An error that names no client holds nothing of anybody: every registered origin may read why it failed."""
        if origin is None:
            return (VARY,)
        nobodys = self._everyones() if status >= 400 else frozenset()
        if origin not in (caller.origins if caller is not None else nobodys):
            return (VARY,)
        return (VARY, *_allowed(origin), ("Access-Control-Expose-Headers", EXPOSED))

    def _everyones(self) -> frozenset[str]:
        now = self._clock.now()
        if now - self._read_at >= FRESH_SECONDS:
            self._origins = frozenset().union(*(client.origins for client in self._clients.all()))
            self._read_at = now
        return self._origins


def policies(clients: Clients, clock: Clock) -> Mapping[Sharing, Policy]:
    """The table."""
    return {Sharing.PUBLIC: Public(), Sharing.REGISTERED: Registered(clients, clock)}


def preflight(policy: Policy, methods: frozenset[str], origin: str | None) -> Response:
    """The answer to OPTIONS: what may come. It is no permission: each answer says again who may read it."""
    names = ", ".join(sorted(methods))
    shared = policy.preflight(origin)
    more: Headers = (
        ("Access-Control-Allow-Methods", names),
        ("Access-Control-Allow-Headers", REQUEST_HEADERS),
        ("Access-Control-Max-Age", str(PREFLIGHT_SECONDS)),
    )
    allowed = any(name == "Access-Control-Allow-Origin" for name, _ in shared)
    return Response(204, (("Allow", f"{names}, OPTIONS"), *shared, *(more if allowed else ())))


def _allowed(origin: str | None) -> Headers:
    return (("Access-Control-Allow-Origin", origin),) if origin is not None else ()
