"""The WSGI door. Protocol endpoints are answered here, without entering Flask; every other path falls through to it.

One exact-path look-up, one function, one response: no template, no schema, no session of a framework. An endpoint that
needs a page answers with :class:`Page`; the request then goes on to Flask with what was found out in its environ, so
nothing is validated twice.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import structlog

from idp.oidc.errors import as_oauth
from idp.oidc.messages import ProtocolRequest
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
    """``answer`` gets the parsed request and the environ. ``to_browser``: errors become pages, not JSON."""

    answer: Callable[[ProtocolRequest, Mapping[str, Any]], Result]
    methods: frozenset[str] = frozenset({"GET"})
    to_browser: bool = False


class Entry:
    """See the module. ``new_request_id`` gives ids that stand in log, audit and error pages."""

    def __init__(
        self,
        endpoints: Mapping[str, Endpoint],
        pages: "WSGIApplication",
        issuer: str,
        new_request_id: Callable[[], str],
    ) -> None:
        self._endpoints = endpoints
        self._pages = pages
        self._issuer = issuer
        self._new_request_id = new_request_id

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer, or hand on to Flask."""
        environ[REQUEST_ID] = self._new_request_id()
        endpoint = self._endpoints.get(environ.get("PATH_INFO", ""))
        if endpoint is None:
            return self._pages(environ, start_response)
        result = self._answer(endpoint, environ)
        if isinstance(result, Page):
            environ[PAGE] = result.found
            return self._pages(environ, start_response)
        body = b"" if environ["REQUEST_METHOD"] == "HEAD" else result.body
        headers = [*result.headers, ("X-Request-Id", environ[REQUEST_ID])]
        if result.status not in {204, 304}:
            headers.append(("Content-Length", str(len(result.body))))
        start_response(result.status_line, headers)
        return [body]

    def _answer(self, endpoint: Endpoint, environ: "WSGIEnvironment") -> Result:
        method = environ["REQUEST_METHOD"]
        if method not in endpoint.methods and not (method == "HEAD" and "GET" in endpoint.methods):
            return method_not_allowed(endpoint.methods)
        try:
            return endpoint.answer(protocol_request(environ), environ)
        except TooLarge:
            return too_large()
        except Exception as error:  # the last door: the unknown becomes server_error with a request id
            known = as_oauth(error)
            if known.error in {"server_error", "temporarily_unavailable"}:
                log.exception("endpoint_failed", request_id=environ[REQUEST_ID], kind=type(error).__name__)
            return Page(known) if endpoint.to_browser else as_json_error(known, self._issuer)
