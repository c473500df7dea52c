"""The page of one channel: what it asks for first, by kind of step, and what was sent to it."""

from typing import Any
from urllib.parse import urlsplit

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.channel import Capture, FieldKind, Form, Redirect, Scan
from idp.domain.errors import ChannelError, LimitReached, Rule, Unavailable
from idp.journey.dispatch import PROVING, Step
from idp.journey.draft import Draft, Trouble
from idp.people.prove import Begun, Pending, Refused
from idp.web.context import services
from idp.web.pages import attempts, camera_page, journeys
from idp.web.pages.attempts import page_of, refusal_of, to_page, under_way
from idp.web.pages.forms import PageForm, Stale, check_button, proof_form
from idp.web.pages.headers import allow_upstream
from idp.web.pages.journeys import SEE_OTHER, Visit, arrive
from idp.web.pages.prove import declinable, ways_of
from idp.web.pages.refusals import SAID_ON_FORMS, form_page, keep, refused, unavailable
from idp.web.pages.words import ORGANISATION_REASONS, REASONS


def show(journey_id: str, channel: str) -> AnyResponse:
    """Begin at this channel, or show the attempt that is under way there."""
    visit = arrive(journey_id, *PROVING)
    refusal, begun = refusal_of(visit, channel), under_way(visit, channel)
    if begun is None:
        if refusal:  # said until the person wants to begin again
            return _page(visit, channel, None, refusal)
        if _leads_nowhere(visit, channel):
            return journeys.go_on(journey_id)
        if camera_page.consent_missing(visit, channel):
            return camera_page.ask(visit, channel)
        try:
            started = attempts.begin(visit, channel)
        except Unavailable as error:
            return _closed(visit, channel, error)
        if isinstance(started, Refused):
            return _page(visit, channel, None, started)
        visit, begun = visit.with_(attempt_id=started.attempt_id, draft=visit.journey.draft), started
    if isinstance(begun.step, Scan):
        return to_page(visit, attempts.waiting_page_of(channel))
    if isinstance(begun.step, Capture):
        withdrawn = camera_page.consent_missing(visit, channel)
        return camera_page.ask(visit, channel) if withdrawn else camera_page.show(visit, begun, begun.step)
    return _page(visit, channel, begun, refusal)


def again(journey_id: str, channel: str) -> AnyResponse:
    """Begin anew after a refusal, by a button: looking at a page begins nothing twice."""
    visit = arrive(journey_id, *PROVING)
    check_button(journeys.address(journey_id, page_of(channel)))
    refusal = refusal_of(visit, channel)
    if refusal is None or under_way(visit, channel):
        return to_page(visit, page_of(channel))
    try:
        started = attempts.begin(visit, channel)
    except (LimitReached, ChannelError) as error:
        return _not_again(visit, channel, refusal, error)
    if isinstance(started, Refused):
        return to_page(visit, page_of(channel))
    typed = visit.journey.draft.values if visit.journey.draft else {}
    return keep(visit, Draft.of_typed(page_of(channel), typed), attempt_id=started.attempt_id)


def _not_again(visit: Visit, channel: str, refusal: Refused, error: LimitReached | ChannelError) -> AnyResponse:
    """Without tries left the reason stays until they come back; a channel that does not answer is told instead."""
    if isinstance(error, Unavailable):
        return keep(visit, Draft(page_of(channel), Trouble.UNAVAILABLE, until=error.retry_at or 0.0))
    if not isinstance(error, LimitReached):
        raise error
    until = services().clock.now() + error.retry_after
    draft = Draft(page_of(channel), Trouble.NOT_CONFIRMED, reason=refusal.reason, tries_left=0, until=until)
    return keep(visit, draft, attempt_id=None)


def leave(journey_id: str, channel: str) -> AnyResponse:
    """The button that leads to the upstream."""
    visit = arrive(journey_id, *PROVING)
    check_button(journeys.address(journey_id, page_of(channel)))
    begun = under_way(visit, channel)
    if begun is None or not isinstance(begun.step, Redirect):
        return to_page(visit, page_of(channel))
    return redirect(begun.step.url, SEE_OTHER)


