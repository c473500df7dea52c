"""Leave a journey: the button on each of its pages."""

from flask import redirect, url_for
from werkzeug.wrappers import Response

from idp.web.context import services
from idp.web.pages import answer, journeys
from idp.web.pages.browser import signed_in
from idp.web.pages.forms import check_button
from idp.web.pages.journeys import SEE_OTHER, arrive


def submit(journey_id: str) -> Response:
    """Back to the client with ``access_denied``; without a client to the account page, or home."""
    visit = arrive(journey_id)
    check_button(journeys.address(journey_id))
    services().conductor.close(visit.journey)
    if visit.journey.request is not None:
        return answer.refused(visit.journey)
    return redirect(url_for("pages.account" if signed_in() else "pages.home"), SEE_OTHER)
