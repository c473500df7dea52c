"""Every way out of a page that went wrong: what happened, what to do now, and a link that leads on. No dead ends.

Sentences are chosen by closed codes; nothing of the request or of an exception is shown. Only the log has the trace.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import structlog
from flask import Flask, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.client import Client
from idp.domain.errors import (
    ApprovalOver,
    AttemptError,
    Distrusted,
    JourneyLost,
    JourneyMoved,
    LimitReached,
    PersonMismatch,
    SignInRefused,
    StoreUnavailable,
    Unavailable,
)
from idp.web.context import services
from idp.web.pages import account, browser, journeys
from idp.web.pages.forms import PageExpired
from idp.web.pages.languages import language
from idp.web.pages.link_troubles import LINK_CODES, LINK_TROUBLES
from idp.web.pages.over import OVER_CODES
from idp.web.pages.render import page
from idp.web.pages.times import waiting_time
from idp.web.pages.told import Told

log = structlog.get_logger(__name__)
Links = list[tuple[str, str]]


_OURS: Final = Told(
    _l("Something went wrong here"),
    _l("The fault is ours. Nothing you entered was at fault, and no try was used up."),
    _l("Please try again in a few minutes. If it happens again, tell the hotline the number below."),
)
_PORTALS_FAULT: Final = _l("For your safety you were not sent on. You did nothing wrong.")
_ASK_PORTAL: Final = _l("Please go back to the portal and begin again. If it happens again, tell the portal.")

CODES: Final[Mapping[str, Told]] = {
    "unknown_client": Told(_l("This portal is not known here"), _PORTALS_FAULT, _ASK_PORTAL),
    "redirect_uri_mismatch": Told(_l("The portal's return address is not registered"), _PORTALS_FAULT, _ASK_PORTAL),
    "redirect_uri_missing": Told(_l("The portal gave no return address"), _PORTALS_FAULT, _ASK_PORTAL),
    "invalid_request_uri": Told(
        _l("This sign-in was used already or is too old"),
        _l("Each address to which a portal sends you here works once and for a short time. Nothing was changed."),
        _ASK_PORTAL,
    ),
    "invalid_request": Told(
        _l("The request cannot be understood"),
        _l("Something in the address or in what the portal sent is not as it should be. Nothing was changed."),
        _ASK_PORTAL,
    ),
    "temporarily_unavailable": Told(
        _l("Not available at the moment"),
        _l("A part of this service does not answer. Nothing was lost."),
        _l("Please try again in a few minutes."),
    ),
    "server_error": _OURS,
    "not_found": Told(
        _l("This page does not exist"),
        _l("The address may be mistyped, or the page has moved."),
        _l("You can go on from one of these pages."),
    ),
    "method_not_allowed": Told(
        _l("This page cannot be opened like this"),
        _l("This address only takes what a form of ours sends."),
        _l("You can go on from one of these pages."),
    ),
    "too_large": Told(
        _l("What was sent is too large"),
        _l("Nothing was read and nothing was changed."),
        _l("Please go back and enter less."),
    ),
    "page_expired": Told(
        _l("This page was open for too long"),
        _l("For your safety the button did nothing."),
        _l("Open the page afresh and press the button again."),
    ),
    "journey_finished": Told(
        _l("This sign-in is finished already"),
        _l("It was completed or cancelled, perhaps in another tab, or you came here by the back button."),
        _l("You can go on at the portal, or look at your account."),
    ),
    "journey_lost": Told(
        _l("This sign-in cannot be continued"),
        _l("It took too long, began in another browser, or this browser does not keep cookies. Nothing was lost."),
        _l("Please go back to the portal and sign in again. If it happens again, allow cookies for this site."),
    ),
    "began_elsewhere": Told(
        _l("Please go on where you began"),
        _l("This check was begun on another device or in another browser, and its page there goes on by itself."),
        _l(
            "If it does not: copy the address of this page and open it there, in the browser in which you began. "
            "Never send the address to anybody."
        ),
    ),
    **OVER_CODES,
    "limit_reached": Told(_l("Too many tries"), _l("For your safety there is a pause now."), ""),
    "channel_unavailable": Told(
        _l("This way is not available at the moment"),
        _l("The service behind it does not answer. Nothing was lost and no try was used up."),
        _l("You can use another way now, or come back in a few minutes."),
    ),
    "channel_distrusted": Told(
        _l("We could not trust the answer"),
        _l("The answer of the service behind this step did not pass our checks. We are sorry. Nothing was changed."),
        _l("You can use another way. If you call the hotline, tell them the number below."),
    ),
    "another_person": Told(
        _l("This account belongs to somebody else"),
        _l("The person who was checked is not the one this account belongs to. Nothing was changed."),
        _l("Please go to a service counter with your ID card."),
    ),
    "signed_out_meanwhile": Told(
        _l("You are not signed in"),
        _l("The sign-in has ended meanwhile."),
        _l("Please sign in again."),
    ),
    **LINK_CODES,
}


def render_error(
    code: str,
    *,
    client: Client | None = None,
    status: int = 400,
    request_id: str | None = None,
    to_do: str = "",
    links: Links | None = None,
    for_developers: str = "",
) -> Response:
    """The page of an OAuth error code or one of ours; an unknown code is told as a request not understood.

    ``for_developers``: what is to be changed in which setting; shown in development mode alone.
    """
    told = CODES.get(code, CODES["invalid_request"])
    return page(
        "error.html",
        status=status,
        title=told.title,
        what_happened=told.happened,
        what_to_do=to_do or told.to_do,
        links=[*(links or []), *_ways_on(client)],
        request_id=request_id if request_id is not None else browser.request_id(),
        for_developers=for_developers if services().settings.development else "",
    )


def _ways_on(client: Client | None) -> Links:
    """The portal first, where one is known; home and account always. Only registered addresses."""
    links: Links = []
    address = client and (client.initiate_login_uri or client.client_uri)
    if client and address:
        links.append((address, _("Back to %(portal)s", portal=client.label(language()))))
    return [*links, (url_for("pages.account"), _("My account")), (url_for("pages.home"), _("Start page"))]


def _journey_links(page_name: str, text: str) -> Links:
    """A link back into the journey that this request was about."""
    journey_id = (request.view_args or {}).get("journey_id")
    return [(journeys.address(journey_id, page_name), text)] if isinstance(journey_id, str) else []


def _lost(error: JourneyLost) -> AnyResponse:
    journey_id = (request.view_args or {}).get("journey_id")
    if request.method == "POST" and isinstance(journey_id, str):
        return journeys.go_on(journey_id)  # told by a page of its own, to which the back button can return
    client = services().clients.get(error.client_id) if error.client_id else None
    return render_error("journey_finished" if error.finished else "journey_lost", client=client, status=410)


def _moved(_error: Exception) -> AnyResponse:
    journey_id = (request.view_args or {}).get("journey_id")
    return journeys.go_on(str(journey_id))


def _elsewhere(error: journeys.Elsewhere) -> AnyResponse:
    return journeys.go_on(error.journey_id)


def _attempt_over(_error: AttemptError) -> Response:
    return render_error("attempt_over", status=409, links=_journey_links("", _("Go on")))


def _limited(error: LimitReached) -> Response:
    wait = _("Please wait %(wait)s, then try again.", wait=waiting_time(error.retry_after))
    response = render_error("limit_reached", status=429, to_do=wait, links=_journey_links("", _("Go on")))
    response.headers["Retry-After"] = str(error.retry_after)
    return response


def _unavailable(error: Unavailable) -> Response:
    log.warning("channel_unavailable", channel=error.channel, alert=error.alert, request_id=browser.request_id())
    return render_error("channel_unavailable", status=503, links=_other_ways())


def _distrusted(error: Distrusted) -> Response:
    log.error("channel_distrusted", channel=error.channel, request_id=browser.request_id())
    return render_error("channel_distrusted", status=502, links=_other_ways())


def _other_ways() -> Links:
    return _journey_links("prove", _("Choose another way"))


def _another_person(error: PersonMismatch) -> Response:
    journeys.tell(error.ended)
    return render_error("another_person", status=409, links=_journey_links("", _("Go on")))


def _signed_out_meanwhile(_error: SignInRefused) -> Response:
    return render_error("signed_out_meanwhile", status=409, links=_journey_links("", _("Go on")))


def _approval_over(_error: ApprovalOver) -> Response:
    return render_error("approval_over", status=410)


def _told(code: str) -> Callable[[Exception], Response]:
    return lambda _error: render_error(code, status=409, links=_journey_links("", _("Go on")))


def _store_unavailable(error: StoreUnavailable) -> Response:
    log.error("store_unavailable", request_id=browser.request_id(), kind=type(error).__name__)
    response = render_error("temporarily_unavailable", status=503)
    response.headers["Retry-After"] = "5"
    return response


def _page_expired(error: PageExpired) -> Response:
    return render_error("page_expired", links=[(error.back, _("Open the page afresh"))])


def _csrf_failed(_error: CSRFError) -> Response:
    return render_error("page_expired")


_HTTP_CODES: Final[Mapping[int, str]] = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    default = "invalid_request" if status < 500 else "server_error"
    response = render_error(_HTTP_CODES.get(status, default), status=status)
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def _unknown(error: Exception) -> Response:
    log.error("page_failed", request_id=browser.request_id(), kind=type(error).__name__, exc_info=error)
    return render_error("server_error", status=500)


HANDLERS: Final[tuple[tuple[type[Exception], Callable[[Any], AnyResponse]], ...]] = (
    (JourneyLost, _lost),
    (JourneyMoved, _moved),
    (journeys.Elsewhere, _elsewhere),
    (account.SignInFirst, account.sign_in_first),
    (AttemptError, _attempt_over),
    (ApprovalOver, _approval_over),
    (LimitReached, _limited),
    (Unavailable, _unavailable),
    (Distrusted, _distrusted),
    (PersonMismatch, _another_person),
    (SignInRefused, _signed_out_meanwhile),
    *((kind, _told(code)) for kind, code in LINK_TROUBLES.items()),
    (StoreUnavailable, _store_unavailable),
    (PageExpired, _page_expired),
    (CSRFError, _csrf_failed),
    (HTTPException, _http),
    (Exception, _unknown),
)


def mount(app: Flask) -> None:
    """Register the table."""
    for kind, handler in HANDLERS:
        app.register_error_handler(kind, handler)
