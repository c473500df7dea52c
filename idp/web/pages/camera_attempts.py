"""The camera page of an attempt in its journey: whose captures they are, and what the judgement leads to."""

from collections.abc import Callable
from typing import Final

import structlog
from flask import Response, flash
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.capturing import JudgeBusy, Judged
from idp.domain.channel import Capture
from idp.domain.errors import AttemptError, Distrusted, Unavailable
from idp.journey.dispatch import Step
from idp.journey.draft import Draft, Trouble
from idp.people.prove import Begun
from idp.web.context import services
from idp.web.pages import attempts, journeys
from idp.web.pages.browser import request_id
from idp.web.pages.camera import Talk, answered
from idp.web.pages.errors import CODES
from idp.web.pages.forms import PageForm
from idp.web.pages.journeys import Visit, arrive
from idp.web.pages.refusals import SAID_ON_FORMS, draft_of, keep, refused

UPSTREAM_SECONDS: Final = 3

log = structlog.get_logger(__name__)


def start(journey_id: str, channel: str) -> Response:
    """Begin a run at the camera for the attempt under way."""
    return _of_attempt(journey_id, channel, lambda talk, *_: talk.start())


def frames(journey_id: str, channel: str) -> Response:
    """Take frames."""
    return _of_attempt(journey_id, channel, lambda talk, *_: talk.frames())


def picture(journey_id: str, channel: str) -> Response:
    """Decide, and let the channel do the rest."""
    return _of_attempt(
        journey_id,
        channel,
        lambda talk, visit, begun: talk.picture(lambda judged: _reply(visit, begun, judged)),
    )


def owner_of(begun: Begun) -> str:
    """Whose captures those of an attempt are, on whatever device its camera page is."""
    return f"attempt:{begun.attempt_id}"


def _of_attempt(journey_id: str, channel: str, say: Callable[[Talk, Visit, Begun], Response]) -> Response:
    page = journeys.address(journey_id, attempts.page_of(channel))

    def work() -> Response:
        visit = arrive(journey_id, Step.PROVE)
        _token, facts = visit.signed_in
        begun = attempts.find(visit, channel)
        if not isinstance(begun.step, Capture) or not services().face_consent.given(facts.citizen_id):
            raise AttemptError("no camera at this step, or no consent to it")
        say_so = lambda error: refused(visit, attempts.page_of(channel), PageForm(), error)  # noqa: E731  one word
        return say(Talk(owner_of(begun), facts.citizen_id, visit.origin, page, say_so), visit, begun)

    return answered(page, work)


def _reply(visit: Visit, begun: Begun, judged: Judged) -> AnyResponse:
    """The result of the attempt, as a redirect. Raises JudgeBusy where the same picture is worth sending once more."""
    _token, facts = visit.signed_in
    channel = begun.channel
    try:
        result = services().proving.reply(begun.attempt_id, channel, facts.citizen_id, {}, visit.origin, judged=judged)
    except AttemptError as error:
        return attempts.over(visit, channel, error)
    except Distrusted as error:
        return _distrusted(visit, error)
    except Unavailable as error:
        if _first_time(visit, channel, error):
            raise JudgeBusy(UPSTREAM_SECONDS) from None
        return refused(visit, attempts.page_of(channel), PageForm(), error)
    except SAID_ON_FORMS as error:
        return refused(visit, attempts.page_of(channel), PageForm(), error)
    return attempts.lead_on(visit, channel, result)


def _distrusted(visit: Visit, error: Distrusted) -> AnyResponse:
    log.error("channel_distrusted", channel=error.channel, request_id=request_id())
    flash(CODES["channel_distrusted"].happened)
    return attempts.to_page(visit, attempts.page_of(error.channel))


def _first_time(visit: Visit, channel: str, error: Unavailable) -> bool:
    """Whether the upstream did not answer for the first time, and nobody knows for how long: noted for the second."""
    draft = draft_of(visit, attempts.page_of(channel))
    if error.retry_at is not None or (draft is not None and draft.trouble is Trouble.UNAVAILABLE):
        return False
    log.warning("channel_unavailable", channel=error.channel, alert=error.alert, request_id=request_id())
    keep(visit, Draft(attempts.page_of(channel), Trouble.UNAVAILABLE))
    return True
