"""Prove who one is: choose a way, fill in its form, see the result."""

from collections.abc import Iterable
from contextlib import suppress
from typing import assert_never

from flask import Response, redirect, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.assurance import Level, level_of
from idp.domain.audit import EndCause
from idp.domain.channel import ChannelFacts, FieldKind, Form
from idp.domain.errors import AttemptError, ChannelError, JourneyMoved, LimitReached, Unavailable
from idp.domain.evidence import Evidence
from idp.journey.dispatch import Step, may_decline
from idp.journey.draft import Draft, Trouble
from idp.people.prove import Begun, HeldElsewhere, Offer, Pending, Proved, Refused
from idp.web.context import services
from idp.web.pages import answer, browser, journeys
from idp.web.pages.forms import PageForm, Stale, check_button, proof_form
from idp.web.pages.journeys import SEE_OTHER, Visit, arrive
from idp.web.pages.refusals import SAID_ON_FORMS, draft_of, form_page, keep, refused
from idp.web.pages.render import journey_page
from idp.web.pages.words import REASONS


def show(journey_id: str) -> Response:
    """The ways there are, with what each does; going on without where the client does not insist."""
    visit = arrive(journey_id, Step.PROVE)
    _, facts = visit.signed_in
    offers = services().proving.offers(facts.citizen_id)
    evidence = services().account.overview(facts.citizen_id).evidence
    wanted = wanted_level(visit)
    return journey_page(
        "prove.html",
        visit,
        offers=offers,
        level=Level(facts.level),
        wanted=wanted,
        within_reach=reachable(offers, evidence, services().clock.now()) >= wanted,
        may_decline=may_decline(visit.journey, facts.level),
    )


def wanted_level(visit: Visit) -> Level:
    """The level this journey asks for."""
    asked = visit.journey.request
    return Level(max(asked.essential_level, asked.wanted_level) if asked else visit.journey.wants_level)


def reachable(offers: Iterable[Offer], evidence: Iterable[Evidence], now: float) -> Level:
    """The level that the account would have if every way on offer succeeded."""
    return level_of([*evidence, *(_imagined(offer.facts, now) for offer in offers)], now)


def _imagined(facts: ChannelFacts, now: float) -> Evidence:
    return Evidence(
        id="",
        citizen_id="",
        channel=facts.name,
        source=facts.source,
        check_method=facts.check_method,
        strength=facts.strength,
        txn="",
        verified_at=now,
    )


def decline(journey_id: str) -> AnyResponse:
    """Go on without, where the level was wanted but not insisted on."""
    visit = arrive(journey_id, Step.PROVE)
    check_button(journeys.address(journey_id, Step.PROVE.value))
    _, facts = visit.signed_in
    if may_decline(visit.journey, facts.level):
        visit.with_(declined_level=True, attempt_id=None)
    return journeys.go_on(journey_id)


def out_of_reach(journey_id: str) -> AnyResponse:
    """Back to the client that insists on a level no way here leads to."""
    visit = arrive(journey_id, Step.PROVE)
    check_button(journeys.address(journey_id, Step.PROVE.value))
    services().conductor.close(visit.journey)
    if visit.journey.request is None:
        return redirect(url_for("pages.account"), SEE_OTHER)
    return answer.to_client(visit.journey.request, {"error": answer.LEVEL_NOT_MET})


def show_channel(journey_id: str, channel: str) -> AnyResponse:
    """Begin at this channel, or show the attempt that is under way there."""
    visit = arrive(journey_id, Step.PROVE)
    refusal = _refusal(visit, channel)
    begun = _under_way(visit, channel)
    if begun is None:
        if refusal and refusal.tries_left == 0:  # said until tries come back: asking for them each time would cost
            return _channel_page(visit, channel, None, refusal)
        try:
            started = _begin(visit, channel)
        except (LimitReached, ChannelError):
            if refusal is None:
                raise
            return _channel_page(visit, channel, None, refusal)
        if isinstance(started, Refused):
            return _channel_page(visit, channel, None, started)
        visit, begun = visit.with_(attempt_id=started.attempt_id, draft=visit.journey.draft), started
    return _channel_page(visit, channel, _form_of(begun), refusal)


def _page_of(channel: str) -> str:
    return f"{Step.PROVE.value}/{channel}"


def _refusal(visit: Visit, channel: str) -> Refused | None:
    """What the channel answered last, as long as it holds."""
    draft = draft_of(visit, _page_of(channel))
    lasting = draft.at(services().clock.now()) if draft else None
    return Refused(lasting.reason, lasting.tries_left) if lasting and lasting.reason else None


