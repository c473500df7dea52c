"""The organisations a citizen stands for, on the account page: proved there, taken away there."""

from flask import url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.assurance import Level
from idp.web.context import services
from idp.web.pages import account, browser, journeys
from idp.web.pages.forms import check_button
from idp.web.pages.render import page


def prove() -> AnyResponse:
    """Begin a journey that proves one."""
    account.here()
    check_button(url_for("pages.account"))
    return journeys.begin(proves_standing=True, wants_level=int(Level.BASIC))


def show_remove(standing_id: str) -> AnyResponse:
    """Ask before one is taken away."""
    citizen_id, _token, _handle = account.here()
    found = next((each for each in services().representing.of(citizen_id) if each.id == standing_id), None)
    return page("remove_organisation.html", standing=found) if found else account.back_here()


def remove(standing_id: str) -> AnyResponse:
    """Take it away; portals that are told for whom the citizen acts ask again."""
    citizen_id, _token, _handle = account.here()
    check_button(url_for("pages.show_remove_organisation", standing_id=standing_id))
    removed = services().representing.remove(citizen_id, standing_id, browser.origin())
    return account.back_here(_("You no longer stand for that organisation here.") if removed else "")
