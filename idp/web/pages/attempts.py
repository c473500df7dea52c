"""A channel's attempt in its journey: begun, found again, and what its results lead to."""

from contextlib import suppress
from typing import assert_never

from flask import flash, redirect
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from idp.domain.audit_words import EndCause
from idp.domain.channel import Capture, Form, Reason
from idp.domain.errors import AttemptError, AttemptExpired, ChannelError, JourneyMoved, LimitReached
from idp.journey.dispatch import Step
from idp.journey.draft import Draft, Trouble
from idp.people.prove import Begun, HeldElsewhere, Pending, Proved, Refused, Result
from idp.web.context import services
from idp.web.pages import act_for, journeys
from idp.web.pages.forms import PageForm
from idp.web.pages.journeys import SEE_OTHER, Visit
from idp.web.pages.prove import BELOW
from idp.web.pages.refusals import draft_of, keep


def page_of(channel: str) -> str:
    """The channel's page, below its journey."""
    return f"{BELOW}{channel}"


def waiting_page_of(channel: str) -> str:
    """The page that asks the channel whether there is a result."""
    return f"{BELOW}{channel}/wait"


def begin(visit: Visit, channel: str) -> Begun | Refused:
    """Begin at this channel; the browser comes back to an address of this journey and this channel alone."""
    _token, facts = visit.signed_in
    back = services().settings.issuer + journeys.address(visit.journey.id, f"{page_of(channel)}/return")
    to_act = visit.step is Step.ACT_FOR
    return services().proving.begin(facts.citizen_id, channel, back, visit.origin, to_act=to_act)


def find(visit: Visit, channel: str) -> Begun:
    """The journey's attempt. Raises AttemptError when there is none, it is over, or it is at another channel."""
    _token, facts = visit.signed_in
    if visit.journey.attempt_id is None:
        raise AttemptError("no attempt under way")
    begun = services().proving.show(visit.journey.attempt_id, facts.citizen_id)
    if begun.channel != channel:
        raise AttemptError("at another channel")
    return begun


def under_way(visit: Visit, channel: str) -> Begun | None:
    """The journey's attempt at this channel, or None."""
    try:
        return find(visit, channel)
    except AttemptError:
        return None


def refusal_of(visit: Visit, channel: str) -> Refused | None:
    """What the channel answered last, as long as it holds."""
    draft = draft_of(visit, page_of(channel))
    lasting = draft.at(services().clock.now()) if draft else None
    return Refused(lasting.reason, lasting.tries_left) if lasting and lasting.reason else None


def over(visit: Visit, channel: str, error: AttemptError) -> Response:
    """Lead on from an attempt that takes no reply (any more): it expired, has its result, or is another one's."""
    if isinstance(error, AttemptExpired) and visit.journey.attempt_id is not None:
        return keep(visit, _not_confirmed(channel, Refused(Reason.EXPIRED, None)), attempt_id=None)
    if refusal_of(visit, channel):
        return to_page(visit, page_of(channel))
    flash(_("That check is over, or another one was begun since. You can go on here."))
    return journeys.go_on(visit.journey.id)


def to_page(visit: Visit, page: str) -> Response:
    """Lead to a page of this journey."""
    return redirect(journeys.address(visit.journey.id, page), SEE_OTHER)


def lead_on(visit: Visit, channel: str, result: Result, form: PageForm | None = None) -> Response:
    """What comes after a result; ``form`` is the one that was filled in, if it was one."""
    match result:
        case Proved():
            journeys.tell(result.ended)
            return _proved(visit, channel, result)
        case HeldElsewhere():
            journeys.tell(result.ended)
            return to_page(visit.without_draft(), "merge")
        case Pending():
            # What was typed stays, for another channel's form should this one die half-way.
            onward = keep(visit, Draft.of_typed(page_of(channel), form.typed if form else {}))
            on_form = form or isinstance(result.begun.step, Form | Capture)
            return onward if on_form else to_page(visit, waiting_page_of(channel))
        case Refused():
            journeys.tell(result.ended)
            if result.ended:  # what was proved before is outweighed: the sign-in page would look like a fault
                flash(
                    _("The check did not confirm that it is you. For safety you were signed out; please sign in again.")
                )
            return _refused(visit, channel, result, form)
        case _:
            assert_never(result)


def _proved(visit: Visit, channel: str, result: Proved) -> Response:
    """The session goes on with what was reached, under a new token where the person showed anew who they are."""
    token, facts = visit.signed_in
    fresh = None
    if result.of_the_person:
        method = services().proving.amr_of(channel)  # how the proof authenticated, if it did
        raised = services().signing_in.raised(facts, (method,) if method else ())
        fresh = services().sessions.renew(token, raised, now=services().clock.now())
    if fresh:  # whoever opened the account before its owner proved it is out now (pre-hijacking)
        journeys.end_others(facts.citizen_id, fresh, EndCause.PROOF)
    acting = act_for.chosen(visit, result.standing)
    with suppress(JourneyMoved):  # another tab moved the journey; the dispatcher looks at it afresh
        visit.with_(attempt_id=None, **acting)
    onward = journeys.go_on(visit.journey.id)
    return journeys.keep_token(onward, fresh) if fresh else onward


def _refused(visit: Visit, channel: str, refusal: Refused, form: PageForm | None) -> Response:
    """The channel's page with the reason. A form comes again with what was typed, for a new attempt.

    Where the browser went elsewhere, the person begins anew: an answer to the old attempt that the back button sends
    once more must not meet a new one and cost a try.
    """
    if form is None:
        return keep(visit, _not_confirmed(channel, refusal), attempt_id=None)
    attempt_id, until = None, 0.0
    try:
        started = begin(visit, channel)
    except LimitReached as error:
        until = services().clock.now() + error.retry_after
    except ChannelError:
        pass  # the channel's page offers to begin
    else:
        if isinstance(started, Refused):
            refusal = started
        elif isinstance(started.step, Form):
            attempt_id = started.attempt_id
    return keep(visit, _not_confirmed(channel, refusal, form, until), attempt_id=attempt_id)


def _not_confirmed(channel: str, refusal: Refused, form: PageForm | None = None, until: float = 0.0) -> Draft:
    return Draft(
        page_of(channel),
        Trouble.NOT_CONFIRMED,
        form.typed if form else {},
        reason=refusal.reason,
        tries_left=refusal.tries_left,
        until=until,
    )