def _under_way(visit: Visit, channel: str) -> Begun | None:
    if visit.journey.attempt_id is None:
        return None
    _, facts = visit.signed_in
    try:
        begun = services().proving.show(visit.journey.attempt_id, facts.citizen_id)
    except AttemptError:
        return None
    return begun if begun.channel == channel else None


def _begin(visit: Visit, channel: str) -> Begun | Refused:
    _, facts = visit.signed_in
    back = services().settings.issuer + journeys.address(visit.journey.id, _page_of(channel))
    return services().proving.begin(facts.citizen_id, channel, back, browser.origin())


def _form_of(begun: Begun) -> PageForm:
    """The channel's form. Raises Unavailable for a step that these pages cannot show."""
    if not isinstance(begun.step, Form):
        raise Unavailable(begun.channel, f"no page for {type(begun.step).__name__}", alert=True)
    return proof_form(begun.step.fields)


def _channel_page(visit: Visit, channel: str, form: PageForm | None, refusal: Refused | None = None) -> Response:
    """The form of a channel; ``form`` None when there is nothing more to fill in there."""
    _, facts = visit.signed_in
    offers = services().proving.offers(facts.citizen_id)
    return form_page(
        "prove_channel.html",
        visit,
        _page_of(channel),
        form,
        channel=channel,
        facts=next((offer.facts for offer in offers if offer.facts.name == channel), None),
        others=[offer for offer in offers if offer.facts.name != channel and offer.open],
        refusal=refusal,
        reason=REASONS[refusal.reason] if refusal else None,
        may_decline=may_decline(visit.journey, facts.level),
    )


def submit_channel(journey_id: str, channel: str) -> AnyResponse:
    """Take the form. What was typed cannot be right: nothing is spent. The channel fails: nothing is spent either."""
    visit = arrive(journey_id, Step.PROVE)
    _, facts = visit.signed_in
    begun = _under_way(visit, channel)
    if begun is None:
        return _too_late(visit, channel)
    form = _form_of(begun)
    fields = {name: form.text(name) for name in form.data if name != "csrf_token"}
    try:
        form.check_token()
        result = services().proving.reply(begun.attempt_id, channel, facts.citizen_id, fields, browser.origin())
    except SAID_ON_FORMS as error:
        return refused(visit, _page_of(channel), form, error)
    match result:
        case Proved():
            return _proved(visit)
        case HeldElsewhere():
            session[browser.HELD_ELSEWHERE] = visit.without_draft().journey.id
            return redirect(journeys.address(journey_id, "merge"), SEE_OTHER)
        case Pending():
            return redirect(journeys.address(visit.without_draft().journey.id, _page_of(channel)), SEE_OTHER)
        case Refused():
            return _refused(visit, channel, form, result)
        case _:
            assert_never(result)


def _proved(visit: Visit) -> AnyResponse:
    """The session goes on with what was reached, under a new token."""
    token, facts = visit.signed_in
    fresh = services().sessions.renew(token, services().signing_in.raised(facts), now=services().clock.now())
    if fresh:  # whoever opened the account before its owner proved it is out now (pre-hijacking)
        for ended in services().account.end_others(facts.citizen_id, fresh, EndCause.PROOF):
            services().notices.send(ended)
    with suppress(JourneyMoved):  # another tab moved the journey; the dispatcher looks at it afresh
        visit.with_(attempt_id=None)
    onward = journeys.go_on(visit.journey.id)
    return journeys.keep_token(onward, fresh) if fresh else onward


def _too_late(visit: Visit, channel: str) -> AnyResponse:
    """The attempt is over, or another tab began one elsewhere: a new one, with what was typed."""
    if visit.journey.attempt_id is None:  # the form came twice, and the first has its result
        return redirect(journeys.address(visit.journey.id, _page_of(channel)), SEE_OTHER)
    form = proof_form([kind for kind in FieldKind if kind.value in request.form])
    return refused(visit, _page_of(channel), form, Stale())


def _refused(visit: Visit, channel: str, form: PageForm, refusal: Refused) -> AnyResponse:
    """The form again, for a new attempt, with what was typed; without tries left, the other ways."""
    attempt_id, until = None, 0.0
    try:
        started = _begin(visit, channel)
    except LimitReached as error:
        until = services().clock.now() + error.retry_after
    except ChannelError:
        pass  # the channel's page tries again
    else:
        if isinstance(started, Refused):
            refusal = started
        else:
            attempt_id = started.attempt_id
    draft = Draft(
        _page_of(channel),
        Trouble.NOT_CONFIRMED,
        form.typed,
        reason=refusal.reason,
        tries_left=refusal.tries_left,
        until=until,
    )
    return keep(visit, draft, attempt_id=attempt_id)
