"""Where journeys come in and where they are cancelled.

``/authorize`` is answered by the WSGI entry; what needs a page arrives here, already validated, in the environ.
"""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.authorization import AuthorizationRequest
from idp.oidc.authorize import PageError
from idp.web.context import services
from idp.web.entry import PAGE
from idp.web.pages import answer, journeys
from idp.web.pages.browser import signed_in
from idp.web.pages.errors import render_error
from idp.web.pages.forms import check_button
from idp.web.pages.journeys import SEE_OTHER, arrive


def authorize() -> AnyResponse:
    """Begin the journey of a validated request, or say why there is none; nothing unvalidated is redirected."""
    found = request.environ.get(PAGE)
    if isinstance(found, AuthorizationRequest):
        return journeys.begin(found)
    if isinstance(found, PageError):
        return render_error(found.code, client=found.client)
    return render_error(str(getattr(found, "error", "invalid_request")), status=int(getattr(found, "status_code", 400)))


def cancel(journey_id: str) -> AnyResponse:
    """Leave the journey: back to the client with ``access_denied``, or home."""
    visit = arrive(journey_id)
    check_button(journeys.address(journey_id))
    services().conductor.close(visit.journey)
    if visit.journey.request is not None:
        return answer.to_client(visit.journey.request, {"error": answer.ACCESS_DENIED})
    return redirect(url_for("pages.account" if signed_in() else "pages.home"), SEE_OTHER)
