"""The ways to prove who one is: which there are, which lead on, and going on without."""

from typing import Any

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.assurance import Amr, Level
from idp.domain.errors import AssuranceNotMet
from idp.journey.dispatch import Step, may_decline
from idp.journey.record import STEP_UP, HalfSignedIn
from idp.oidc.errors import as_oauth
from idp.people.prove import Ways
from idp.people.ways import preferred
from idp.web.context import services
from idp.web.pages import answer, journeys
from idp.web.pages.forms import check_button
from idp.web.pages.journeys import SEE_OTHER, Visit, arrive
from idp.web.pages.refusals import last_page
from idp.web.pages.render import journey_page
from idp.web.responses import error_parameters

BELOW = f"{Step.PROVE.value}/"


def show(journey_id: str) -> Response:
    """The ways there are, with what each does; going on without where the client does not insist."""
    visit = arrive(journey_id, Step.PROVE)
    _, facts = visit.signed_in
    ways = ways_of(visit)
    return journey_page(
        "prove.html",
        visit,
        ways=ways,
        claim=services().disputing.claim_of(facts.citizen_id),
        frozen=services().disputing.frozen(facts.citizen_id),
        level=Level(facts.level),
        wanted=wanted_level(visit),
        may_decline=may_decline(visit.journey, facts.level),
        factor_missing=_factor_missing(visit),
        authenticator=_factor_missing(visit) and services().signing_in.has_second_factor(facts.citizen_id),
        opted_in=services().face_factor.enrolled(facts.citizen_id),
        may_opt_in=services().face_factor.lack(facts.citizen_id) is None,
        **_wished(visit, ways),
    )


def _wished(visit: Visit, ways: Ways) -> dict[str, Any]:
    """Which of the ways the portal suggests or asks for, said to the citizen, who else would wonder."""
    asked = visit.journey.request
    shown = [offer.facts for offer in (*ways.now, *ways.later)]
    names = asked.channels if asked else ()
    return {
        "wished": sorted((each for each in shown if each.name in names), key=lambda each: names.index(each.name)),
        "required": asked is not None and asked.channels_only,
        "others": any(each.name not in names for each in shown),
    }


def _factor_missing(visit: Visit) -> bool:
    """Whether the level asked for needs a second factor that this sign-in has not used."""
    _, facts = visit.signed_in
    return wanted_level(visit) is Level.HIGH and Amr.MULTIPLE_FACTORS not in facts.amr


def ways_of(visit: Visit, instead_of: str = "") -> Ways:
    """The channels that lead to what this journey asks for, as the portal would like them.

    Those first that are as strong as ``instead_of``; where none is named it is the one that came to nothing last, and
    that one stands behind the others.
    """
    _, facts = visit.signed_in
    if visit.step is Step.ACT_FOR:
        return Ways(services().proving.offers(facts.citizen_id, to_act=True), (), reaches=True)
    after, factor_missing = instead_of or last_page(visit).removeprefix(BELOW), _factor_missing(visit)
    # Where two accounts have shown the same, only more than that leads anywhere.
    wanted = max(wanted_level(visit), services().disputing.goal(facts.citizen_id))
    ways = services().proving.ways(facts.citizen_id, wanted, after, factor_missing=factor_missing)
    asked = visit.journey.request
    return preferred(ways, asked.channels, only=asked.channels_only, after=after) if asked else ways


def declinable(visit: Visit) -> bool:
    """Whether the citizen may go on without this check; for whom they act is answered on that step's own page."""
    _, facts = visit.signed_in
    return visit.step is Step.PROVE and may_decline(visit.journey, facts.level)


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


def second_factor(journey_id: str) -> AnyResponse:
    """Step up the running session by a second factor, where that is what the level needs."""
    visit = arrive(journey_id, Step.PROVE)
    check_button(journeys.address(journey_id, Step.PROVE.value))
    _, facts = visit.signed_in
    if _factor_missing(visit) and services().signing_in.has_second_factor(facts.citizen_id):
        visit.with_(half_signed_in=HalfSignedIn(facts.citizen_id, STEP_UP, facts.amr))
    return journeys.go_on(journey_id)


def set_up(journey_id: str) -> AnyResponse:
    """Set up an app or the face first, where the level needs a second factor and there is none, and come back here."""
    visit = arrive(journey_id, Step.PROVE)
    check_button(journeys.address(journey_id, Step.PROVE.value))
    _, facts = visit.signed_in
    if _factor_missing(visit) and not services().signing_in.has_second_factor(facts.citizen_id):
        by_face = request.form.get("by") == "face"
        visit.with_(sets_up=not by_face, opts_in=by_face, setup="")
    return journeys.go_on(journey_id)


def out_of_reach(journey_id: str) -> AnyResponse:
    """Back to the client that insists on a level no way here leads to."""
    visit = arrive(journey_id, Step.PROVE)
    check_button(journeys.address(journey_id, Step.PROVE.value))
    services().conductor.close(visit.journey)
    if visit.journey.request is None:
        return redirect(url_for("pages.account"), SEE_OTHER)
    return answer.refused(visit.journey, error_parameters(as_oauth(AssuranceNotMet())))
