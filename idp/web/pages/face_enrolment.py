"""Opting in to the face at sign-in, in a journey: what it is, the text message's code, the camera.

A step of any journey (``Step.FACE``), built as that of the authenticator
(:mod:`idp.web.pages.second_factor_enrolment`); the setup's id stays in the journey, which belongs to this browser.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from flask import Response, flash, redirect
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.capturing import Judged, Live
from idp.domain.errors import FactorSetupOver, JourneyMoved
from idp.journey.dispatch import Step
from idp.journey.record import Purpose
from idp.web.context import services
from idp.web.pages import journeys
from idp.web.pages.camera import Talk, answered
from idp.web.pages.camera_page import CameraPage, certified
from idp.web.pages.forms import CodeForm, PageForm, check_button
from idp.web.pages.journeys import SEE_OTHER, Visit, arrive
from idp.web.pages.refusals import SAID_ON_FORMS, form_page, refused
from idp.web.pages.second_factor_face import crowded, hints_of, keep_hints

PAGE: Final = Step.FACE.value
CODE: Final = f"{PAGE}/code"
CAMERA: Final = f"{PAGE}/camera"


def show(journey_id: str) -> AnyResponse:
    """What it is, what is kept, and what it takes; the button is the consent."""
    visit = arrive(journey_id, Step.FACE)
    _token, facts = visit.signed_in
    factor = services().face_factor
    if factor.enrolled(facts.citizen_id):  # in another tab
        return _left(visit)
    return form_page(
        "face_opt_in.html",
        visit,
        PAGE,
        PageForm(),
        lack=factor.lack(facts.citizen_id),
        consented=services().face_consent.given(facts.citizen_id),
        fresh=factor.fresh(facts),
        number=factor.number_for_code(facts),
    )


def begin(journey_id: str) -> AnyResponse:
    """Begin, or begin anew; a code is texted where the password is all that was shown."""
    visit = arrive(journey_id, Step.FACE)
    _token, facts = visit.signed_in
    form = PageForm()
    try:
        form.check_token()
        if not services().face_factor.fresh(facts):
            visit.with_(password_since=services().clock.now())
            return journeys.go_on(journey_id)
        begun = services().face_factor.begin(facts, visit.origin)
    except FactorSetupOver:
        return _to(visit, PAGE)
    except SAID_ON_FORMS as error:
        return refused(visit, PAGE, form, error)
    return _to(visit.with_(setup=begun.setup_id), CODE if begun.sent_to else CAMERA)


def show_code(journey_id: str) -> AnyResponse:
    """Ask for the text message's code."""
    visit = arrive(journey_id, Step.FACE)
    _token, facts = visit.signed_in
    try:
        if services().face_factor.confirmed(visit.journey.setup, facts, visit.origin):
            return _to(visit, CAMERA)
    except FactorSetupOver:
        return _over(visit)
    number = services().face_factor.number_for_code(facts)
    return form_page("setup_code.html", visit, CODE, CodeForm(), setup=PAGE, number=number)


def submit_code(journey_id: str) -> AnyResponse:
    """Check it."""
    visit = arrive(journey_id, Step.FACE)
    _token, facts = visit.signed_in
    form = CodeForm()
    try:
        form.check_token()
        services().face_factor.confirm_mobile(visit.journey.setup, form.text("code"), facts, visit.origin)
    except FactorSetupOver:
        return _over(visit)
    except SAID_ON_FORMS as error:
        return refused(visit, CODE, form, error)
    return _to(visit.without_draft(), CAMERA)


def show_camera(journey_id: str) -> AnyResponse:
    """The camera."""
    visit = arrive(journey_id, Step.FACE)
    _token, facts = visit.signed_in
    try:
        services().face_factor.owner(visit.journey.setup, facts, visit.origin)
    except FactorSetupOver:
        return _over(visit)
    page = CameraPage(journeys.address(journey_id, CAMERA), certified(), hints_of(visit, CAMERA))
    return form_page("face_camera.html", visit, CAMERA, PageForm(), camera=page)


def start(journey_id: str) -> Response:
    """Begin a run at the camera."""
    return _of_setup(journey_id, lambda visit, talk: crowded(visit, CAMERA, talk.start()))


def frames(journey_id: str) -> Response:
    """Take frames."""
    return _of_setup(journey_id, lambda _visit, talk: talk.frames())


def picture(journey_id: str) -> Response:
    """Decide, and keep what the face is recognised by from now on."""
    return _of_setup(journey_id, lambda visit, talk: talk.picture(lambda judged: _decided(visit, judged)))


def leave(journey_id: str) -> AnyResponse:
    """Go on without."""
    visit = arrive(journey_id, Step.FACE)
    check_button(journeys.address(journey_id, PAGE))
    return _left(visit)


def _of_setup(journey_id: str, say: Callable[[Visit, Talk], Response]) -> Response:
    def work() -> Response:
        visit = arrive(journey_id, Step.FACE)
        _token, facts = visit.signed_in
        try:
            owner = services().face_factor.owner(visit.journey.setup, facts, visit.origin)
        except FactorSetupOver:  # the page itself says so
            raise journeys.Elsewhere(journey_id) from None
        address = journeys.address(journey_id, CAMERA)
        return say(visit, Talk(owner, facts.citizen_id, visit.origin, address))

    return answered(journeys.address(journey_id, CAMERA), work)


def _decided(visit: Visit, judged: Judged) -> AnyResponse:
    """Enrol; the session goes on with two factors, under a new token, alone."""
    if not isinstance(judged, Live):
        if judged.hints:
            return keep_hints(visit, CAMERA, judged.hints)
        flash(_("The camera could not be sure that somebody is in front of it. Nothing was changed."))
        return _to(visit, PAGE)
    token, facts = visit.signed_in
    try:
        methods = services().face_factor.enrol(visit.journey.setup, judged, facts, visit.origin)
    except FactorSetupOver:
        return _over(visit)
    raised = services().signing_in.raised(facts, methods)
    fresh = services().sessions.renew(token, raised, now=services().clock.now())
    journeys.tell(services().second_factors.end_others(facts.citizen_id, fresh))
    if visit.journey.purpose is Purpose.ACCOUNT:
        flash(_("You can sign in with your face from now on. Other devices are signed out."))
    with suppress(JourneyMoved):  # another tab moved the journey: the new token must reach this browser all the same
        visit.with_(opts_in=False, setup="")
    onward = redirect(journeys.address(visit.journey.id), SEE_OTHER)
    return journeys.keep_token(onward, fresh) if fresh else onward


def _left(visit: Visit) -> Response:
    visit.with_(opts_in=False, setup="")
    return redirect(journeys.address(visit.journey.id), SEE_OTHER)  # type: ignore[return-value]


def _over(visit: Visit) -> AnyResponse:
    """The setup is too old, was begun anew, or belongs to another session: begin again. Nothing was changed."""
    if visit.journey.setup:
        flash(_("Setting up took too long, or was begun anew. Nothing was changed. Please begin again."))
        visit.with_(setup="")
    return _to(visit, PAGE)


def _to(visit: Visit, page: str) -> AnyResponse:
    return redirect(journeys.address(visit.journey.id, page), SEE_OTHER)
