"""The number that was just proved belongs to another account. Nothing was moved; the citizen chooses the way on.

The ways: it is mine too, so sign in there and join the two; it is not mine, so show more than it has, or dispute it.
"""

from flask import Response, flash, redirect
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.ports import PersonClaim
from idp.journey.dispatch import Step, may_decline
from idp.web.context import services
from idp.web.pages import browser, journeys
from idp.web.pages.forms import check_button
from idp.web.pages.journeys import SEE_OTHER, Visit, arrive
from idp.web.pages.render import journey_page

# Who joins an account must have signed in to it just now: a session left open somewhere is not enough.
FRESH_SECONDS = 900.0


def show(journey_id: str) -> Response:
    """What happened, and the ways on."""
    visit, claim = _arrive(journey_id)
    _token, facts = visit.signed_in
    ways = services().proving.ways(facts.citizen_id, services().disputing.goal(facts.citizen_id))
    return journey_page(
        "merge.html",
        visit,
        claim=claim,
        stronger=ways.now,
        disputable=services().disputing.disputable(facts.citizen_id),
        may_decline=may_decline(visit.journey, facts.level),
    )


def switch(journey_id: str) -> AnyResponse:
    """It is mine: leave this account as it is, and sign in to the other one in the same journey."""
    visit, _claim = _arrive(journey_id)
    check_button(journeys.address(journey_id, "merge"))
    token, facts = visit.signed_in
    fresh = facts.auth_time >= services().clock.now() - FRESH_SECONDS and not facts.link_id
    journeys.end_session(token)
    browser.forget()
    visit.with_(attempt_id=None, joining=facts.citizen_id if fresh else None)
    if not fresh:
        flash(_("Please sign in to this account once more, with its password; then you can go on."))
    return journeys.drop_token(redirect(journeys.address(journey_id, Step.SIGN_IN.value), SEE_OTHER))


def show_dispute(journey_id: str) -> Response:
    """It is not mine: what that means, before it is done."""
    visit, claim = _arrive(journey_id)
    return journey_page("dispute.html", visit, claim=claim)


def dispute(journey_id: str) -> AnyResponse:
    """Freeze both accounts."""
    visit, _claim = _arrive(journey_id)
    check_button(journeys.address(journey_id, "merge/dispute"))
    _token, facts = visit.signed_in
    ended = services().disputing.dispute(facts.citizen_id, browser.origin())
    journeys.tell(ended or ())
    return redirect(journeys.address(journey_id, "merge"), SEE_OTHER)


def withdraw(journey_id: str) -> AnyResponse:
    """Give the claim up; nobody's number is touched by it any more."""
    visit, _claim = _arrive(journey_id)
    check_button(journeys.address(journey_id, "merge"))
    _token, facts = visit.signed_in
    services().disputing.withdraw(facts.citizen_id, browser.origin())
    flash(_("Your check was withdrawn. The other account is as it was."))
    return journeys.go_on(journey_id)


def _arrive(journey_id: str) -> tuple[Visit, PersonClaim]:
    """Only for an account that has such a claim: the address alone says nothing about anybody."""
    visit = arrive(journey_id, Step.PROVE)
    _token, facts = visit.signed_in
    claim = services().disputing.claim_of(facts.citizen_id)
    if claim is None:
        raise journeys.Elsewhere(journey_id)
    return visit, claim