def submit(journey_id: str, channel: str) -> AnyResponse:
    """Take the form. What was typed cannot be right: nothing is spent. The channel fails: nothing is spent either."""
    visit = arrive(journey_id, *PROVING)
    _, facts = visit.signed_in
    begun = under_way(visit, channel)
    if begun is None:
        return _too_late(visit, channel)
    if not isinstance(begun.step, Form):  # another tab is a step further
        return to_page(visit, page_of(channel))
    form = proof_form(begun.step.fields)
    fields = {name: form.text(name) for name in form.data if name != "csrf_token"}
    try:
        form.check_token()
        result = services().proving.reply(begun.attempt_id, channel, facts.citizen_id, fields, visit.origin)
    except SAID_ON_FORMS as error:
        return refused(visit, page_of(channel), form, error)
    if isinstance(result, Pending) and _asked_again(begun.step, result.begun):
        wrong = Draft(page_of(channel), Trouble.FIELD, form.typed, wrong=begun.step.fields[-1].value, rule=Rule.WRONG)
        return keep(visit, wrong)
    return attempts.lead_on(visit, channel, result, form)


def _asked_again(form: Form, then: Begun) -> bool:
    """Whether the channel wants the same form once more: what was typed was wrong, e.g. a code."""
    return isinstance(then.step, Form) and then.step.fields == form.fields


def _too_late(visit: Visit, channel: str) -> AnyResponse:
    """The attempt is over, or another tab began one elsewhere: a new one, with what was typed."""
    if visit.journey.attempt_id is None:  # the form came twice, and the first has its result
        return to_page(visit, page_of(channel))
    form = proof_form([kind for kind in FieldKind if kind.value in request.form])
    return refused(visit, page_of(channel), form, Stale())


def _leads_nowhere(visit: Visit, channel: str) -> bool:
    """Whether the channel is on offer but of no use in this journey now (back button, an old link)."""
    _, facts = visit.signed_in
    offered = {offer.facts.name for offer in services().proving.offers(facts.citizen_id)}
    return (channel in offered or visit.step is Step.ACT_FOR) and channel not in {
        offer.facts.name for offer in ways_of(visit).now
    }


def _closed(visit: Visit, channel: str, error: Unavailable) -> Response:
    """The channel does not answer: that is said, with the other ways."""
    response = _page(visit, channel, None, closed=True, when=error.retry_at)
    return unavailable(response, error, services().clock.now())


def _page(
    visit: Visit,
    channel: str,
    begun: Begun | None,
    refusal: Refused | None = None,
    when: float | None = None,
    **more: Any,
) -> Response:
    """The page of a channel; ``begun`` None when there is nothing to do there just now.

    While the channel is known not to answer, that is said, with ``when`` it is expected; who insists may go on.
    """
    _, facts = visit.signed_in
    acting = visit.step is Step.ACT_FOR
    offers = services().proving.offers(facts.citizen_id, to_act=acting)
    offer = next((each for each in offers if each.facts.name == channel), None)
    step = begun.step if begun else None
    sent_to = ""
    if isinstance(step, Redirect):
        allow_upstream(step.url)
        sent_to = urlsplit(step.url).hostname or ""
    return form_page(
        "prove_channel.html",
        visit,
        page_of(channel),
        _form_of(begun) if begun else None,
        channel=channel,
        facts=offer.facts if offer else None,
        others=[each for each in ways_of(visit, channel).now if each.facts.name != channel],
        retry_at=when or (offer.retry_at if offer else None),
        sent_to=sent_to,
        expires_at=begun.expires_at if begun else None,
        refusal=refusal,
        reason=(ORGANISATION_REASONS if acting else REASONS)[refusal.reason] if refusal else None,
        may_decline=declinable(visit),
        acting=acting,
        **more,
    )


def _form_of(begun: Begun) -> PageForm:
    """The channel's form, or the form that is one button. Raises Unavailable for a step that no page can show."""
    if isinstance(begun.step, Form):
        return proof_form(begun.step.fields)
    if isinstance(begun.step, Redirect):
        return PageForm()
    raise Unavailable(begun.channel, f"no page for {type(begun.step).__name__}", alert=True)
