"""Approve what was asked elsewhere: by whom, where, and the number that stands there. The journey goes on to level and
consent, and the answer waits for the client.
"""

from flask import Response
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.decoupled import Way
from idp.journey.dispatch import Step
from idp.people.approvals import MATCH
from idp.web.context import services
from idp.web.pages import journeys
from idp.web.pages.forms import CallMatchForm, PageForm, TerminalMatchForm
from idp.web.pages.journeys import Visit, arrive
from idp.web.pages.refusals import SAID_ON_FORMS, form_page, refused


def show(journey_id: str) -> Response:
    """Who asks, where, since when, and the field for the number."""
    visit = arrive(journey_id, Step.APPROVE)
    _, facts = visit.signed_in
    waiting = services().approvals.find(visit.journey.waiting, facts.citizen_id)
    return form_page("approve.html", visit, Step.APPROVE.value, _form(visit), waiting=waiting)


def submit(journey_id: str) -> AnyResponse:
    """Compare the number. Whoever types a wrong one three times has refused."""
    visit = arrive(journey_id, Step.APPROVE)
    _, facts = visit.signed_in
    form = _form(visit)
    try:
        form.check_token()
        services().approvals.match(visit.journey.waiting, form.text(MATCH), facts.citizen_id, visit.origin)
    except SAID_ON_FORMS as error:
        return refused(visit, Step.APPROVE.value, form, error)
    visit.with_(matched=facts.citizen_id)
    return journeys.go_on(journey_id)


def _form(visit: Visit) -> PageForm:
    _, facts = visit.signed_in
    waiting = services().approvals.find(visit.journey.waiting, facts.citizen_id)
    return TerminalMatchForm() if waiting.way is Way.DEVICE else CallMatchForm()
