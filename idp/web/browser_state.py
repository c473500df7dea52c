"""Session management (OpenID Connect Session Management 1.0): the browser state, and what a relying party gets of it.

The *browser state* is a random value in a cookie of its own: new when somebody signs in or out here, readable by the
script of :mod:`idp.web.check_session` in a frame, worth nothing to anybody (it is neither the session's token nor made
from it, and lives no longer than one sign-in, so nobody is followed by it). A relying party gets ``session_state``, a
digest that binds the state to its own client and origin (section 3): two of them cannot compare theirs.
"""

import hashlib
from collections.abc import Mapping
from typing import Final, Protocol
from urllib.parse import urlsplit

from idp.domain.ports import Randomness
from idp.settings import Settings
from idp.web import cookies

STATE_BYTES: Final = 16
SALT_DIGITS: Final = 32
DEFAULT_PORTS: Final = {"https": 443, "http": 80}


class Answered(Protocol):
    """What an answer goes to: a validated authorization request."""

    @property
    def client_id(self) -> str:
        """Whose."""
        ...

    @property
    def redirect_uri(self) -> str:
        """A registered redirect URI; its origin is the one that will ask."""
        ...


def fresh(settings: Settings, randomness: Randomness) -> str:
    """The Set-Cookie value of a new state: for every answer that signs somebody in or out."""
    return cookies.state_header(randomness.hex(STATE_BYTES), settings)


def session_state(cookie_header: str, settings: Settings, request: Answered) -> Mapping[str, str]:
    """The parameter for an authorization response that goes out by this browser; none where it has no state cookie."""
    state = cookies.read(cookie_header, cookies.name(cookies.STATE, settings))
    if state is None:
        return {}
    origin = origin_of(request.redirect_uri)
    return {"session_state": digest(request.client_id, origin, state, _salt(request.client_id, origin, state))}


def digest(client_id: str, origin: str, state: str, salt: str) -> str:
    """``<SHA-256, hex>.<salt>`` over client, origin, state and salt (section 3, with its own example's layout)."""
    return f"{_hex(client_id, origin, state, salt)}.{salt}"


def origin_of(url: str) -> str:
    """Scheme, host and port as a browser writes them (RFC 6454 section 6.2)."""
    parts = urlsplit(url)
    port = "" if parts.port in {None, DEFAULT_PORTS.get(parts.scheme)} else f":{parts.port}"
    host = parts.hostname or ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"


def _salt(client_id: str, origin: str, state: str) -> str:
    """The state has 128 random bits already, so the salt needs none of its own; it differs for each client."""
    return _hex("salt", client_id, origin, state)[:SALT_DIGITS]


def _hex(*parts: str) -> str:
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()
