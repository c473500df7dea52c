"""Setting up an authenticator app in a journey: why, the text message's code, the secret once, the app's first code.

It is a step of any journey: begun on the account page, or on the way to a level that needs two factors. The setup's id
stays in the journey, which belongs to this browser; the secret is shown by one GET and by none after it.
"""

from typing import Final

from flask import Response, flash, redirect, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.errors import FactorSetupOver
from idp.journey.dispatch import Step
from idp.journey.record import Purpose
from idp.web.context import services
from idp.web.pages import journeys
from idp.web.pages.forms import CodeForm, PageForm, SecondFactorForm, check_button
from idp.web.pages.journeys import SEE_OTHER, Visit, arrive
from idp.web.pages.qr_code import data_address
from idp.web.pages.refusals import SAID_ON_FORMS, form_page, refused

PAGE: Final = Step.AUTHENTICATOR.value
CODE: Final = f"{PAGE}/code"
APP: Final = f"{PAGE}/app"


def show(journey_id: str) -> AnyResponse:
    """What it is and what it takes; the button leads to the password first, when it was not asked for just now."""
    visit = arrive(journey_id, Step.AUTHENTICATOR)
    _token, facts = visit.signed_in
    if services().second_factors.enrolled(facts.citizen_id):  # in another tab
        return _left(visit)
    return form_page(
        "authenticator.html",
        visit,
        PAGE,
        PageForm(),
        fresh=services().second_factors.fresh(facts),
        number=services().second_factors.number_for_code(facts),
    )


def begin(journey_id: str) -> AnyResponse:
    """Begin, or begin anew; a code is texted where the password is all that was shown."""
    visit = arrive(journey_id, Step.AUTHENTICATOR)
    _token, facts = visit.signed_in
    form = PageForm()
    try:
        form.check_token()
        if not services().second_factors.fresh(facts):
            visit.with_(password_since=services().clock.now())
            return journeys.go_on(journey_id)
        begun = services().second_factors.begin(facts, visit.origin)
    except FactorSetupOver:
        return _to(visit, PAGE)
    except SAID_ON_FORMS as error:
        return refused(visit, PAGE, form, error)
    return _to(visit.with_(setup=begun.setup_id), CODE if begun.sent_to else APP)


def show_code(journey_id: str) -> AnyResponse:
    """Ask for the text message's code."""
    visit = arrive(journey_id, Step.AUTHENTICATOR)
    _token, facts = visit.signed_in
    try:
        if services().second_factors.may_enrol(visit.journey.setup, facts, visit.origin):
            return _to(visit, APP)
    except FactorSetupOver:
        return _over(visit)
    number = services().second_factors.number_for_code(facts)
    return form_page("setup_code.html", visit, CODE, CodeForm(), setup=PAGE, number=number)


def submit_code(journey_id: str) -> AnyResponse:
    """Check it."""
    visit = arrive(journey_id, Step.AUTHENTICATOR)
    _token, facts = visit.signed_in
    form = CodeForm()
    try:
        form.check_token()
        services().second_factors.confirm_mobile(visit.journey.setup, form.text("code"), facts, visit.origin)
    except FactorSetupOver:
        return _over(visit)
    except SAID_ON_FORMS as error:
        return refused(visit, CODE, form, error)
    return _to(visit.without_draft(), APP)


def show_app(journey_id: str) -> AnyResponse:
    """The secret, the first time; and the field for the app's code."""
    if request.method == "HEAD":  # whoever only looks uses nothing up
        return Response()
    visit = arrive(journey_id, Step.AUTHENTICATOR)
    _token, facts = visit.signed_in
    try:
        shown = services().second_factors.show(visit.journey.setup, facts, visit.origin)
    except FactorSetupOver:
        return _over(visit)
    secret, address = shown or ("", "")
    return form_page(
        "authenticator_app.html",
        visit,
        APP,
        SecondFactorForm(),
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        address=address,
        picture=data_address(address) if address else "",
    )


def submit_app(journey_id: str) -> AnyResponse:
    """Enrol with the app's first code; the session goes on with two factors, under a new token, alone."""
    visit = arrive(journey_id, Step.AUTHENTICATOR)
    token, facts = visit.signed_in
    form = SecondFactorForm()
    try:
        form.check_token()
        methods = services().second_factors.enrol(visit.journey.setup, form.text("otp"), facts, visit.origin)
    except FactorSetupOver:
        return _over(visit)
    except SAID_ON_FORMS as error:
        return refused(visit, APP, form, error)
    raised = services().signing_in.raised(facts, methods)
    fresh = services().sessions.renew(token, raised, now=services().clock.now())
    journeys.tell(services().second_factors.end_others(facts.citizen_id, fresh))
    if visit.journey.purpose is Purpose.ACCOUNT:
        flash(_("Your authenticator app is set up. Other devices are signed out."))
    onward = _left(visit)
    return journeys.keep_token(onward, fresh) if fresh else onward


def leave(journey_id: str) -> AnyResponse:
    """Go on without setting it up."""
    visit = arrive(journey_id, Step.AUTHENTICATOR)
    check_button(journeys.address(journey_id, PAGE))
    return _left(visit)


def _left(visit: Visit) -> AnyResponse:
    visit.with_(sets_up=False, setup="")
    return journeys.go_on(visit.journey.id)


def _over(visit: Visit) -> AnyResponse:
    """The setup is too old, was begun anew, or belongs to another session: begin again. Nothing was enrolled."""
    if visit.journey.setup:
        flash(_("Setting up took too long, or was begun anew. Nothing was changed. Please begin again."))
        visit.with_(setup="")
    return _to(visit, PAGE)


def _to(visit: Visit, page: str) -> AnyResponse:
    return redirect(journeys.address(visit.journey.id, page), SEE_OTHER)
