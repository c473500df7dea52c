"""GET and POST /authorize (OpenID Connect Core 3.1.2): hot, warm, or on to a page.

*hot*: a live session that satisfies the request: one store round trip, two for a pushed request. *warm*: the stores
must be asked (first time at this client in this session), still no page. *page*: a journey begins, in Flask.
"""

from collections.abc import Mapping
from typing import Any

from idp.domain.authorization import AuthorizationRequest
from idp.domain.errors import InteractionNeeded, JourneyLost
from idp.domain.ports import Granted
from idp.journey.conductor import Conductor
from idp.oidc.authorize import AuthorizationRequests, PageError, RedirectableError
from idp.oidc.errors import as_oauth
from idp.oidc.messages import ProtocolRequest
from idp.settings import Settings
from idp.web import cookies
from idp.web.browser_state import session_state
from idp.web.entry import Page, Result
from idp.web.responses import error_parameters, to_client


class AuthorizeEndpoint:
    """Answers authorization requests."""

    def __init__(self, requests: AuthorizationRequests, conductor: Conductor, settings: Settings) -> None:
        self._requests = requests
        self._conductor = conductor
        self._settings = settings
        self._issuer = settings.issuer
        self._cookie = cookies.name(cookies.SESSION, settings)

    def __call__(self, message: ProtocolRequest, environ: Mapping[str, Any]) -> Result:
        """The answer, or what Flask should show: a PageError, or the request whose journey begins."""
        carried = environ.get("HTTP_COOKIE", "")
        token = cookies.read(carried, self._cookie)
        try:
            request = self._requests.read(message.parameters, take=token is not None)
        except PageError as error:
            return Page(error)
        except RedirectableError as error:
            return to_client(error.target, self._issuer, error_parameters(error.error))
        try:
            granted = self._decide(request, token)
        except InteractionNeeded as error:
            return to_client(request, self._issuer, error_parameters(as_oauth(error)))
        except JourneyLost:  # it was pushed, opened twice at once, and answered the other time
            return Page(PageError("invalid_request_uri", "The request_uri was answered already."))
        if granted is None:
            return Page(request)
        state = session_state(carried, self._settings, request)
        return to_client(request, self._issuer, {"code": granted.code, **state})

    def _decide(self, request: AuthorizationRequest, token: str | None) -> Granted | None:
        """The code, or None where a page is needed. Raises InteractionNeeded, JourneyLost."""
        granted = self._conductor.sign_on(request, token)
        if granted is not None:
            return granted
        if token is not None:
            self._requests.put_back(request)
        elif "none" not in request.prompts:
            return None
        found = self._conductor.without_page(request, token)
        return found if isinstance(found, Granted) else None
