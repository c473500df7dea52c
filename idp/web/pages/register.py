"""Register in three pages: mobile number, code, password. Nobody learns from them who has an account: that a number is
known is said only to whoever has shown to hold it.
"""

import math
from typing import Final

from flask import Response, redirect, session
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.assurance import Amr
from idp.domain.audit_words import SignInMethod
from idp.domain.errors import MobileTaken
from idp.journey.dispatch import Step
from idp.journey.record import Enrolment
from idp.people.contact import masked_mobile, parse_mobile
from idp.web.context import services
from idp.web.pages import browser, journeys
from idp.web.pages.forms import CodeForm, MobileForm, NewPasswordForm, SignInForm
from idp.web.pages.journeys import SEE_OTHER, Visit, arrive
from idp.web.pages.languages import language
from idp.web.pages.refusals import SAID_ON_FORMS, form_page, refused
from idp.web.pages.render import journey_page
from idp.web.pages.times import waiting_time

MOBILE: Final = "register"
CODE: Final = "register/code"
PASSWORD: Final = "register/password"  # noqa: S105  a page
RESEND_AFTER: Final = 60.0
AMR: Final = (Amr.PASSWORD.value, Amr.SMS.value)


def begin() -> AnyResponse:
    """``/register``: for people who come without a portal; the journey leads to the account page."""
    return journeys.begin(page=MOBILE)


def show(journey_id: str) -> Response:
    """Ask for the mobile number; "change number" comes back here with the old one."""
    visit = arrive(journey_id, Step.SIGN_IN)
    known = visit.journey.enrolment
    typed = known.mobile.removeprefix("+86") if known else ""
    return form_page("register.html", visit, MOBILE, MobileForm(data={"mobile": typed}))


def submit(journey_id: str) -> AnyResponse:
    """Send a code."""
    visit = arrive(journey_id, Step.SIGN_IN)
    form = MobileForm()
    try:
        form.check_token()
        if _just_sent(visit, form):
            return _to(visit, CODE)
        mobile = services().enrolling.send_code(form.text("mobile"), visit.origin)
    except SAID_ON_FORMS as error:
        return refused(visit, MOBILE, form, error)
    return _sent(visit, mobile)


def _just_sent(visit: Visit, form: MobileForm) -> bool:
    """Whether a code went to this very number a moment ago: pressed twice, or came back to look (it is still good)."""
    known = visit.journey.enrolment
    if known is None or services().clock.now() >= known.sent_at + RESEND_AFTER:
        return False
    return known.mobile == parse_mobile(form.text("mobile"))


def _sent(visit: Visit, mobile: str) -> AnyResponse:
    visit.with_(enrolment=Enrolment(mobile, sent_at=services().clock.now()))
    session.pop(browser.KNOWN_NUMBER, None)
    return _to(visit, CODE)


def _to(visit: Visit, page: str) -> AnyResponse:
    return redirect(journeys.address(visit.journey.id, page), SEE_OTHER)


def _enrolment(journey_id: str, *, confirmed: bool = False) -> tuple[Visit, Enrolment]:
    """The registration under way. Raises Elsewhere when there is none, or its number is not confirmed yet."""
    visit = arrive(journey_id, Step.SIGN_IN)
    found = visit.journey.enrolment
    if found is None or (confirmed and not found.confirmed):
        raise journeys.Elsewhere(journey_id)
    return visit, found


def show_code(journey_id: str) -> Response:
    """Ask for the code."""
    visit, enrolment = _enrolment(journey_id)
    left = enrolment.sent_at + RESEND_AFTER - services().clock.now()
    return form_page(
        "register_code.html",
        visit,
        CODE,
        CodeForm(),
        number=masked_mobile(enrolment.mobile),
        wait=waiting_time(math.ceil(left)),
        may_resend=left <= 0,
    )


def submit_code(journey_id: str) -> AnyResponse:
    """Check the code."""
    visit, enrolment = _enrolment(journey_id)
    form = CodeForm()
    try:
        form.check_token()
        free = services().enrolling.confirm(enrolment.mobile, form.text("code"), browser.origin())
    except SAID_ON_FORMS as error:
        return refused(visit, CODE, form, error)
    if not free:
        return _known(visit)
    visit.with_(enrolment=Enrolment(enrolment.mobile, confirmed=True, sent_at=enrolment.sent_at))
    return _to(visit, PASSWORD)


def resend(journey_id: str) -> AnyResponse:
    """Send another code; the earlier one is void."""
    visit, enrolment = _enrolment(journey_id)
    form = CodeForm()
    try:
        form.check_token()
        mobile = services().enrolling.send_code(enrolment.mobile, visit.origin)
    except SAID_ON_FORMS as error:
        return refused(visit, CODE, form, error)
    return _sent(visit, mobile)


def _known(visit: Visit) -> AnyResponse:
    session[browser.KNOWN_NUMBER] = visit.without_draft().journey.id
    return _to(visit, "register/existing")


def show_existing(journey_id: str) -> Response:
    """The number has an account: sign in to it, with the number filled in."""
    visit, enrolment = _enrolment(journey_id)
    if session.get(browser.KNOWN_NUMBER) != journey_id:
        raise journeys.Elsewhere(journey_id)
    number = enrolment.mobile.removeprefix("+86")
    return journey_page("register_existing.html", visit, form=SignInForm(data={"username": number}))


def show_password(journey_id: str) -> Response:
    """Ask for a password and, if wished, a login name."""
    visit, _ = _enrolment(journey_id, confirmed=True)
    return form_page("register_password.html", visit, PASSWORD, NewPasswordForm())


def submit_password(journey_id: str) -> AnyResponse:
    """Open the account and sign in."""
    visit, enrolment = _enrolment(journey_id, confirmed=True)
    form = NewPasswordForm()
    origin = browser.origin()
    try:
        form.check_token()
        citizen = services().enrolling.open(
            enrolment.mobile,
            form.text("password"),
            form.text("password_again"),
            form.text("login_name"),
            language(),
            origin,
        )
    except MobileTaken:  # somebody registered it meanwhile
        return _known(visit)
    except SAID_ON_FORMS as error:
        return refused(visit, PASSWORD, form, error)
    facts = services().signing_in.facts(citizen.id, SignInMethod.MOBILE, AMR, origin)
    return journeys.sign_in(visit, facts)
