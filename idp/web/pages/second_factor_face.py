"""The face as the second factor: the camera page, and what its script says.

A face that is not recognised, or a camera that does not work, leads to the other ways, which it has cost nothing.
"""

from collections.abc import Callable
from typing import Final

from flask import Response, flash, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.capturing import Hint, Judged
from idp.domain.errors import LimitReached, SecondFactorRefused
from idp.journey.dispatch import Step
from idp.journey.draft import Draft, Trouble
from idp.people.second_ways import Unsure, Way
from idp.web.context import services
from idp.web.pages import browser, journeys
from idp.web.pages.camera import Talk, answered
from idp.web.pages.camera_page import CameraPage, certified
from idp.web.pages.forms import PageForm
from idp.web.pages.journeys import Visit, arrive
from idp.web.pages.refusals import SAID_ON_FORMS, draft_of, form_page, keep, refused
from idp.web.pages.second_factor import FACE, PAGE, complete, half_of, to, ways_of

# Where a draft keeps what went wrong before the camera: closed words.
HINTS: Final = "hints"


def show(journey_id: str) -> AnyResponse:
    """The camera."""
    visit = arrive(journey_id, Step.SECOND_FACTOR)
    ways = ways_of(visit)
    if Way.FACE not in ways:
        return to(visit, PAGE)
    page = CameraPage(journeys.address(journey_id, FACE), certified(), hints_of(visit, FACE))
    return form_page("second_factor_face.html", visit, FACE, PageForm(), camera=page, ways=ways)


def start(journey_id: str) -> Response:
    """Begin a run at the camera, where a try is left."""

    def begin(visit: Visit, talk: Talk) -> Response:
        try:
            services().second_ways.check_tries(talk.citizen_id)
        except LimitReached as error:
            refused(visit, PAGE, PageForm(), error)
            raise
        response = talk.start()
        return crowded(visit, PAGE, response)

    return _of_sign_in(journey_id, begin)


def frames(journey_id: str) -> Response:
    """Take frames."""
    return _of_sign_in(journey_id, lambda _visit, talk: talk.frames())


def picture(journey_id: str) -> Response:
    """Decide, and go on signed in, or to what happened."""
    return _of_sign_in(journey_id, lambda visit, talk: talk.picture(lambda judged: _decided(visit, talk, judged)))


def hints_of(visit: Visit, page: str) -> tuple[Hint, ...]:
    """What went wrong in the run before, as kept by :func:`keep_hints`."""
    draft = draft_of(visit, page)
    words = draft.values.get(HINTS, "").split() if draft else ()
    return tuple(Hint(word) for word in words)


def keep_hints(visit: Visit, page: str, hints: tuple[Hint, ...]) -> AnyResponse:
    """Back to the camera, with what would help."""
    return keep(visit, Draft(page, Trouble.NOT_CONFIRMED, {HINTS: " ".join(hints)}))


def crowded(visit: Visit, page: str, response: Response) -> Response:
    """``response``; where it says that too many runs were begun, ``page`` says so as well."""
    if response.status_code == LIMITED:
        refused(visit, page, PageForm(), LimitReached("capture", int(response.headers["Retry-After"])))
    return response


LIMITED: Final = 429


def _of_sign_in(journey_id: str, say: Callable[[Visit, Talk], Response]) -> Response:
    page = journeys.address(journey_id, PAGE)

    def work() -> Response:
        visit = arrive(journey_id, Step.SECOND_FACTOR)
        half = half_of(visit)
        try:
            owner = services().second_ways.owner(half.citizen_id, half.amr, journey_id)
        except SecondFactorRefused:  # opted out in another browser
            raise journeys.Elsewhere(journey_id) from None
        return say(visit, Talk(owner, half.citizen_id, browser.origin(), page))

    return answered(page, work)


def _decided(visit: Visit, talk: Talk, judged: Judged) -> AnyResponse:
    try:
        more = services().second_ways.by_face(
            talk.citizen_id, talk.owner, request.headers.get("X-Capture", ""), judged, talk.origin
        )
        if isinstance(more, Unsure):
            return keep_hints(visit, FACE, more.hints)
        return complete(visit, more)
    except SecondFactorRefused:
        flash(_("You were not recognised. Please take another way, or try once more."))
        return to(visit, PAGE)
    except SAID_ON_FORMS as error:
        return refused(visit, PAGE, PageForm(), error)
