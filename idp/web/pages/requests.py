"""What relying parties asked this citizen by telephone (CIBA), on a page of its own below the account."""

from dataclasses import replace
from typing import Final

from flask import Response, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from idp.web.context import services
from idp.web.pages import browser, journeys
from idp.web.pages.account import back_here, here
from idp.web.pages.forms import check_button
from idp.web.pages.journeys import SEE_OTHER
from idp.web.pages.render import page

# Who signed in longer ago than this (seconds) shows the password again before approving.
FRESH: Final = 900


def show() -> Response:
    """What waits, newest first."""
    citizen_id, _token, _handle = here()
    return page("requests.html", requests=services().approvals.of_citizen(citizen_id), client_of=services().clients.get)


def answer(waiting_id: str) -> AnyResponse:
    """Begin the journey that answers one; only the citizen it is for can finish it. Raises ApprovalOver."""
    citizen_id, _token, _handle = here()
    check_button(url_for("pages.show_requests"))
    waiting = services().approvals.find(waiting_id, citizen_id)
    client = services().clients.get(waiting.client_id)
    if client is None:
        return redirect(url_for("pages.show_requests"), SEE_OTHER)
    asked = replace(
        waiting.request,
        code_challenge=waiting.id,
        max_age=FRESH,
        expected_sub=services().conductor.subject(citizen_id, client),
    )
    return journeys.begin(asked, waiting=waiting.id)


def refuse(waiting_id: str) -> AnyResponse:
    """Say no at once. Raises ApprovalOver."""
    citizen_id, _token, _handle = here()
    check_button(url_for("pages.show_requests"))
    services().approval_notices.answered(services().approvals.refuse(waiting_id, citizen_id, browser.origin()))
    return back_here(_("You refused it. Nothing was passed on."))
