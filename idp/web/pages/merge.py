"""The number that was just proved belongs to another account. Nothing was moved; the citizen chooses the way on."""

from flask import Response, redirect, session
from werkzeug.wrappers import Response as AnyResponse

from idp.journey.dispatch import Step, may_decline
from idp.web.pages import browser, journeys
from idp.web.pages.forms import check_button
from idp.web.pages.journeys import SEE_OTHER, Visit, arrive
from idp.web.pages.render import journey_page


def show(journey_id: str) -> Response:
    """What happened, and the ways on."""
    visit = _arrive(journey_id)
    _, facts = visit.signed_in
    return journey_page("merge.html", visit, may_decline=may_decline(visit.journey, facts.level))


def switch(journey_id: str) -> AnyResponse:
    """Leave this account as it is, and sign in to the other one in the same journey."""
    visit = _arrive(journey_id)
    check_button(journeys.address(journey_id, "merge"))
    token, _ = visit.signed_in
    journeys.end_session(token)
    browser.forget()
    visit.with_(attempt_id=None)
    return journeys.drop_token(redirect(journeys.address(journey_id, Step.SIGN_IN.value), SEE_OTHER))


def _arrive(journey_id: str) -> Visit:
    """Only after it has happened in this journey: the address alone says nothing about anybody."""
    visit = arrive(journey_id, Step.PROVE)
    if session.get(browser.HELD_ELSEWHERE) != journey_id:
        raise journeys.Elsewhere(journey_id)
    return visit
