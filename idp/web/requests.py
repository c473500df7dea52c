"""A WSGI environ as the protocol endpoints see it: bounded, read once, never Flask's request."""

from collections.abc import Mapping
from typing import Any

import orjson

from idp.domain.place import place
from idp.oidc.messages import ProtocolRequest
from idp.oidc.parameters import MAX_BYTES, malformed, read

WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
# WSGI joins a repeated header with a comma: none but Accept may hold one, so a repeat is refused where it is read.
HEADERS = (
    ("Authorization", "HTTP_AUTHORIZATION"),
    ("DPoP", "HTTP_DPOP"),
    ("Origin", "HTTP_ORIGIN"),
    ("Accept", "HTTP_ACCEPT"),
    ("If-None-Match", "HTTP_IF_NONE_MATCH"),
)
FORM = "application/x-www-form-urlencoded"


class TooLarge(Exception):
    """The body is longer than any protocol message."""


def protocol_request(
    environ: Mapping[str, Any], *, path: str = "", tail: str = "", json: bool = False, certificate: str = ""
) -> ProtocolRequest:
    """Parameters of the query for GET, of the form for POST; a POST with parameters in its query is refused.

    ``json``: the endpoint takes JSON instead of forms. ``certificate``: the environ key under which a trusted proxy
    hands on the client's certificate.

    (Credentials in an address end in logs, RFC 6749 section 2.3.1; mixing both sources hides one, CWE-235.) Raises
    OAuth2Error (invalid_request), TooLarge.
    """
    method, headers = environ["REQUEST_METHOD"], _headers(environ, certificate)
    where = place(environ.get("REMOTE_ADDR") or "")
    query = environ.get("QUERY_STRING", "").encode("latin-1")
    if method not in WITH_BODY:
        method = "GET" if method == "HEAD" else method
        return ProtocolRequest(method, read(query), headers, path=path, tail=tail, place=where)
    if query:
        raise malformed("Parameters belong in the body.")
    content_type = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    body = _body(environ)
    if json:
        return ProtocolRequest(method, {}, headers, path=path, tail=tail, json=_json(body, content_type), place=where)
    if body and content_type != FORM:
        raise malformed("Content-Type must be application/x-www-form-urlencoded.")
    return ProtocolRequest(method, read(body), headers, path=path, tail=tail, place=where)


def _headers(environ: Mapping[str, Any], certificate: str) -> Mapping[str, str]:
    """The headers that the protocol reads."""
    found = {name: environ[key] for name, key in HEADERS if key in environ}
    if certificate and environ.get(certificate):
        found["Client-Certificate"] = environ[certificate]
    return found


def _json(body: bytes, content_type: str) -> Any:
    """A JSON document. Raises OAuth2Error (invalid_request)."""
    if content_type != "application/json":
        raise malformed("Content-Type must be application/json.")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise malformed("The body is not JSON.") from None


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
