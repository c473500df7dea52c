"""The ways to prove who one is: which there are, which lead on, and going on without."""

from flask import Response, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.assurance import Level
from idp.journey.dispatch import Step, may_decline
from idp.people.prove import Ways
from idp.web.context import services
from idp.web.pages import answer, journeys
from idp.web.pages.forms import check_button
from idp.web.pages.journeys import SEE_OTHER, Visit, arrive
from idp.web.pages.refusals import last_page
from idp.web.pages.render import journey_page

BELOW = f"{Step.PROVE.value}/"


def show(journey_id: str) -> Response:
    """The ways there are, with what each does; going on without where the client does not insist."""
    visit = arrive(journey_id, Step.PROVE)
    _, facts = visit.signed_in
    return journey_page(
        "prove.html",
        visit,
        ways=ways_of(visit),
        level=Level(facts.level),
        wanted=wanted_level(visit),
        may_decline=may_decline(visit.journey, facts.level),
    )


def ways_of(visit: Visit) -> Ways:
    """The channels that lead to what this journey asks for, after the one that came to nothing last."""
    _, facts = visit.signed_in
    return services().proving.ways(facts.citizen_id, wanted_level(visit), last_page(visit).removeprefix(BELOW))


def wanted_level(visit: Visit) -> Level:
    """The level this journey asks for."""
    asked = visit.journey.request
    return Level(max(asked.essential_level, asked.wanted_level) if asked else visit.journey.wants_level)


def decline(journey_id: str) -> AnyResponse:
    """Go on without, where the level was wanted but not insisted on."""
    visit = arrive(journey_id, Step.PROVE)
    check_button(journeys.address(journey_id, Step.PROVE.value))
    _, facts = visit.signed_in
    if may_decline(visit.journey, facts.level):
        visit.with_(declined_level=True, attempt_id=None)
    return journeys.go_on(journey_id)


def out_of_reach(journey_id: str) -> AnyResponse:
    """Back to the client that insists on a level no way here leads to."""
    visit = arrive(journey_id, Step.PROVE)
    check_button(journeys.address(journey_id, Step.PROVE.value))
    services().conductor.close(visit.journey)
    if visit.journey.request is None:
        return redirect(url_for("pages.account"), SEE_OTHER)
    return answer.to_client(visit.journey.request, {"error": answer.LEVEL_NOT_MET})
