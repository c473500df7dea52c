"""A check by camera on a phone: the PC's page with the code, and the phone's pages, which know nothing of the account.

The phone has no session: what it may do hangs on the token in its address and on its own cookie, and is one capture.
Its pages show no name, no number and no result; the PC tells how it ended, and goes on by itself.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import structlog
from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.capturing import Judged
from idp.domain.channel import Capture
from idp.domain.errors import (
    AttemptError,
    AttemptSpent,
    CaptureOver,
    ChannelError,
    Distrusted,
    HandoverOver,
    InvalidInput,
    LimitReached,
    PersonMismatch,
    Unavailable,
)
from idp.journey.dispatch import Step
from idp.journey.draft import Draft, Trouble
from idp.people.handover import Ended, Failed, Failure, Handover
from idp.people.prove import Begun, Pending, Result
from idp.web.context import services
from idp.web.pages import attempts, browser, camera, journeys
from idp.web.pages.attempts import page_of, to_page
from idp.web.pages.camera import Talk
from idp.web.pages.camera_attempts import owner_of
from idp.web.pages.camera_page import CameraPage, certified, consent_missing
from idp.web.pages.errors import CODES, render_error
from idp.web.pages.forms import MatchForm, check_button
from idp.web.pages.journeys import SEE_OTHER, Visit, arrive
from idp.web.pages.prove import ways_of
from idp.web.pages.qr_code import data_address
from idp.web.pages.refusals import keep
from idp.web.pages.render import journey_page, page

log = structlog.get_logger(__name__)

POLL_SECONDS: Final = 2
_TROUBLES: Final = {
    Failure.LIMIT: Trouble.LIMIT,
    Failure.UNAVAILABLE: Trouble.UNAVAILABLE,
    Failure.ANOTHER_PERSON: Trouble.ANOTHER_PERSON,
}


# ---- the PC ---------------------------------------------------------------------------------------------------------


def offer(journey_id: str, channel: str) -> AnyResponse:
    """A new code; an older one is dead."""
    visit = arrive(journey_id, Step.PROVE)
    check_button(journeys.address(journey_id, page_of(channel)))
    if consent_missing(visit, channel):  # asked here, where the account's owner is, and not on the phone
        return to_page(visit, page_of(channel))
    try:
        begun = attempts.find(visit, channel)
    except AttemptError as error:
        return attempts.over(visit, channel, error)
    if isinstance(begun.step, Capture):
        _token, facts = visit.signed_in
        services().handovers.offer(begun, facts.citizen_id, visit.origin)
    return to_page(visit, waiting_page_of(channel))


def wait(journey_id: str, channel: str) -> AnyResponse:
    """The code, until a phone has joined; then until it is done. Goes on by itself."""
    visit = arrive(journey_id, Step.PROVE)
    _token, facts = visit.signed_in
    if request.method == "HEAD":  # whoever only looks takes no result
        return Response()
    attempt_id = visit.journey.attempt_id or ""
    handed = services().handovers.offered(attempt_id)
    if handed is None or handed.channel != channel:
        return to_page(visit, page_of(channel))
    result = services().handovers.take(attempt_id, facts.citizen_id)
    if result is not None:
        return _lead_on(visit, channel, result)
    try:
        attempts.find(visit, channel)
    except AttemptError as error:
        # The phone's picture is decided upon, and its result is written down in a moment.
        if not isinstance(error, AttemptSpent) or not handed.joined:
            return attempts.over(visit, channel, error)
    return _waiting_page(visit, handed)


def waiting_page_of(channel: str) -> str:
    """Where the PC waits, below its journey."""
    return f"{page_of(channel)}/phone"


def _lead_on(visit: Visit, channel: str, result: Ended) -> AnyResponse:
    """As if it had happened here: the session goes on with what was reached."""
    if not isinstance(result, Failed):
        return attempts.lead_on(visit, channel, result)
    if result.failure is Failure.DISTRUSTED:
        flash(CODES["channel_distrusted"].happened)
        return to_page(visit, page_of(channel))
    return keep(visit, Draft(page_of(channel), _TROUBLES[result.failure], until=result.until))


def _waiting_page(visit: Visit, handed: Handover) -> Response:
    by_itself = request.args.get("by-itself") != "no"
    live = services().clock.now() < handed.until
    address = services().settings.issuer + url_for("pages.show_phone", token=handed.token)
    response = journey_page(
        "handover.html",
        visit,
        channel=handed.channel,
        facts=services().proving.channels[handed.channel].facts,
        handed=handed,
        live=live,
        address=address,
        picture=data_address(address) if live else "",
        others=any(offer.facts.name != handed.channel for offer in ways_of(visit, handed.channel).now),
        by_itself=by_itself,
    )
    if by_itself and (live or handed.joined):
        response.headers["Refresh"] = str(POLL_SECONDS)
    return response


# ---- the phone ------------------------------------------------------------------------------------------------------


def show(token: str) -> AnyResponse:
    """Asks for the number that the PC shows; then the camera."""
    try:
        handed = services().handovers.look(token, browser.browser_id())
        step = _camera(handed).step
    except (HandoverOver, AttemptError):
        return _over()
    if not handed.joined:
        return _number_page(handed, MatchForm())
    hints = step.hints if isinstance(step, Capture) else ()
    return page("phone_camera.html", camera=CameraPage(_address(token), certified(), hints))


def join(token: str) -> AnyResponse:
    """Take the number; the right one makes this browser the only one that may go on."""
    check_button(_address(token))
    form = MatchForm()
    try:
        handed = services().handovers.look(token, browser.browser_id())
        try:
            services().handovers.join(token, form.text("match"), browser.browser_id())
        except InvalidInput:
            form["match"].errors = [_("This is not the number on the computer. Please look again.")]
            response = _number_page(handed, form)
            response.status_code = 400
            return response
    except HandoverOver:
        return _over()
    return redirect(_address(token), SEE_OTHER)


def start(token: str) -> Response:
    """Begin a run at the camera."""
    return _talk(token, lambda talk, _handed: talk.start())


def frames(token: str) -> Response:
    """Take frames."""
    return _talk(token, lambda talk, _handed: talk.frames())


def picture(token: str) -> Response:
    """Decide, and leave the result for the PC."""
    return _talk(token, lambda talk, handed: talk.picture(lambda judged: _reply(talk, handed, judged)))


def done(token: str) -> Response:  # noqa: ARG001  an address like the others, and the same for everybody
    """The phone's end: how it went is told on the PC."""
    return page("phone_done.html")


