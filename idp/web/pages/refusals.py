"""How a refused form is kept, and how its page says it: post, redirect, get.

Answered to the POST itself, a refused form would be a dead end for whoever returns to it by the back button: the
browser asks whether to send it again, and says ERR_CACHE_MISS since no page is stored. So the journey keeps a draft,
the POST leads to the form's own page, and that page's GET has the sentence, what was typed, and the fitting status.
Nothing of it is ever in an address or a cookie. The draft has closed words: the language may be switched in between.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

import structlog
from flask import Response, redirect
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.errors import (
    DomainError,
    InvalidInput,
    JourneyMoved,
    LimitReached,
    LoginNameTaken,
    PersonMismatch,
    Rule,
    SecondFactorRefused,
    SignInRefused,
    Unavailable,
)
from idp.journey.dispatch import Step
from idp.journey.draft import Draft, Trouble
from idp.web.context import services
from idp.web.pages.browser import request_id
from idp.web.pages.forms import PageForm, Stale
from idp.web.pages.journeys import SEE_OTHER, Visit, address, tell
from idp.web.pages.render import journey_page
from idp.web.pages.times import waiting_time
from idp.web.pages.words import sentence

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Said:
    """How one kind of trouble is said: HTTP status, and the sentence about the whole form, by the seconds left."""

    status: int
    alert: Callable[[int], Any]


SAID: Final[Mapping[Trouble, _Said]] = {
    Trouble.FIELD: _Said(400, lambda _: ""),
    Trouble.STALE: _Said(
        400,
        lambda _: _l(
            "This page was open for too long, so nothing was done. Please check it and press the button again."
        ),
    ),
    Trouble.SIGN_IN: _Said(
        400, lambda _: _l("Sign-in was not possible. Please check the name and the password, and try again.")
    ),
    Trouble.LIMIT: _Said(
        429, lambda left: _l("There were too many tries. Please wait %(wait)s.", wait=waiting_time(left))
    ),
    Trouble.UNAVAILABLE: _Said(
        503,
        lambda _: _l(
            "The service behind this step does not answer at the moment. "
            "Nothing was lost and no try was used up. Please try again in a few minutes."
        ),
    ),
    Trouble.ANOTHER_PERSON: _Said(
        409,
        lambda _: _l(
            "This account belongs to somebody else than the person just checked. Nothing was changed. "
            "Please go to a service counter."
        ),
    ),
    Trouble.NONE: _Said(200, lambda _: ""),
    Trouble.NOT_CONFIRMED: _Said(200, lambda _: ""),  # an answer, no fault of the form; its page has the words
}
_TROUBLES: Final[Mapping[type[Exception], Trouble]] = {
    Stale: Trouble.STALE,
    SignInRefused: Trouble.SIGN_IN,
    LimitReached: Trouble.LIMIT,
    Unavailable: Trouble.UNAVAILABLE,
    PersonMismatch: Trouble.ANOTHER_PERSON,
}
_CHANNELS: Final = f"{Step.PROVE.value}/"
_FIELD_TROUBLES: Final[Mapping[type[DomainError], InvalidInput]] = {
    SecondFactorRefused: InvalidInput("otp", Rule.WRONG),
    LoginNameTaken: InvalidInput("login_name", Rule.TAKEN),
}
SAID_ON_FORMS: Final[tuple[type[Exception], ...]] = (InvalidInput, *_FIELD_TROUBLES, *_TROUBLES)


def refused(visit: Visit, page: str, form: PageForm, error: Exception) -> AnyResponse:
    """Keep the form with ``error`` (one of ``SAID_ON_FORMS``) and lead to ``page``, where it is shown again."""
    if isinstance(error, Unavailable):
        log.warning("channel_unavailable", channel=error.channel, alert=error.alert, request_id=request_id())
    if isinstance(error, PersonMismatch):
        tell(error.ended)
    return keep(visit, replace(_draft(page, form, error), values=form.typed))


def keep(visit: Visit, draft: Draft, **changes: Any) -> AnyResponse:
    """Keep a draft, with other changes of the journey, and lead to its page. The last one of two tabs wins."""
    citizen_id = visit.session.citizen_id if visit.session else ""
    values = {**_typed_for(visit, draft.page), **draft.values}
    with suppress(JourneyMoved):  # another tab was quicker: the page looks at the journey afresh, and dispatches
        visit.with_(draft=replace(draft, citizen_id=citizen_id, values=values), **changes)
    return redirect(address(visit.journey.id, draft.page), SEE_OTHER)


def _draft(page: str, form: PageForm, error: Exception) -> Draft:
    """The trouble in closed words. Raises ``error`` where this form has no place to say it."""
    shown = _FIELD_TROUBLES.get(type(error), error) if isinstance(error, DomainError) else error
    if isinstance(shown, InvalidInput) and shown.field in form:
        return Draft(page, Trouble.FIELD, wrong=shown.field, rule=shown.rule)
    trouble = next((_TROUBLES[kind] for kind in type(shown).__mro__ if kind in _TROUBLES), None)
    if trouble is None:
        raise error
    return Draft(page, trouble, until=_until(error))


def _until(error: Exception) -> float:
    if isinstance(error, LimitReached):
        return services().clock.now() + error.retry_after
    return (error.retry_at if isinstance(error, Unavailable) else None) or 0.0


def say(form: PageForm, error: Unavailable | LimitReached) -> None:
    """Say a trouble on a form whose page changes nothing."""
    trouble = Trouble.LIMIT if isinstance(error, LimitReached) else Trouble.UNAVAILABLE
    form.alert = SAID[trouble].alert(error.retry_after if isinstance(error, LimitReached) else 0)


def unavailable(response: Response, error: Unavailable, now: float) -> Response:
    """Make ``response`` the answer to a GET that the channel failed, with when to come back where that is known."""
    log.warning("channel_unavailable", channel=error.channel, alert=error.alert, request_id=request_id())
    response.status_code = SAID[Trouble.UNAVAILABLE].status
    if error.retry_at is not None and error.retry_at > now:
        response.headers["Retry-After"] = str(int(-(-(error.retry_at - now) // 1)))
    return response


def draft_of(visit: Visit, page: str) -> Draft | None:
    """The draft of this page. A draft is shown to whoever was signed in then: a browser may have several users."""
    draft = visit.journey.draft
    citizen_id = visit.session.citizen_id if visit.session else ""
    return draft if draft and (draft.page, draft.citizen_id) == (page, citizen_id) else None


def _typed_for(visit: Visit, page: str) -> Mapping[str, str]:
    """What was typed before that ``page`` may show: on itself, or on any channel's page for another channel's.

    Channels name their fields by what they ask, so whoever changes from one that died types nothing twice.
    """
    typed = last_page(visit)
    if typed != page and not (typed.startswith(_CHANNELS) and page.startswith(_CHANNELS)):
        return {}
    return visit.journey.draft.values if visit.journey.draft else {}


def last_page(visit: Visit) -> str:
    """The page whose form was refused last, or empty."""
    draft = visit.journey.draft
    return draft.page if draft and draft_of(visit, draft.page) else ""


def form_page(template: str, visit: Visit, page: str, form: PageForm | None, **context: Any) -> Response:
    """The page of a form: as it was refused, as long as that holds; else as it is. Changes nothing, counts nothing."""
    draft, now = draft_of(visit, page), services().clock.now()
    if form:
        form.fill(_typed_for(visit, page))
    lasting = draft.at(now) if draft else None
    said = lasting is not None and form is not None and _say(form, lasting, now)
    response = journey_page(template, visit, form=form, **context)
    if lasting and said:
        response.status_code = SAID[lasting.trouble].status
        if lasting.until:
            response.headers["Retry-After"] = str(lasting.seconds_left(now))
    return response


def _say(form: PageForm, draft: Draft, now: float) -> bool:
    """Say the trouble on the form; False when the form has changed since and has no such field."""
    if draft.rule is None:
        form.alert = SAID[draft.trouble].alert(draft.seconds_left(now))
        return True
    if draft.wrong not in form:
        return False
    form[draft.wrong].errors = [sentence(draft.wrong, draft.rule)]
    return True
