"""The end of a journey that answers what was asked elsewhere: a terminal's code (RFC 8628), a telephone call (CIBA)."""

from typing import Final

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from idp.domain.decoupled import Waiting, Way
from idp.domain.errors import ApprovalOver
from idp.domain.ports import Granted
from idp.journey.record import Journey
from idp.web.context import services
from idp.web.pages import browser

SEE_OTHER: Final = 303


def approved(journey: Journey, granted: Granted) -> Response:
    """Keep what was opened for the client's next poll. Raises ApprovalOver."""
    waiting = services().approvals.approve(journey.waiting, granted.citizen_id, granted.code, browser.origin())
    services().approval_notices.answered(waiting)
    if waiting.way is Way.CIBA:
        return _to_account(_("You approved it. The call goes on."))
    return redirect(url_for("pages.device_done", outcome="approved"), SEE_OTHER)


def refused(journey: Journey) -> Response:
    """Say no where it was asked. What is over already was refused, or is too old: nothing is lost by it."""
    found = browser.signed_in()
    citizen_id = found[1].citizen_id if found else ""
    waiting: Waiting | None = None
    try:
        waiting = services().approvals.refuse(journey.waiting, citizen_id, browser.origin())
    except ApprovalOver:
        pass
    else:
        services().approval_notices.answered(waiting)
    if waiting is not None and waiting.way is Way.CIBA:
        return _to_account(_("You refused it. Nothing was passed on."))
    return redirect(url_for("pages.device_done", outcome="refused"), SEE_OTHER)


def _to_account(said: str) -> Response:
    flash(said)
    return redirect(url_for("pages.account"), SEE_OTHER)
