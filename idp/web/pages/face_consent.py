"""Withdrawing the consent to examine one's face, as easily as it was given (PIPL article 15)."""

from flask import flash, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from idp.web.context import services
from idp.web.pages import browser, journeys
from idp.web.pages.account import back_here
from idp.web.pages.forms import check_button
from idp.web.pages.second_factor_removal import here


def withdraw() -> AnyResponse:
    """Take the consent back. Where a second factor goes with it, the sign-in must be fresh."""
    token, facts = here()
    check_button(url_for("pages.account"))
    if not services().face_consent.may_withdraw(facts):
        flash(_("Your face protects your sign-in, too. Please sign in once more, then withdraw the consent here."))
        return journeys.begin(reauthenticate=True)
    journeys.tell(services().face_consent.withdraw(facts.citizen_id, browser.origin(), keep_token=token))
    return back_here(_("Your consent is withdrawn. You are asked again before your face is examined."))
