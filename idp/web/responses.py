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
from idp.web import form_post

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

    @property
    def response_mode(self) -> str:
        """``query`` or ``form_post``."""
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


def to_client(to: Returnable, issuer: str, parameters: Mapping[str, str]) -> Response:
    """Send the browser to the client with ``parameters``, ``state`` and ``iss``, in the way the client asked for.

    ``query``: 303, so that a browser never repeats a POST with a password in it (RFC 9700 section 4.12: never 307).
    ``form_post``: a page that posts them. Neither is kept by anybody, as both carry a code.
    """
    answer = dict(parameters)
    if to.state is not None:
        answer["state"] = to.state
    answer["iss"] = issuer
    if to.response_mode == "form_post":
        return Response(200, form_post.headers(to.redirect_uri), form_post.page(to.redirect_uri, answer))
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in answer.items())
    address = f"{to.redirect_uri}{'&' if '?' in to.redirect_uri else '?'}{query}"  # RFC 6749 section 4.1.2
    return Response(303, (("Location", address), *NO_STORE, *PLAIN_SAFE))


def error_parameters(error: OAuthError) -> dict[str, str]:
    """``error`` and ``error_description`` for a redirect (RFC 6749 section 4.1.2.1)."""
    found = {"error": error.error or "server_error"}
    if error.description:
        found["error_description"] = error.description
    return found


def as_json(answer: Answer) -> Response:
    """A back-channel answer (RFC 6749 section 5.1): JSON, not cacheable."""
    return Response(answer.status, (JSON, *NO_STORE, *PLAIN_SAFE, *answer.headers), orjson.dumps(answer.body))


def as_jwt(jwt: str, typ: str = "application/jwt", headers: tuple[tuple[str, str], ...] = ()) -> Response:
    """A back-channel answer that is signed or encrypted, and not cacheable (OpenID Connect Core 5.3.2)."""
    return Response(200, (("Content-Type", typ), *NO_STORE, *PLAIN_SAFE, *headers), jwt.encode("ascii"))


def as_json_error(error: OAuthError, issuer: str) -> Response:
    """A back-channel error (RFC 6749 section 5.2), with a challenge where 401 or 403 asks for one (RFC 6750 3)."""
    code = error.error or "server_error"
    body: dict[str, Any] = {"error": code}
    if error.description:
        body["error_description"] = error.description
    headers: list[tuple[str, str]] = [JSON, *NO_STORE, *PLAIN_SAFE, *getattr(error, "headers", ())]
    scheme = getattr(error, "scheme", CHALLENGED.get(code))
    if scheme is not None and error.status_code in {401, 403}:
        headers.append(("WWW-Authenticate", _challenge(scheme, issuer, error)))
    if error.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append(("Retry-After", "2"))
    return Response(error.status_code, tuple(headers), orjson.dumps(body))


def _challenge(scheme: str, issuer: str, error: OAuthError) -> str:
    """RFC 6750 section 3: without credentials the challenge names no error. What it asks for follows (RFC 9470)."""
    text = f'{scheme} realm="{issuer}"'
    if scheme in {"Bearer", "DPoP"} and error.description:
        text += f', error="{error.error}", error_description="{error.description}"'
    asked: Mapping[str, str] = getattr(error, "challenge", {})
    return text + "".join(f', {name}="{value}"' for name, value in asked.items())


def public_document(body: bytes, *, tag: str, seconds: int) -> Response:
    """A document rendered once that anybody may cache: discovery, JWKS."""
    return Response(200, (JSON, *_cacheable(tag, seconds), *PLAIN_SAFE), body)


def not_modified(tag: str, *, seconds: int) -> Response:
    """304: it is still the document of ``tag`` (RFC 9110 section 15.4.5)."""
    return Response(304, (*_cacheable(tag, seconds), *PLAIN_SAFE))


def _cacheable(tag: str, seconds: int) -> tuple[tuple[str, str], ...]:
    return (("Cache-Control", f"public, max-age={seconds}"), ("ETag", tag))


def method_not_allowed(allowed: frozenset[str]) -> Response:
    """405 with Allow (RFC 9110 section 15.5.6)."""
    return Response(405, (("Allow", ", ".join(sorted(allowed))), JSON, *NO_STORE), b'{"error":"invalid_request"}')


def too_large() -> Response:
    """413."""
    return Response(413, (JSON, *NO_STORE), b'{"error":"invalid_request"}')
