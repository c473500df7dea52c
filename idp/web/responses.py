"""Every way out of a protocol endpoint: the only module here that knows status codes and headers.

A browser is sent to a client only from here, only to a redirect URI that was validated, always with ``iss`` (RFC 9207)
and with ``state`` when there was one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import quote

import orjson

from idp.oidc.messages import Answer

NO_STORE = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))
JSON = ("Content-Type", "application/json")
PLAIN_SAFE = (("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"))
CHALLENGED = {
    "invalid_token": "Bearer",
    "insufficient_scope": "Bearer",
    "insufficient_user_authentication": "Bearer",
    "invalid_client": "Basic",
}


@dataclass(frozen=True, slots=True)
class Response:
    """Status, headers and body, ready for WSGI."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(default=b"", repr=False)

    @property
    def status_line(self) -> str:
        """As WSGI wants it."""
        return f"{self.status} {HTTPStatus(self.status).phrase}"


class Returnable(Protocol):
    """Where an answer goes: a validated authorization request, or the validated part of a faulty one."""

    @property
    def redirect_uri(self) -> str:
        """A registered redirect URI."""
        ...

    @property
    def state(self) -> str | None:
        """The request's state."""
        ...


class OAuthError(Protocol):
    """An OAuth error as ``oidc`` words it."""

    @property
    def error(self) -> str | None:
        """The registered code."""
        ...

    @property
    def description(self) -> str | None:
        """Constant ASCII text."""
        ...

    @property
    def status_code(self) -> int:
        """HTTP status at the back channel."""
        ...


def client_redirect(to: Returnable, issuer: str, parameters: Mapping[str, str]) -> Response:
    """Send the browser to the client with ``parameters``, ``state`` and ``iss`` in the query.

    303, so that a browser never repeats a POST with a password in it (RFC 9700 section 4.12: never 307); no-store, as
    the address carries a code.
    """
    return Response(303, (("Location", redirect_address(to, issuer, parameters)), *NO_STORE, *PLAIN_SAFE))


def redirect_address(to: Returnable, issuer: str, parameters: Mapping[str, str]) -> str:
    """The address of :func:`client_redirect`: the registered URI with a longer query (RFC 6749 section 4.1.2)."""
    pairs = dict(parameters)
    if to.state is not None:
        pairs["state"] = to.state
    pairs["iss"] = issuer
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs.items())
    return f"{to.redirect_uri}{'&' if '?' in to.redirect_uri else '?'}{query}"


def error_parameters(error: OAuthError) -> dict[str, str]:
    """``error`` and ``error_description`` for a redirect (RFC 6749 section 4.1.2.1)."""
    found = {"error": error.error or "server_error"}
    if error.description:
        found["error_description"] = error.description
    return found


def as_json(answer: Answer) -> Response:
    """A back-channel answer (RFC 6749 section 5.1): JSON, not cacheable."""
    return Response(answer.status, (JSON, *NO_STORE, *PLAIN_SAFE), orjson.dumps(answer.body))


def as_json_error(error: OAuthError, issuer: str) -> Response:
    """A back-channel error (RFC 6749 section 5.2), with a challenge where 401 or 403 asks for one (RFC 6750 3)."""
    code = error.error or "server_error"
    body: dict[str, Any] = {"error": code}
    if error.description:
        body["error_description"] = error.description
    headers: list[tuple[str, str]] = [JSON, *NO_STORE, *PLAIN_SAFE]
    scheme = CHALLENGED.get(code)
    if scheme is not None and error.status_code in {401, 403}:
        headers.append(("WWW-Authenticate", _challenge(scheme, issuer, error)))
    if error.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append(("Retry-After", "2"))
    return Response(error.status_code, tuple(headers), orjson.dumps(body))


def _challenge(scheme: str, issuer: str, error: OAuthError) -> str:
    """RFC 6750 section 3: without credentials the challenge names no error. What it asks for follows (RFC 9470)."""
    text = f'{scheme} realm="{issuer}"'
    if scheme == "Bearer" and error.description:
        text += f', error="{error.error}", error_description="{error.description}"'
    asked: Mapping[str, str] = getattr(error, "challenge", {})
    return text + "".join(f', {name}="{value}"' for name, value in asked.items())


def public_document(body: bytes, *, seconds: int) -> Response:
    """A document rendered once that anybody may cache: discovery, JWKS."""
    headers = (JSON, ("Cache-Control", f"public, max-age={seconds}"), ("Access-Control-Allow-Origin", "*"), *PLAIN_SAFE)
    return Response(200, headers, body)


def method_not_allowed(allowed: frozenset[str]) -> Response:
    """405 with Allow (RFC 9110 section 15.5.6)."""
    return Response(405, (("Allow", ", ".join(sorted(allowed))), JSON, *NO_STORE), b'{"error":"invalid_request"}')


def too_large() -> Response:
    """413."""
    return Response(413, (JSON, *NO_STORE), b'{"error":"invalid_request"}')
