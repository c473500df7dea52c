"""Sign in with a name and a password, or go on as who is signed in; the second factor is in ``second_factor``."""

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from idp.journey.dispatch import Step
from idp.journey.record import HalfSignedIn
from idp.people.link_proofs import Offer
from idp.web.context import services
from idp.web.pages import browser, journeys, upstream_words
from idp.web.pages.account import masked
from idp.web.pages.forms import SignInForm, check_button
from idp.web.pages.journeys import SEE_OTHER, Visit, arrive
from idp.web.pages.refusals import SAID_ON_FORMS, form_page, refused
from idp.web.pages.render import journey_page


def show(journey_id: str) -> Response:
    """The form; the client's ``login_hint`` is filled in."""
    visit = arrive(journey_id, Step.SIGN_IN)
    hint = visit.journey.request.login_hint if visit.journey.request else None
    pending = _pending(visit)
    offers = [] if visit.journey.password_only else services().upstream.offers
    return form_page(
        "sign_in.html",
        visit,
        Step.SIGN_IN.value,
        SignInForm(data={"username": hint or ""}),
        pending=pending,
        pending_place=upstream_words.label(pending.channel) if pending else "",
        upstreams=[facts for facts in offers if pending is None or facts.channel != pending.channel],
        upstream_label=upstream_words.label_of,
    )


def _pending(visit: Visit) -> Offer | None:
    """The upstream account that was opened just now and is linked to nobody."""
    proof_id = visit.journey.pending_link
    return services().linking.pending(proof_id, browser.origin()) if proof_id else None


def submit(journey_id: str) -> AnyResponse:
    """Check name and password. Every refusal looks the same."""
    visit = arrive(journey_id, Step.SIGN_IN)
    form = SignInForm()
    origin = browser.origin()
    try:
        form.check_token()
        first = services().signing_in.by_password(form.text("username"), form.text("password"), origin)
        if first.needs_second:
            visit.with_(half_signed_in=HalfSignedIn(first.citizen_id, first.method, first.amr))
            return journeys.go_on(journey_id)
        facts = services().signing_in.facts(first.citizen_id, first.method, first.amr, origin)
    except SAID_ON_FORMS as error:
        return refused(visit, Step.SIGN_IN.value, form, error)
    return journeys.sign_in(visit, facts)


def show_choice(journey_id: str) -> Response:
    """Who is signed in here, and whether that is who should go on (prompt=select_account)."""
    visit = arrive(journey_id, Step.CHOOSE_ACCOUNT)
    _, facts = visit.signed_in
    citizen = services().account.overview(facts.citizen_id).citizen
    return journey_page("choose_account.html", visit, person=masked(citizen))


def choose(journey_id: str) -> AnyResponse:
    """Go on as the person signed in, or sign that one out and ask for another."""
    visit = arrive(journey_id, Step.CHOOSE_ACCOUNT)
    check_button(journeys.address(journey_id, Step.CHOOSE_ACCOUNT.value))
    if request.form.get("choice") == "continue":
        visit.with_(account_confirmed=True)
        return journeys.go_on(journey_id)
    token, _ = visit.signed_in
    journeys.end_session(token)
    return journeys.drop_token(redirect(journeys.address(journey_id, Step.SIGN_IN.value), SEE_OTHER))
