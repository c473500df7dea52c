"""How a page finds its journey, and how a journey begins, goes on and is left.

Pages never decide what comes next: they change the journey and send the browser to :func:`dispatch`.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

import structlog
from flask import redirect, url_for
from werkzeug.wrappers import Response

from idp.domain.audit_words import EndCause
from idp.domain.authorization import AuthorizationRequest
from idp.domain.client import Client
from idp.domain.errors import JourneyMoved, SignInRefused, StoreUnavailable
from idp.domain.ports import EndedSession, SessionFacts
from idp.journey.dispatch import Step
from idp.journey.record import AUTHENTICATOR, FACE, Journey, Purpose
from idp.people.origin import Origin
from idp.web import browser_state, cookies
from idp.web.context import services
from idp.web.pages import answer, browser
from idp.web.pages.headers import allow_form_target, allow_image
from idp.web.pages.languages import prefer

SEE_OTHER: Final = 303
# Where the relying party introduces itself: its mark, its policy, its terms.
INTRODUCED: Final = frozenset({Step.SIGN_IN, Step.CONSENT})

log = structlog.get_logger(__name__)


class Elsewhere(Exception):
    """The journey is not at this page's step (back button, second tab): dispatch again."""

    def __init__(self, journey_id: str) -> None:
        super().__init__("journey is at another step")
        self.journey_id = journey_id


@dataclass(frozen=True, slots=True)
class Visit:
    """A journey as a page sees it. ``client`` is None on the way to the account page.

    ``step``: where the journey is, for a page that is shown at certain steps alone.
    """

    journey: Journey
    client: Client | None
    token: str | None
    session: SessionFacts | None
    step: Step | None = None

    def with_(self, **changes: Any) -> "Visit":
        """This visit with a changed journey, saved. Raises JourneyMoved.

        A step that succeeds ends the draft of the form refused before; whoever keeps it names it.
        """
        return replace(self, journey=services().conductor.save(self.journey.with_(**{"draft": None, **changes})))

    def without_draft(self) -> "Visit":
        """This visit after a form that succeeded without changing its journey otherwise."""
        with suppress(JourneyMoved):  # another tab moved the journey; its draft is newer
            return self.with_() if self.journey.draft else self
        return self

    @property
    def origin(self) -> Origin:
        """Where this request came from, with the relying party whose journey it is."""
        return replace(browser.origin(), client=self.client.client_id if self.client else "")

    @property
    def signed_in(self) -> tuple[str, SessionFacts]:
        """Token and session where the step implies them. Raises Elsewhere when the session has just ended."""
        if self.token is None or self.session is None:
            raise Elsewhere(self.journey.id)
        return self.token, self.session


def arrive(journey_id: str, *steps: Step) -> Visit:
    """The journey of this browser, which must be at one of ``steps`` (none named: anywhere).

    Raises JourneyLost, or Elsewhere.
    """
    journey = services().conductor.find(journey_id, browser.known_browser_id())
    found = browser.signed_in()
    token, facts = found or (None, None)
    client = services().conductor.client_of(journey)
    if journey.request is not None:
        if not journey.waiting:  # what was asked elsewhere redirects to nobody
            allow_form_target(journey.request.redirect_uri)
        prefer(journey.request.ui_locales)
    if client is not None and client.logo_uri is not None and INTRODUCED & set(steps):
        allow_image(client.logo_uri)
    step = services().conductor.step(journey, facts) if steps else None
    if step is not None and step not in steps:
        raise Elsewhere(journey_id)
    return Visit(journey, client, token, facts, step)


def begin(request: AuthorizationRequest | None = None, *, page: str = "", **wants: Any) -> Response:
    """Begin a journey for this browser and send it there; ``page`` may name the first page, e.g. ``register``.

    ``wants``: what :meth:`Conductor.begin` takes besides, e.g. ``wants_level``.
    """
    journey = services().conductor.begin(request, browser.browser_id(), address=browser.origin().address, **wants)
    return redirect(address(journey.id, page), SEE_OTHER)


