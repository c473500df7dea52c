"""The talk of a camera page with its script, in JSON: a run begun, frames taken, the wanted picture decided by.

Every answer is one of three: what to show now (200, a *step*), "busy, send the same once more" (503), or the address
where the browser goes on (``go``): a page there says what happened, in the person's language. Scores, reasons and the
judge's words are in none of them.

:class:`Talk` is for any page with a camera: a journey's
(:mod:`idp.web.pages.camera_attempts`), a phone's, an account's.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import structlog
from flask import Response, jsonify, request
from flask_wtf.csrf import validate_csrf
from werkzeug.wrappers import Response as AnyResponse
from wtforms import ValidationError

from idp.domain.capturing import JudgeBusy, Judged, Movement
from idp.domain.errors import (
    AttemptError,
    CaptureOver,
    InvalidInput,
    JourneyLost,
    JourneyMoved,
    LimitReached,
    SignInRefused,
    StoreUnavailable,
)
from idp.people.captures import Captures, Run
from idp.people.origin import Origin
from idp.web.context import services
from idp.web.pages.browser import request_id
from idp.web.pages.camera_frames import MOST_BYTES, Unreadable, read_frames, read_picture
from idp.web.pages.journeys import Elsewhere

FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
FRAMES: Final = "application/octet-stream"
PICTURE: Final = "image/jpeg"
MOST_FORM_BYTES: Final = 4_096
STORE_SECONDS: Final = 5

log = structlog.get_logger(__name__)


class _Refused(Exception):
    """A request that is no camera page's: its status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True, slots=True)
class Talk:
    """The three requests of one page. ``owner`` is whose captures these are (:class:`idp.people.captures.Captures`).

    ``go`` is the page where the browser goes on when there is nothing more to say here: the camera page itself, as it
    then is, or what has taken its place. ``limited`` is told when a limit is reached, so that the page can say so.
    """

    owner: str
    citizen_id: str
    origin: Origin
    go: str = field(repr=False)
    limited: Callable[[LimitReached], object] | None = None

    def start(self) -> Response:
        """Begin a run: ``without`` (repeated) are movements that the person cannot make; ``calm``: no colours."""
        return answered(self.go, self._start, self.limited)

    def frames(self) -> Response:
        """Take frames, or the same ones once more."""
        return answered(self.go, self._frames, self.limited)

    def picture(self, lead_on: Callable[[Judged], AnyResponse]) -> Response:
        """Decide by the wanted picture. ``lead_on`` makes of it a redirect to where the browser goes on.

        The run is over with it; where ``lead_on`` raises, the same picture may come again.
        """
        return answered(self.go, lambda: self._picture(lead_on), self.limited)

    def _start(self) -> Response:
        _check(FORMS, MOST_FORM_BYTES)
        try:
            without = frozenset(Movement(each) for each in request.form.getlist("without"))
        except ValueError:
            raise _Refused(400) from None
        flash_colours = "calm" not in request.form
        return _step(_captures().begin(self.owner, self.citizen_id, self.origin, without=without, flash=flash_colours))

    def _frames(self) -> Response:
        found = read_frames(_body(FRAMES, MOST_BYTES))
        return _step(_captures().take(_capture_id(), self.owner, found, self.origin))

    def _picture(self, lead_on: Callable[[Judged], AnyResponse]) -> Response:
        body = read_picture(_body(PICTURE, MOST_BYTES))
        capture_id, captures = _capture_id(), _captures()
        onward = lead_on(captures.decide(capture_id, self.owner, body, self.origin))
        with suppress(StoreUnavailable):  # it expires by itself; the answer, with its cookie, must not be lost for that
            captures.end(capture_id, self.owner)
        return as_go(onward)


def answered(
    go: str, work: Callable[[], Response], limited: Callable[[LimitReached], object] | None = None
) -> Response:
    """What ``work`` answers, or in JSON why there is nothing: the browser finds the words at ``go``."""
    try:
        return work()
    except JudgeBusy as busy:
        return _again(busy.retry_after)
    except StoreUnavailable as error:
        return _away(error)
    except LimitReached as error:
        if limited:
            limited(error)
        response = _go(go, 429)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    except _Refused as error:
        return _go(go, error.status)
    except (InvalidInput, Unreadable):
        return _go(go, 400)
    except (CaptureOver, AttemptError, JourneyMoved, Elsewhere, JourneyLost, SignInRefused):
        return _go(go, 409)


def as_go(onward: AnyResponse) -> Response:
    """A redirect as this talk says it, with the cookies that it sets."""
    response = _go(onward.location or "/", 200)
    for cookie in onward.headers.getlist("Set-Cookie"):
        response.headers.add("Set-Cookie", cookie)
    return response


def _captures() -> Captures:
    found = services().captures
    if found is None:
        raise CaptureOver("nobody to judge")
    return found


def _capture_id() -> str:
    return request.headers.get("X-Capture", "")


def _check(types: tuple[str, ...], most: int) -> None:
    """Kind, size and token, before a byte of the body is read. Raises _Refused."""
    if request.mimetype not in types:
        raise _Refused(415)
    if request.content_length is None:
        raise _Refused(400)
    if request.content_length > most:
        raise _Refused(413)
    request.max_content_length = most
    token = request.headers.get("X-CSRFToken") or request.form.get("csrf_token", "")
    try:
        validate_csrf(token)
    except ValidationError:
        raise _Refused(403) from None


def _body(kind: str, most: int) -> bytes:
    _check((kind,), most)
    return request.get_data(cache=False)


def _step(run: Run) -> Response:
    shown = run.shown
    return jsonify(
        capture=run.id,
        next=run.next_seq,
        want=run.wanted,
        shown={
            "movement": shown.movement,
            "colour": shown.colour,
            "hint": shown.hint,
            "done": shown.done,
            "steps": shown.steps,
        },
    )


def _away(error: StoreUnavailable) -> Response:
    log.error("store_unavailable", request_id=request_id(), kind=type(error).__name__)
    return _again(STORE_SECONDS)


def _go(address: str, status: int) -> Response:
    response = jsonify(go=address)
    response.status_code = status
    return response


def _again(seconds: int) -> Response:
    response = jsonify(error="busy")
    response.status_code = 503
    response.headers["Retry-After"] = str(seconds)
    return response
