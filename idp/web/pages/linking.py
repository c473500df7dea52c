"""Linking an account at an upstream, and taking the link away, from the account page.

Linking: a fresh sign-in, the upstream's own page, then a page that says which account it is, and a button. Until that
button nothing is linked. The ids of the attempt and of the proof stay in this browser's cookie; no address has them.
"""

from typing import Final

from flask import Response, flash, redirect, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.channel import Rejected
from idp.domain.errors import AttemptError, LinkProofDead, Unavailable
from idp.domain.ports import AccountLink, SessionFacts
from idp.web.context import services
from idp.web.pages import browser, journeys, upstream_words
from idp.web.pages.account import SignInFirst
from idp.web.pages.forms import check_button
from idp.web.pages.headers import allow_upstream
from idp.web.pages.journeys import SEE_OTHER
from idp.web.pages.render import page

ATTEMPT: Final = "link_attempt"
PROOF: Final = "link_proof"


def _here() -> SessionFacts:
    """The session. Raises SignInFirst."""
    found = browser.signed_in()
    if found is None:
        raise SignInFirst
    return found[1]


def _link_of(citizen_id: str, channel: str) -> AccountLink | None:
    return next((link for link in services().linking.of_citizen(citizen_id) if link.channel == channel), None)


def _to(endpoint: str, channel: str) -> AnyResponse:
    return redirect(url_for(f"pages.{endpoint}", channel=channel), SEE_OTHER)


def _to_account() -> AnyResponse:
    return redirect(url_for("pages.account"), SEE_OTHER)


def show(channel: str) -> AnyResponse:
    """What linking means, and the button; it may lead to the password first."""
    facts = _here()
    try:
        offer = services().upstream.facts_of(channel)
    except AttemptError:
        return _to_account()
    if _link_of(facts.citizen_id, channel):
        return _to_account()
    allow_upstream(offer.page)
    fresh = services().linking.fresh(facts)
    return page("link.html", channel=channel, place=upstream_words.label_of(offer), fresh=fresh)


def begin(channel: str) -> AnyResponse:
    """To the upstream; or first to the password, when it was not asked for just now."""
    facts = _here()
    check_button(url_for("pages.show_link", channel=channel))
    if _link_of(facts.citizen_id, channel):
        return _to_account()
    if not services().linking.fresh(facts):
        return journeys.begin(reauthenticate=True, leads_to=channel)
    back = services().settings.issuer + url_for("pages.link_returned", channel=channel)
    agent = request.headers.get("User-Agent", "")
    try:
        sent = services().upstream.begin(channel, back, browser.origin(), user_agent=agent, citizen_id=facts.citizen_id)
    except AttemptError:
        return _to_account()
    session[ATTEMPT] = sent.attempt_id
    return redirect(sent.url, SEE_OTHER)


def returned(channel: str) -> AnyResponse:
    """The upstream sends the browser back. Nothing is linked yet."""
    if request.method == "HEAD":  # whoever only looks takes no answer
        return Response()
    facts, origin = _here(), browser.origin()
    attempt_id = str(session.get(ATTEMPT, ""))
    try:
        fields = request.args.to_dict()
        result = services().upstream.returned(attempt_id, channel, fields, origin, citizen_id=facts.citizen_id)
    except AttemptError:
        flash(upstream_words.over(channel))
        return _to("show_link", channel)
    except Unavailable:
        flash(upstream_words.unavailable(channel))
        return _to("show_link", channel)
    finally:
        session.pop(ATTEMPT, None)
    if isinstance(result, Rejected):
        flash(upstream_words.refusal(result.reason, channel))
        return _to("show_link", channel)
    session[PROOF] = services().linking.pend(result, origin, facts.citizen_id)
    return _to("show_link_confirm", channel)


def show_confirm(channel: str) -> AnyResponse:
    """Which upstream account would be linked."""
    facts = _here()
    try:
        offer = services().linking.offer(str(session.get(PROOF, "")), facts, browser.origin())
    except LinkProofDead:
        flash(upstream_words.over(channel))
        return _to("show_link", channel)
    place = upstream_words.label(offer.channel)
    return page("link_confirm.html", channel=channel, place=place, nickname=offer.nickname)


def confirm(channel: str) -> AnyResponse:
    """Make the link, once."""
    facts = _here()
    check_button(url_for("pages.show_link_confirm", channel=channel))
    proof_id = str(session.pop(PROOF, ""))
    services().linking.link(proof_id, facts, browser.origin())
    flash(_("Linked. You can sign in by it from now on."))
    return _to_account()


def show_unlink(channel: str) -> AnyResponse:
    """Ask before a way in is taken away."""
    facts = _here()
    link = _link_of(facts.citizen_id, channel)
    if link is None:
        return _to_account()
    return page(
        "unlink.html",
        channel=channel,
        place=upstream_words.label(channel),
        last=services().linking.is_last_way_in(facts.citizen_id, link.id),
        here_by_it=facts.link_id == link.id,
    )


def unlink(channel: str) -> AnyResponse:
    """Take the link away, end the sessions it opened, and tell their relying parties."""
    facts = _here()
    check_button(url_for("pages.show_unlink", channel=channel))
    link = _link_of(facts.citizen_id, channel)
    ended = services().linking.unlink(facts.citizen_id, link.id, browser.origin()) if link else None
    journeys.tell(ended or ())
    if link and facts.link_id == link.id:  # this session was one of them
        browser.forget()
        return journeys.drop_token(redirect(url_for("pages.signed_out"), SEE_OTHER))
    flash(_("The link is taken away. What was signed in by it is signed out."))
    return _to_account()