def address(journey_id: str, page: str = "") -> str:
    """The address of a journey's page; without a page, of its dispatcher."""
    start = url_for("pages.dispatch", journey_id=journey_id)
    return f"{start}/{page}" if page else start


def go_on(journey_id: str) -> Response:
    """Send the browser to the dispatcher."""
    return redirect(address(journey_id), SEE_OTHER)


def dispatch(journey_id: str) -> Response:
    """Send the browser to the page of the next step, or to where the journey leads."""
    visit = arrive(journey_id)
    step = services().conductor.step(visit.journey, visit.session)
    if step is not Step.ANSWER:
        return redirect(address(journey_id, step.value), SEE_OTHER)
    if visit.journey.purpose is Purpose.ACCOUNT:
        services().conductor.close(visit.journey)
        return redirect(_end_of(visit.journey.leads_to), SEE_OTHER)
    token, facts = visit.signed_in
    granted = services().conductor.answer(visit.journey, token, facts)
    return answer.with_code(visit.journey, granted)


def _end_of(leads_to: str) -> str:
    if leads_to == AUTHENTICATOR:
        return url_for("pages.show_authenticator")
    if leads_to == FACE:
        return url_for("pages.show_face")
    return url_for("pages.show_link", channel=leads_to) if leads_to else url_for("pages.account")


def sign_in(visit: Visit, facts: SessionFacts) -> Response:
    """Open the session that ``facts`` establish, under a new token, and go on.

    The same person's session is renewed, so relying parties stay connected; another person's is ended first.
    """
    now = services().clock.now()
    token = None
    if visit.token and visit.session:
        if visit.session.citizen_id == facts.citizen_id:
            token = services().sessions.renew(visit.token, facts, now=now)
        else:
            end_session(visit.token)
    renewed = token is not None
    token = token or services().sessions.open(facts, now=now)
    # Unlinked, disabled, joined, displaced or frozen while this sign-in was on its way.
    unlinked = facts.link_id and not services().upstream.stands(facts.link_id)
    if unlinked or not services().signing_in.stands(facts):
        end_session(token)
        raise SignInRefused
    browser.forget()
    with suppress(JourneyMoved):  # another tab moved the journey; the dispatcher looks at it afresh
        visit.with_(half_signed_in=None, enrolment=None)
    onward = keep_token(go_on(visit.journey.id), token)
    return onward if renewed else new_state(onward)


def end_session(token: str, cause: EndCause = EndCause.SIGN_OUT) -> EndedSession | None:
    """End a session and tell its relying parties; None when there was none."""
    ended = services().account.sign_out(token, cause)
    tell([ended] if ended else [])
    return ended


def end_others(citizen_id: str, keep_token: str | None, cause: EndCause = EndCause.CITIZEN) -> None:
    """End every session but the one of ``keep_token``, and tell relying parties of each and of all."""
    ended = services().account.end_others(citizen_id, keep_token, cause)
    tell(ended)
    if ended:
        try:
            services().announcements.sessions_revoked(citizen_id)
        except StoreUnavailable:  # they are over all the same, and the notices of each are on their way
            log.exception("event_not_announced", request_id=browser.request_id())


def tell(ended: Iterable[EndedSession]) -> None:
    """Tell the relying parties of sessions that ended."""
    for each in ended:
        services().notices.send(each)


def keep_token(response: Response, token: str) -> Response:
    """Set the sign-in's cookie."""
    response.headers.add("Set-Cookie", cookies.set_header(cookies.SESSION, token, services().settings))
    return response


def drop_token(response: Response) -> Response:
    """Remove the sign-in's cookie; portals that watch the browser state see that something changed."""
    response.headers.add("Set-Cookie", cookies.clear_header(cookies.SESSION, services().settings))
    return new_state(response)


def new_state(response: Response) -> Response:
    """A new browser state: somebody has signed in or out (OpenID Connect Session Management 1.0, section 3.2)."""
    response.headers.add("Set-Cookie", browser_state.fresh(services().settings, services().randomness))
    return response
