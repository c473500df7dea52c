"""A WSGI environ as the protocol endpoints see it: bounded, read once, never Flask's request."""

from collections.abc import Mapping
from typing import Any

from idp.oidc.messages import ProtocolRequest
from idp.oidc.parameters import MAX_BYTES, malformed, read

FORM = "application/x-www-form-urlencoded"


class TooLarge(Exception):
    """The body is longer than any protocol message."""


def protocol_request(environ: Mapping[str, Any]) -> ProtocolRequest:
    """Parameters of the query for GET, of the form for POST; a POST with parameters in its query is refused.

    (Credentials in an address end in logs, RFC 6749 section 2.3.1; mixing both sources hides one, CWE-235.) Raises
    OAuth2Error (invalid_request), TooLarge.
    """
    method = environ["REQUEST_METHOD"]
    query = environ.get("QUERY_STRING", "").encode("latin-1")
    if method != "POST":
        return ProtocolRequest("GET", read(query), _headers(environ))
    if query:
        raise malformed("Parameters belong in the body.")
    content_type = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    body = _body(environ)
    if body and content_type != FORM:
        raise malformed("Content-Type must be application/x-www-form-urlencoded.")
    return ProtocolRequest("POST", read(body), _headers(environ))


def _headers(environ: Mapping[str, Any]) -> Mapping[str, str]:
    """The headers that the protocol reads."""
    authorization = environ.get("HTTP_AUTHORIZATION")
    return {"Authorization": authorization} if authorization is not None else {}


def _body(environ: Mapping[str, Any]) -> bytes:
    """At most one protocol message; a chunked body has no length and is read up to the limit."""
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isdigit() and int(length) > MAX_BYTES:
        raise TooLarge
    limit = int(length) if length.isdigit() else MAX_BYTES + 1
    body: bytes = environ["wsgi.input"].read(limit)
    if len(body) > MAX_BYTES:
        raise TooLarge
    return body
