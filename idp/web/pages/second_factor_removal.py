"""The authenticator's page below the account: what it is for, the way to set one up, and removing it with its code."""

from flask import Response, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.errors import FactorSetupOver, Rule, SecondFactorRefused
from idp.domain.ports import SessionFacts
from idp.journey.record import AUTHENTICATOR
from idp.web.context import services
from idp.web.pages import browser, journeys, words
from idp.web.pages.account import SignInFirst, back_here
from idp.web.pages.forms import SecondFactorForm, check_button
from idp.web.pages.render import page

REFUSED = 422


def here() -> tuple[str, SessionFacts]:
    """Token and session. Raises SignInFirst."""
    found = browser.signed_in()
    if found is None:
        raise SignInFirst
    return found


def show() -> Response:
    """Whether there is one; to change anything the sign-in must be fresh."""
    _token, facts = here()
    return _page(facts, SecondFactorForm())


def begin() -> AnyResponse:
    """Set one up; or show the password first, before one is removed."""
    _token, facts = here()
    check_button(url_for("pages.show_authenticator"))
    factors = services().second_factors
    return journeys.begin(
        reauthenticate=not factors.fresh(facts), sets_up=not factors.enrolled(facts.citizen_id), leads_to=AUTHENTICATOR
    )


def remove() -> AnyResponse:
    """Remove it, with a code of it. Other sessions end; this one stays what it was: it did show two factors."""
    token, facts = here()
    check_button(url_for("pages.show_authenticator"))
    form = SecondFactorForm()
    try:
        services().second_factors.remove(facts, form.text("otp"), browser.origin())
    except FactorSetupOver:  # fresh no more: the page leads to the password
        return _page(facts, SecondFactorForm())
    except SecondFactorRefused:
        form["otp"].errors = [words.sentence("otp", Rule.WRONG)]
        response = _page(facts, form)
        response.status_code = REFUSED
        return response
    journeys.tell(services().second_factors.end_others(facts.citizen_id, token))
    return back_here(_("Your authenticator app is removed. Other devices are signed out."))


def _page(facts: SessionFacts, form: SecondFactorForm) -> Response:
    factors = services().second_factors
    return page(
        "authenticator_account.html",
        form=form,
        enrolled=factors.enrolled(facts.citizen_id),
        fresh=factors.fresh(facts),
    )
