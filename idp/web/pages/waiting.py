"""Where the browser comes back to from an upstream, and where it waits for a result that comes by another way.

An upstream's answer is bound three times: to the browser by the journey's cookie, to the journey's own attempt (nothing
in the address names one), and to the channel by its address (mix-up, RFC 9700 section 4.4). Whether it is the answer to
this attempt the adapter tells by its own state. So a POST needs no token of ours here; none could be in it.
"""

from collections.abc import Mapping
from typing import Final

from flask import Response, flash, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.channel import Capture, Form, Redirect, Scan
from idp.domain.errors import AttemptError, AttemptSpent, JourneyLost, LimitReached, Unavailable
from idp.journey.dispatch import PROVING, Step
from idp.journey.draft import Draft, Trouble
from idp.people.prove import Begun, Pending
from idp.web.context import services
from idp.web.pages import attempts, browser, journeys
from idp.web.pages.attempts import page_of, to_page
from idp.web.pages.errors import render_error
from idp.web.pages.forms import PageForm
from idp.web.pages.headers import allow_upstream
from idp.web.pages.journeys import Visit, arrive
from idp.web.pages.prove import declinable, ways_of
from idp.web.pages.qr_code import data_address
from idp.web.pages.refusals import keep, say, unavailable
from idp.web.pages.render import journey_page, page

# channels.md 2.4: every 2 s for 30 s, then every 5 s, until the attempt's own expiry.
QUICK_SECONDS: Final = 30
POLL_SECONDS: Final = 2
SLOW_POLL_SECONDS: Final = 5


def returned(journey_id: str, channel: str) -> AnyResponse:
    """The upstream sends the browser back, by GET or by a form of its own.

    A form from another site comes without our cookies (SameSite=Lax): it is handed on by a page of this site.
    """
    if request.method == "HEAD":  # whoever only looks takes no answer
        return Response()
    if request.method == "POST" and browser.known_browser_id() is None:
        again = journeys.address(journey_id, f"{page_of(channel)}/return/here")
        return page("prove_hand_on.html", to=again, fields=_parameters())
    return returned_here(journey_id, channel)


def returned_here(journey_id: str, channel: str) -> AnyResponse:
    """The upstream's answer, from a page of this site."""
    try:
        visit = arrive(journey_id, *PROVING)
    except JourneyLost as lost:
        if lost.finished:
            raise
        return render_error("began_elsewhere", status=410)
    try:
        begun = attempts.find(visit, channel)
        if isinstance(begun.step, Form | Capture):  # an old answer, sent once more by the back button
            return to_page(visit, page_of(channel))
        body = request.get_data() if request.method == "POST" else b""
        return _ask(visit, begun, _parameters(), body)
    except AttemptSpent:  # the same answer is being worked on, or has just been
        return to_page(visit, attempts.waiting_page_of(channel))
    except AttemptError as error:
        return attempts.over(visit, channel, error)
    except Unavailable as error:
        return _failed(visit, channel, error)


def _failed(visit: Visit, channel: str, error: Unavailable) -> AnyResponse:
    """The channel's page says so; the attempt goes on there, or a new one is begun where this one is over."""
    over = {"attempt_id": None} if error.over else {}
    return keep(visit, Draft(page_of(channel), Trouble.UNAVAILABLE, until=error.retry_at or 0.0), **over)


def _parameters() -> Mapping[str, str]:
    """What the upstream sent; of a repeated name the first."""
    return {**request.args.to_dict(), **request.form.to_dict()}


def _ask(visit: Visit, begun: Begun, fields: Mapping[str, str], body: bytes = b"") -> AnyResponse:
    _token, facts = visit.signed_in
    result = services().proving.reply(
        begun.attempt_id, begun.channel, facts.citizen_id, fields, visit.origin, body=body
    )
    return attempts.lead_on(visit, begun.channel, result)


def wait(journey_id: str, channel: str) -> AnyResponse:
    """Ask the channel whether there is a result; while there is none, say what to do, and ask again in a while."""
    visit = arrive(journey_id, *PROVING)
    _token, facts = visit.signed_in
    try:
        begun = attempts.find(visit, channel)
    except AttemptError as error:
        return attempts.over(visit, channel, error)
    if isinstance(begun.step, Form | Capture):
        return to_page(visit, page_of(channel))
    if request.method == "HEAD":
        return Response()
    try:
        result = services().proving.reply(begun.attempt_id, channel, facts.citizen_id, {}, visit.origin)
    except AttemptSpent:  # another tab asks just now
        return _waiting_page(visit, begun)
    except AttemptError as error:
        return attempts.over(visit, channel, error)
    except (Unavailable, LimitReached) as error:
        if isinstance(error, Unavailable) and error.over:
            flash(_("That check came to no result. It was not your fault, and no try was used up. Please do it again."))
            return _failed(visit, channel, error)
        return _waiting_page(visit, begun, error)
    if isinstance(result, Pending) and not isinstance(result.begun.step, Form):
        return _waiting_page(visit, result.begun)
    return attempts.lead_on(visit, channel, result)


def _waiting_page(visit: Visit, begun: Begun, trouble: Unavailable | LimitReached | None = None) -> Response:
    by_itself = request.args.get("by-itself") != "no"
    form = PageForm()
    if isinstance(begun.step, Redirect):
        allow_upstream(begun.step.url)
    if trouble:
        say(form, trouble)
    response = journey_page(
        "prove_waiting.html",
        visit,
        form=form,
        channel=begun.channel,
        facts=services().proving.channels[begun.channel].facts,
        others=any(offer.facts.name != begun.channel for offer in ways_of(visit, begun.channel).now),
        scan=begun.step if isinstance(begun.step, Scan) else None,
        picture=data_address(begun.step.payload) if isinstance(begun.step, Scan) else "",
        expires_at=begun.expires_at,
        asked="asked" in request.args,
        by_itself=by_itself,
        may_decline=declinable(visit),
        acting=visit.step is Step.ACT_FOR,
    )
    pause = _pause(begun)
    if isinstance(trouble, Unavailable):
        unavailable(response, trouble, services().clock.now())
        pause = max(pause, SLOW_POLL_SECONDS)
    elif trouble:
        response.status_code = 429
        pause = trouble.retry_after
    if by_itself:
        response.headers["Refresh"] = str(pause)  # the same address once more: no entry in the browser's history
    return response


def _pause(begun: Begun) -> int:
    """Seconds until the channel is asked again."""
    step = begun.step
    quick = step.poll_seconds if isinstance(step, Scan) else POLL_SECONDS
    whole = services().proving.channels[begun.channel].facts.attempt_seconds
    age = services().clock.now() - (begun.expires_at - whole)
    return max(1, quick) if age < QUICK_SECONDS else max(quick, SLOW_POLL_SECONDS)
