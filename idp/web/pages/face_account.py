"""The face's page below the account: what signing in by it is, the way to opt in, and taking it back."""

from flask import Response, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.assurance import Level
from idp.domain.errors import FactorSetupOver
from idp.journey.record import FACE
from idp.web.context import services
from idp.web.pages import browser, journeys
from idp.web.pages.account import back_here
from idp.web.pages.forms import check_button
from idp.web.pages.render import page
from idp.web.pages.second_factor_removal import here


def show() -> Response:
    """Whether the face is a second factor; to change anything the sign-in must be fresh."""
    _token, facts = here()
    factor = services().face_factor
    return page(
        "face_account.html",
        enrolled=factor.enrolled(facts.citizen_id),
        removable=factor.may_remove(facts),
        lack=factor.lack(facts.citizen_id),
        provable=services().account.overview(facts.citizen_id).level < Level.HIGH,
    )


def begin() -> AnyResponse:
    """Opt in; or show the password first, before it is taken back."""
    _token, facts = here()
    check_button(url_for("pages.show_face"))
    factor = services().face_factor
    return journeys.begin(
        reauthenticate=not factor.fresh(facts), opts_in=not factor.enrolled(facts.citizen_id), leads_to=FACE
    )


def remove() -> AnyResponse:
    """Take it back. Other sessions end; this one stays what it was: it did show two factors."""
    token, facts = here()
    check_button(url_for("pages.show_face"))
    try:
        removed = services().face_factor.remove(facts, browser.origin())
    except FactorSetupOver:  # fresh no more: the page leads to the sign-in
        return show()
    if not removed:
        return back_here()
    journeys.tell(services().second_factors.end_others(facts.citizen_id, token))
    return back_here(_("Your face opens nothing here any more, and what it was recognised by is deleted."))
