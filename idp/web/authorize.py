"""GET and POST /authorize (OpenID Connect Core 3.1.2): hot, warm, or on to a page.

*hot*: a live session that satisfies the request: one store round trip. *warm*: the stores must be asked (first time at
this client in this session), still no page. *page*: a journey begins, in Flask.
"""

from collections.abc import Mapping
from typing import Any

from idp.domain.authorization import AuthorizationRequest
from idp.domain.errors import InteractionNeeded
from idp.domain.ports import Granted
from idp.journey.conductor import Conductor
from idp.oidc.authorize import PageError, RedirectableError, validate
from idp.oidc.errors import as_oauth
from idp.oidc.jws import HintReader
from idp.oidc.messages import ProtocolRequest
from idp.oidc.server import Server
from idp.settings import Settings
from idp.web import cookies
from idp.web.entry import Page, Result
from idp.web.responses import client_redirect, error_parameters


class AuthorizeEndpoint:
    """Answers authorization requests."""

    def __init__(self, server: Server, hints: HintReader, conductor: Conductor, settings: Settings) -> None:
        self._server = server
        self._hints = hints
        self._conductor = conductor
        self._issuer = settings.issuer
        self._cookie = cookies.name(cookies.SESSION, settings)

    def __call__(self, message: ProtocolRequest, environ: Mapping[str, Any]) -> Result:
        """The answer, or what Flask should show: a PageError, or the request whose journey begins."""
        try:
            request = validate(self._server, self._hints, message.parameters)
        except PageError as error:
            return Page(error)
        except RedirectableError as error:
            return client_redirect(error.target, self._issuer, error_parameters(error.error))
        token = cookies.read(environ.get("HTTP_COOKIE", ""), self._cookie)
        try:
            return self._decide(request, token)
        except InteractionNeeded as error:
            return client_redirect(request, self._issuer, error_parameters(as_oauth(error)))

    def _decide(self, request: AuthorizationRequest, token: str | None) -> Result:
        granted = self._conductor.sign_on(request, token)
        if granted is None:
            if token is None and "none" not in request.prompts:
                return Page(request)
            found = self._conductor.without_page(request, token)
            if not isinstance(found, Granted):
                return Page(request)
            granted = found
        return client_redirect(request, self._issuer, {"code": granted.code})