def _talk(token: str, say: Callable[[Talk, Handover], Response]) -> Response:
    handed: Handover | None = None

    def limited(error: LimitReached) -> None:
        if handed:
            services().handovers.finish(handed.attempt_id, _limit(error))

    def work() -> Response:
        nonlocal handed
        try:
            handed = services().handovers.joined(token, browser.browser_id())
        except HandoverOver:
            raise CaptureOver("handover") from None
        owner, origin = owner_of(_camera(handed)), replace(browser.origin(), client=handed.client)
        return say(Talk(owner, handed.citizen_id, origin, _address(token), limited), handed)

    return camera.answered(_address(token), work)


def _reply(talk: Talk, handed: Handover, judged: Judged) -> AnyResponse:
    """The attempt's result goes to the PC; the phone learns only whether there is one."""
    result: Result | Failed
    try:
        result = services().proving.reply(
            handed.attempt_id, handed.channel, handed.citizen_id, {}, talk.origin, judged=judged
        )
    except LimitReached as error:
        result = _limit(error)
    except PersonMismatch as error:
        journeys.tell(error.ended)
        result = Failed(Failure.ANOTHER_PERSON)
    except ChannelError as error:
        distrusted = isinstance(error, Distrusted)
        log.warning("channel_failed", channel=error.channel, distrusted=distrusted, request_id=browser.request_id())
        retry_at = error.retry_at if isinstance(error, Unavailable) else None
        result = Failed(Failure.DISTRUSTED if distrusted else Failure.UNAVAILABLE, retry_at or 0.0)
    if isinstance(result, Pending):  # the pictures were too bad to tell: once more, with what would help
        return redirect(_address(handed.token), SEE_OTHER)
    if not isinstance(result, Failed):
        journeys.tell(result.ended)
    services().handovers.finish(handed.attempt_id, result)
    return redirect(url_for("pages.phone_done", token=handed.token), SEE_OTHER)


def _limit(error: LimitReached) -> Failed:
    return Failed(Failure.LIMIT, services().clock.now() + error.retry_after)


def _camera(handed: Handover) -> Begun:
    """The attempt. Raises AttemptError when it waits for no camera (any more), or may not have one."""
    begun = services().proving.show(handed.attempt_id, handed.citizen_id)
    if not isinstance(begun.step, Capture) or not services().face_consent.given(handed.citizen_id):
        raise AttemptError("no camera at this step, or the consent was withdrawn")
    return begun


def _number_page(handed: Handover, form: MatchForm) -> Response:
    # For whom it is: nobody is to lend a face without knowing to what, for the number may have come by telephone.
    client = services().clients.get(handed.client) if handed.client else None
    return page("phone_number.html", form=form, device=handed.device, client=client, address=_address(handed.token))


def _over() -> Response:
    return render_error("handover_over", status=410)


def _address(token: str) -> str:
    return url_for("pages.show_phone", token=token)
