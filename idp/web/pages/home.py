"""The pages outside any journey that need no account: home, privacy, language, type size, signing out."""

from typing import Final

from flask import Response, redirect, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from idp.web.context import services
from idp.web.pages import browser, goodbye, journeys
from idp.web.pages.forms import check_button
from idp.web.pages.journeys import SEE_OTHER
from idp.web.pages.languages import LANGUAGES
from idp.web.pages.render import page

EVERYWHERE: Final = "everywhere"


def show() -> Response:
    """What this is, and the ways in."""
    return page("home.html", here_signed_in=browser.signed_in() is not None)


def privacy() -> Response:
    """What is kept, why, and for how long; the lives are the settings'."""
    return page("privacy.html", settings=services().settings)


def choose_language() -> AnyResponse:
    """Keep the chosen language and go back to the page."""
    back = _back()
    check_button(back)
    chosen = request.form.get("language")
    if chosen in LANGUAGES:
        session[browser.LANGUAGE] = chosen
        session.permanent = True
    return redirect(back, SEE_OTHER)


def choose_type_size() -> AnyResponse:
    """Switch 大字版 on or off and go back to the page."""
    back = _back()
    check_button(back)
    session[browser.ELDER] = request.form.get("elder") == "on"
    session.permanent = True
    return redirect(back, SEE_OTHER)


def _back() -> str:
    """The page that the form stood on: a path of ours, never an address (CVE-2024-39694, CWE-601)."""
    path = request.form.get("back", "")
    ours = path.startswith("/") and not path.startswith("//") and path.isprintable() and not set(path) & set("\\?#")
    return path if ours else url_for("pages.home")


def show_sign_out() -> AnyResponse:
    """Ask before signing out."""
    if browser.signed_in() is None:
        return redirect(url_for("pages.signed_out"), SEE_OTHER)
    return page("sign_out.html")


def sign_out() -> AnyResponse:
    """End the session here, or all of them, and tell their relying parties."""
    check_button(url_for("pages.show_sign_out"))
    found = browser.signed_in()
    if found is not None and request.form.get("where") == EVERYWHERE:
        journeys.end_others(found[1].citizen_id, found[0])
    token = browser.session_token()
    return goodbye.say(journeys.end_session(token) if token is not None else None)


def signed_out() -> Response:
    """Done."""
    return page("signed_out.html", frames=(), return_to="")
