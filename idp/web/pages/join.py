"""One journey has signed in to two accounts of one person: join them, or leave them as they are."""

from flask import Response, flash
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from idp.journey.dispatch import Step
from idp.people.contact import masked_mobile
from idp.web.context import services
from idp.web.pages import browser, journeys
from idp.web.pages.forms import check_button
from idp.web.pages.journeys import Visit, arrive
from idp.web.pages.render import journey_page


def show(journey_id: str) -> AnyResponse:
    """What joining means; or, when the account signed in to does not hold the number, back on the way."""
    visit, joined_id = _arrive(journey_id)
    _token, facts = visit.signed_in
    joined = services().merging.candidate(facts.citizen_id, joined_id)
    if joined is None:
        flash(_("This is not the account that holds your number, so there is nothing to join."))
        return _on(visit)
    mobile = masked_mobile(joined.mobile) if joined.mobile else ""
    page: Response = journey_page("join.html", visit, joined_mobile=mobile)
    return page


def decide(journey_id: str) -> AnyResponse:
    """Join the two. The session goes on in the account that is kept, under a new token."""
    visit, joined_id = _arrive(journey_id)
    check_button(journeys.address(journey_id, Step.JOIN.value))
    token, facts = visit.signed_in
    ended = services().merging.join(facts.citizen_id, joined_id, browser.origin())
    if ended is None:
        flash(_("The two accounts could not be joined. Nothing was changed."))
        return _on(visit)
    journeys.tell(ended)
    fresh = services().sessions.renew(token, services().signing_in.raised(facts), now=services().clock.now())
    flash(_("The two accounts are one now. You can take this back for 30 days, on your account page."))
    onward = _on(visit)
    return journeys.keep_token(onward, fresh) if fresh else onward


def leave(journey_id: str) -> AnyResponse:
    """Leave both as they are."""
    visit, _joined = _arrive(journey_id)
    check_button(journeys.address(journey_id, Step.JOIN.value))
    return _on(visit)


def _on(visit: Visit) -> AnyResponse:
    return journeys.go_on(visit.with_(joining=None).journey.id)


def _arrive(journey_id: str) -> tuple[Visit, str]:
    visit = arrive(journey_id, Step.JOIN)
    if visit.journey.joining is None:
        raise journeys.Elsewhere(journey_id)
    return visit, visit.journey.joining
