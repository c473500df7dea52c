"""The code of a self-service terminal, typed or scanned (RFC 8628 section 3.3), and the end of what it led to.

A scanned address fills the code in and does nothing else: the citizen presses on, signs in, and types the number that
the terminal shows (section 5.4: whoever was sent a link has no terminal before them).
"""

from dataclasses import replace
from typing import Final

from flask import Response, abort, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.errors import InvalidInput
from idp.people.approvals import USER_CODE
from idp.web.context import services
from idp.web.pages import browser, journeys
from idp.web.pages.forms import UserCodeForm, check_button
from idp.web.pages.render import page
from idp.web.pages.words import sentence

REFUSED: Final = 422
OUTCOMES: Final = frozenset({"approved", "refused"})
_LONGEST: Final = 20


def show() -> Response:
    """The form, filled in where the address has a code."""
    given = "".join(c for c in request.args.get(USER_CODE, "")[:_LONGEST] if c in "0123456789-")
    form = UserCodeForm(data={USER_CODE: given})
    return page("device.html", form=form, filled_in=bool(given))


def submit() -> AnyResponse:
    """Look the code up and begin the journey that answers it, bound to this browser."""
    check_button(url_for("pages.show_device"))
    form, found = UserCodeForm(), browser.signed_in()
    try:
        typed, citizen_id = form.text(USER_CODE), found[1].citizen_id if found else ""
        waiting = services().approvals.by_user_code(typed, browser.origin(), citizen_id)
    except InvalidInput as error:
        form[USER_CODE].errors = [sentence(error.field, error.rule)]
        return page("device.html", status=REFUSED, form=form, filled_in=False)
    return journeys.begin(replace(waiting.request, code_challenge=waiting.id), waiting=waiting.id)


def done(outcome: str) -> Response:
    """The phone's end; it goes on at the terminal."""
    if outcome not in OUTCOMES:
        abort(404)
    return page("device_done.html", outcome=outcome)
