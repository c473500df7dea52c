"""For whom the citizen acts: the organisations they stand for, a way to prove another, or themselves alone."""

from typing import Any

from flask import Response, flash, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.organisations import FOR_ONESELF, Standing
from idp.journey.dispatch import Step
from idp.web.context import services
from idp.web.pages import answer, journeys
from idp.web.pages.forms import check_button
from idp.web.pages.journeys import Visit, arrive
from idp.web.pages.render import journey_page

# What the buttons say that name no organisation; ids of standings are hexadecimal.
MYSELF = "myself"
BACK = "back"


def show(journey_id: str) -> AnyResponse:
    """The choice; what was chosen for this portal in this session before is not asked twice."""
    visit = arrive(journey_id, Step.ACT_FOR)
    token, facts = visit.signed_in
    asked, acting = visit.journey.request, services().conductor.acting
    if asked is not None and visit.journey.acting_for is None:
        earlier = acting.earlier(asked, token, facts)
        if earlier is not None:
            visit.with_(acting_for=earlier)
            return journeys.go_on(journey_id)
    return _page(visit)


def _page(visit: Visit) -> Response:
    _token, facts = visit.signed_in
    asked = visit.journey.request
    return journey_page(
        "act_for.html",
        visit,
        standings=services().conductor.acting.of(facts.citizen_id),
        offers=services().proving.offers(facts.citizen_id, to_act=True),
        must_act=asked is not None and asked.claims.must_act,
    )


def choose(journey_id: str) -> AnyResponse:
    """Take the choice; one that does not hold any more is asked for again."""
    visit = arrive(journey_id, Step.ACT_FOR)
    check_button(journeys.address(journey_id, Step.ACT_FOR.value))
    _token, facts = visit.signed_in
    choice, asked = request.form.get("choice", ""), visit.journey.request
    if asked is None:
        visit.with_(proves_standing=False, attempt_id=None)
        return journeys.go_on(journey_id)
    if choice == BACK:
        services().conductor.close(visit.journey)
        return answer.refused(visit.journey)
    standing = services().conductor.acting.find(facts.citizen_id, choice)
    if standing is not None or (choice == MYSELF and not asked.claims.must_act):
        visit.with_(acting_for=standing.id if standing else FOR_ONESELF, attempt_id=None)
        services().representing.chose(facts.citizen_id, asked.client_id, standing, visit.origin)
    return journeys.go_on(journey_id)


def chosen(visit: Visit, standing: Standing | None) -> dict[str, Any]:
    """What a proof changes in its journey: whoever proved an organisation on this step acts for it."""
    if standing is None or visit.step is not Step.ACT_FOR:
        return {}
    if visit.journey.request is None:
        flash(_("It is confirmed: you can act for this organisation until this time tomorrow."))
    else:
        services().representing.chose(standing.citizen_id, visit.journey.request.client_id, standing, visit.origin)
    return {"acting_for": standing.id}
