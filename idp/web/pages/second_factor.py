"""The second factor of a half signed-in person, or of a step-up: the app's code, a texted code, and the choice.

Who has the app alone sees its form; who opted in to their face chooses (:mod:`idp.people.second_ways`). The face has
its camera in :mod:`idp.web.pages.second_factor_face`.
"""

from typing import Final

from flask import Response, redirect
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.audit_words import SignInMethod
from idp.domain.errors import SecondFactorRefused
from idp.journey.dispatch import Step
from idp.journey.record import STEP_UP, HalfSignedIn
from idp.people.second_ways import Way
from idp.web.context import services
from idp.web.pages import browser, journeys
from idp.web.pages.forms import CodeForm, PageForm, SecondFactorForm, check_button
from idp.web.pages.journeys import SEE_OTHER, Visit, arrive
from idp.web.pages.refusals import SAID_ON_FORMS, form_page, refused

PAGE: Final = Step.SECOND_FACTOR.value
APP: Final = f"{PAGE}/app"
TEXT: Final = f"{PAGE}/text"
FACE: Final = f"{PAGE}/face"


def half_of(visit: Visit) -> HalfSignedIn:
    """Who is half signed in. Raises Elsewhere when the journey has moved on."""
    half = visit.journey.half_signed_in
    if half is None:
        raise journeys.Elsewhere(visit.journey.id)
    return half


def ways_of(visit: Visit) -> tuple[Way, ...]:
    """The ways that this person has here."""
    half = half_of(visit)
    return services().second_ways.of(half.citizen_id, half.amr)


def show(journey_id: str) -> Response:
    """The form for the authenticator's code, where it is the only way; else the choice."""
    visit = arrive(journey_id, Step.SECOND_FACTOR)
    ways = ways_of(visit)
    if ways == (Way.APP,):
        return form_page("second_factor.html", visit, PAGE, SecondFactorForm(), ways=ways)
    half = half_of(visit)
    number = services().second_ways.number(half.citizen_id) if Way.TEXT in ways else ""
    return form_page("second_factor_choice.html", visit, PAGE, PageForm(), ways=ways, number=number)


def show_app(journey_id: str) -> AnyResponse:
    """The same form, for who chose it."""
    visit = arrive(journey_id, Step.SECOND_FACTOR)
    ways = ways_of(visit)
    if Way.APP not in ways or len(ways) == 1:
        return to(visit, PAGE)
    return form_page("second_factor.html", visit, APP, SecondFactorForm(), ways=ways)


def submit_app(journey_id: str) -> AnyResponse:
    """Check the authenticator's code."""
    visit = arrive(journey_id, Step.SECOND_FACTOR)
    half, form, origin = half_of(visit), SecondFactorForm(), browser.origin()
    page = PAGE if len(ways_of(visit)) <= 1 else APP
    try:
        form.check_token()
        return complete(visit, services().signing_in.second_factor(half.citizen_id, form.text("otp"), origin))
    except SAID_ON_FORMS as error:
        return refused(visit, page, form, error)


def send_text(journey_id: str) -> AnyResponse:
    """Text a code to the confirmed number."""
    visit = arrive(journey_id, Step.SECOND_FACTOR)
    check_button(journeys.address(journey_id, PAGE))
    half = half_of(visit)
    try:
        services().second_ways.send_text(half.citizen_id, half.amr, journey_id, browser.origin())
    except SecondFactorRefused:  # an app was set up meanwhile, or the account is closed
        return to(visit, PAGE)
    except SAID_ON_FORMS as error:
        return refused(visit, TEXT, CodeForm(), error)
    return to(visit.without_draft(), TEXT)


def show_text(journey_id: str) -> AnyResponse:
    """Ask for the code that was texted."""
    visit = arrive(journey_id, Step.SECOND_FACTOR)
    ways = ways_of(visit)
    if Way.TEXT not in ways:
        return to(visit, PAGE)
    number = services().second_ways.number(half_of(visit).citizen_id)
    return form_page("second_factor_text.html", visit, TEXT, CodeForm(), ways=ways, number=number)


def submit_text(journey_id: str) -> AnyResponse:
    """Check it."""
    visit = arrive(journey_id, Step.SECOND_FACTOR)
    half, form, origin = half_of(visit), CodeForm(), browser.origin()
    try:
        form.check_token()
        more = services().second_ways.by_text(half.citizen_id, half.amr, journey_id, form.text("code"), origin)
        return complete(visit, more)
    except SecondFactorRefused:
        return to(visit, PAGE)
    except SAID_ON_FORMS as error:
        return refused(visit, TEXT, form, error)


def start_over(journey_id: str) -> AnyResponse:
    """Back from the second factor to the first, to sign in with another name."""
    visit = arrive(journey_id, Step.SECOND_FACTOR)
    check_button(journeys.address(journey_id))
    visit.with_(half_signed_in=None)
    return journeys.go_on(journey_id)


def complete(visit: Visit, more: tuple[str, ...]) -> AnyResponse:
    """Sign in, or step the running session up, with what the second factor adds to ``amr``. Raises SignInRefused."""
    half, origin = half_of(visit), browser.origin()
    amr = (*half.amr, *more)
    if half.method == STEP_UP:
        facts = services().signing_in.raised(visit.signed_in[1], more)
    elif half.link_id:
        facts = services().upstream.facts(half.link_id, half.citizen_id, amr, origin)
    else:
        facts = services().signing_in.facts(half.citizen_id, SignInMethod(half.method), amr, origin)
    return journeys.sign_in(visit, facts)


def to(visit: Visit, page: str) -> AnyResponse:
    """To one of these pages."""
    return redirect(journeys.address(visit.journey.id, page), SEE_OTHER)
