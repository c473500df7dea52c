"""Sign in by an account at an upstream, inside a journey; and the link offered to whoever has none yet.

An upstream account that nobody has linked opens nothing. Which one it is waits sealed (``pending_link``) until somebody
has signed in by a password in that journey, and is then offered once (FED-03).
"""

from flask import Response, flash, redirect, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.account_channel import Recognised
from idp.domain.channel import Rejected
from idp.domain.errors import AttemptError, JourneyLost, LinkProofDead, SignInRefused, Unavailable
from idp.journey.dispatch import Step
from idp.journey.draft import Draft, Trouble
from idp.journey.record import HalfSignedIn
from idp.web.context import services
from idp.web.pages import browser, journeys, upstream_words
from idp.web.pages.account import masked
from idp.web.pages.errors import render_error
from idp.web.pages.forms import check_button
from idp.web.pages.journeys import SEE_OTHER, Visit, arrive
from idp.web.pages.refusals import keep
from idp.web.pages.render import journey_page

BELOW = f"{Step.SIGN_IN.value}/"


def go(journey_id: str, channel: str) -> AnyResponse:
    """Send the browser to the upstream's sign-in page. A link, no form: form-action need not name every upstream."""
    visit = _arrive(journey_id)
    if request.method == "HEAD":  # whoever only looks begins nothing
        return Response()
    back = services().settings.issuer + journeys.address(journey_id, f"{BELOW}{channel}/return")
    agent = request.headers.get("User-Agent", "")
    try:
        sent = services().upstream.begin(channel, back, browser.origin(), user_agent=agent)
    except AttemptError:  # switched off since the page was made
        return _to_sign_in(visit)
    visit.with_(upstream_attempt=sent.attempt_id)
    return redirect(sent.url, SEE_OTHER)


def returned(journey_id: str, channel: str) -> AnyResponse:
    """The upstream sends the browser back. Its answer is taken once, whatever becomes of it."""
    if request.method == "HEAD":  # whoever only looks takes no answer
        return Response()
    try:
        visit = _arrive(journey_id)
    except JourneyLost as lost:
        if lost.finished:
            raise
        return render_error("began_elsewhere", status=410)
    origin = browser.origin()
    try:
        attempt_id = visit.journey.upstream_attempt or ""
        result = services().upstream.returned(attempt_id, channel, request.args.to_dict(), origin)
    except AttemptError:
        flash(upstream_words.over(channel))
        return _to_sign_in(visit)
    except Unavailable as error:
        draft = Draft(Step.SIGN_IN.value, Trouble.UNAVAILABLE, until=error.retry_at or 0.0)
        return keep(visit, draft, upstream_attempt=None)
    if isinstance(result, Rejected):
        flash(upstream_words.refusal(result.reason, channel))
        return _to_sign_in(visit.with_(upstream_attempt=None))
    return _recognised(visit, result)


def _recognised(visit: Visit, recognised: Recognised) -> AnyResponse:
    origin = browser.origin()
    first = services().upstream.first_factor(recognised)
    if first is None:
        proof_id = services().linking.pend(recognised, origin)
        return _to_sign_in(visit.with_(upstream_attempt=None, pending_link=proof_id))
    if first.needs_second:
        half = HalfSignedIn(first.citizen_id, first.method, first.amr, first.link_id)
        visit.with_(upstream_attempt=None, half_signed_in=half)
        return journeys.go_on(visit.journey.id)
    try:
        facts = services().upstream.facts(first.link_id, first.citizen_id, first.amr, origin)
        return journeys.sign_in(visit, facts)
    except SignInRefused:  # disabled, or unlinked in this moment: told like any other sign-in that did not succeed
        return keep(visit, Draft(Step.SIGN_IN.value, Trouble.SIGN_IN), upstream_attempt=None)


def show_offer(journey_id: str) -> AnyResponse:
    """Which account would be linked to whom."""
    visit = arrive(journey_id, Step.LINK)
    _token, facts = visit.signed_in
    try:
        offer = services().linking.offer(visit.journey.pending_link or "", facts, browser.origin())
    except LinkProofDead:  # too old, or made in another browser: no reason to hold anybody up
        visit.with_(pending_link=None)
        return journeys.go_on(journey_id)
    citizen = services().account.overview(facts.citizen_id).citizen
    place = upstream_words.label(offer.channel)
    return journey_page("link_offer.html", visit, place=place, nickname=offer.nickname, person=masked(citizen))


def decide(journey_id: str) -> AnyResponse:
    """Link, or not. Either way the offer is over."""
    visit = arrive(journey_id, Step.LINK)
    check_button(journeys.address(journey_id, Step.LINK.value))
    _token, facts = visit.signed_in
    proof_id = visit.journey.pending_link or ""
    visit = visit.with_(pending_link=None)
    if request.form.get("decision") == "link":
        services().linking.link(proof_id, facts, browser.origin())
        flash(_("Linked. You can sign in by it from now on."))
    return journeys.go_on(journey_id)


def _arrive(journey_id: str) -> Visit:
    """The journey at its sign-in, where a linked account is enough."""
    visit = arrive(journey_id, Step.SIGN_IN)
    if visit.journey.password_only:
        raise journeys.Elsewhere(journey_id)
    return visit


def _to_sign_in(visit: Visit) -> AnyResponse:
    return redirect(journeys.address(visit.journey.id, Step.SIGN_IN.value), SEE_OTHER)
