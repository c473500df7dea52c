"""The WSGI door. Protocol endpoints are answered here, without entering Flask; every other path falls through to it.

One exact-path look-up, one function, one response: no template, no schema, no session of a framework. An endpoint that
needs a page answers with :class:`Page`; the request then goes on to Flask with what was found out in its environ, so
nothing is validated twice.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import structlog

from idp.domain.client import Client
from idp.oidc.errors import as_oauth
from idp.oidc.messages import ProtocolRequest
from idp.web.cors import Policy, Sharing, preflight
from idp.web.requests import TooLarge, protocol_request
from idp.web.responses import Response, as_json_error, method_not_allowed, too_large

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REQUEST_ID = "yihaotong.request_id"
PAGE = "yihaotong.page"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Page:
    """Go on in Flask; ``found`` is put into the environ under :data:`PAGE`."""

    found: Any


Result: TypeAlias = Response | Page


@dataclass(frozen=True, slots=True)
class Endpoint:
    """``answer`` gets the parsed request and the environ. ``to_browser``: errors become pages, not JSON.

    ``json``: it takes a JSON document instead of a form. ``sharing``: which scripts of other origins read its answers.
    """

    answer: Callable[[ProtocolRequest, Mapping[str, Any]], Result]
    methods: frozenset[str] = frozenset({"GET"})
    to_browser: bool = False
    json: bool = False
    sharing: Sharing | None = None


class Entry:
    """See the module. ``new_request_id`` gives ids that stand in log, audit and error pages."""

    def __init__(
        self,
        endpoints: Mapping[str, Endpoint],
        pages: "WSGIApplication",
        issuer: str,
        new_request_id: Callable[[], str],
        certificate_header: str = "",
        policies: Mapping[Sharing, Policy] | None = None,
    ) -> None:
        self._endpoints = endpoints
        self._pages = pages
        self._issuer = issuer
        self._new_request_id = new_request_id
        self._policies = policies or {}
        self._certificate = f"HTTP_{certificate_header.upper().replace('-', '_')}" if certificate_header else ""

    @property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """What is answered here, by path; one that ends with a slash takes one more part."""
        return self._endpoints

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer, or hand on to Flask."""
        environ[REQUEST_ID] = self._new_request_id()
        endpoint, path, tail = self._find(environ.get("PATH_INFO", ""))
        if endpoint is None:
            return self._pages(environ, start_response)
        result = self._answer(endpoint, environ, path, tail)
        if isinstance(result, Page):
            environ[PAGE] = result.found
            return self._pages(environ, start_response)
        body = b"" if environ["REQUEST_METHOD"] == "HEAD" else result.body
        headers = [*result.headers, ("X-Request-Id", environ[REQUEST_ID])]
        if result.status not in {204, 304}:
            headers.append(("Content-Length", str(len(result.body))))
        start_response(result.status_line, headers)
        return [body]

    def _find(self, path: str) -> tuple[Endpoint | None, str, str]:
        """The endpoint of a path, that path, and the rest: one mounted with a slash at its end takes one more part."""
        endpoint = self._endpoints.get(path)
        if endpoint is not None:
            return endpoint, path, ""
        parent, _, tail = path.rpartition("/")
        plain = tail.isascii() and tail.isprintable() and tail != ""
        return (self._endpoints.get(f"{parent}/") if plain else None), f"{parent}/", tail

    def _answer(self, endpoint: Endpoint, environ: "WSGIEnvironment", path: str, tail: str) -> Result:
        """The endpoint's answer, with what its sharing adds for scripts of other origins."""
        if endpoint.sharing is None:
            return self._decided(endpoint, environ, path, tail)[0]
        policy, origin = self._policies[endpoint.sharing], environ.get("HTTP_ORIGIN")
        if environ["REQUEST_METHOD"] == "OPTIONS":
            return preflight(policy, endpoint.methods, origin)
        result, caller = self._decided(endpoint, environ, path, tail)
        if isinstance(result, Page):
            return result
        return replace(result, headers=(*result.headers, *policy.answer(origin, caller, result.status)))

    def _decided(
        self, endpoint: Endpoint, environ: "WSGIEnvironment", path: str, tail: str
    ) -> tuple[Result, Client | None]:
        """The answer, and the client that it is for where one was made out."""
        method = environ["REQUEST_METHOD"]
        # Not HEAD where a browser is sent on: it would use a pushed request up, for an address that nobody follows.
        like_get = method == "HEAD" and "GET" in endpoint.methods and not endpoint.to_browser
        if method not in endpoint.methods and not like_get:
            return method_not_allowed(endpoint.methods), None
        message: ProtocolRequest | None = None
        try:
            message = protocol_request(environ, path=path, tail=tail, json=endpoint.json, certificate=self._certificate)
            return endpoint.answer(message, environ), message.caller
        except TooLarge:
            return too_large(), None
        except Exception as error:  # the last door: the unknown becomes server_error with a request id
            known = as_oauth(error)
            if known.error in {"server_error", "temporarily_unavailable"}:
                log.exception("endpoint_failed", request_id=environ[REQUEST_ID], kind=type(error).__name__)
            result = Page(known) if endpoint.to_browser else as_json_error(known, self._issuer)
            return result, message.caller if message is not None else None
