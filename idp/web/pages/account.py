"""The account page: level with its explanation, evidence, portals, sessions, events; and its few buttons."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from idp.domain.assurance import Level, reachable
from idp.domain.id_numbers import IdNumber
from idp.domain.persons import PersonName, fold
from idp.domain.ports import AuditEntry, Citizen
from idp.people.account import Overview
from idp.people.contact import masked_mobile
from idp.web.context import services
from idp.web.pages import browser, event_words, face_section, journeys, organisation_section, upstream_words
from idp.web.pages.forms import check_button
from idp.web.pages.journeys import SEE_OTHER
from idp.web.pages.languages import language
from idp.web.pages.render import page

# Where the ways on are told to somebody whose number is another account's.
MERGE: Final = "merge"


class SignInFirst(Exception):
    """The account page needs a sign-in: begin a journey that leads here."""


def here() -> tuple[str, str, str]:
    """Citizen, token and handle of the session. Raises SignInFirst."""
    found = browser.signed_in()
    if found is None:
        raise SignInFirst
    token, facts = found
    return facts.citizen_id, token, facts.handle


def show() -> Response:
    """The page."""
    citizen_id, _token, handle = here()
    overview = services().account.overview(citizen_id)
    return page(
        "account.html",
        overview=overview,
        person=masked(overview.citizen),
        next_level=_next_level(overview),
        within_reach=_within_reach(overview),
        channels=_names_of_checks(overview),
        events=[in_words(entry) for entry in overview.events],
        this_handle=handle,
        frozen=services().disputing.frozen(citizen_id),
        guardian_page=services().guarding.is_child(citizen_id) or services().guarding.may_guard(citizen_id),
        merges=services().merging.standing(citizen_id),
        links=upstream_words.rows(citizen_id),
        authenticator=services().second_factors.enrolled(citizen_id),
        face=face_section.section(citizen_id),
        organisations=organisation_section.section(citizen_id),
        requests=services().approvals.of_citizen(citizen_id),
        now=services().clock.now(),
    )


def masked(citizen: Citizen) -> Mapping[str, str]:
    """Name, number and mobile as the account page shows them; empty where there is none."""
    return {
        "name": PersonName(citizen.name, fold(citizen.name)).masked if citizen.name else "",
        "id_number": IdNumber(citizen.id_number).masked if citizen.id_number else "",
        "mobile": masked_mobile(citizen.mobile) if citizen.mobile else "",
        "login_name": citizen.login_name or "",
    }


def _next_level(overview: Overview) -> Level | None:
    """The lowest level not reached yet; more where the number has to be won from, or held against, another account."""
    goal = services().disputing.goal(overview.citizen.id)
    return next((level for level in Level if level > overview.level and level >= goal), None)


def _within_reach(overview: Overview) -> bool:
    """Whether the ways on offer lead to the next level: a button that leads nowhere is worse than none."""
    facts = [offer.facts for offer in services().proving.offers(overview.citizen.id)]
    wanted = _next_level(overview)
    return wanted is not None and reachable(facts, overview.evidence, services().clock.now()) >= wanted


def _names_of_checks(overview: Overview) -> Mapping[str, str]:
    """Also for checks by channels that are no longer offered: a citizen does not read their names in the code."""
    standings = services().representing.of(overview.citizen.id)
    used = {each.channel for each in overview.evidence} | {each.channel for each in overview.contra}
    used |= {each.channel for each in standings}
    return {**dict.fromkeys(used, _("A way that is no longer offered")), **channel_labels()}


def channel_labels() -> Mapping[str, str]:
    """What each channel is called in the page's language; the facts are data of the channels."""
    chinese = language().startswith("zh")
    channels = services().proving.channels
    return {name: c.facts.label_zh if chinese else c.facts.label_en for name, c in channels.items()}


def in_words(entry: AuditEntry) -> Mapping[str, Any]:
    """An event for a citizen: what, how it ended, at which portal or channel. Unknown kinds keep their name."""
    client = services().clients.get(entry.client_id) if entry.client_id else None
    channel = channel_labels().get(str(entry.detail.get("channel", "")), "")
    outcome = event_words.OUTCOMES_IN_WORDS.get(str(entry.detail.get("outcome", "")), "")
    where = client.label(language()) if client else channel
    return {
        "at": entry.at,
        "what": event_words.EVENTS_IN_WORDS.get(entry.kind, entry.kind),
        "where": where,
        "outcome": outcome,
    }


def prove_more() -> AnyResponse:
    """Begin a journey to the next level."""
    citizen_id, _token, _handle = here()
    check_button(url_for("pages.account"))
    overview = services().account.overview(citizen_id)
    wanted = _next_level(overview)
    page = MERGE if overview.citizen.claim else ""
    return journeys.begin(page=page, wants_level=int(wanted)) if wanted else back_here()


def back_here(done: str = "") -> AnyResponse:
    """To the account page; ``done`` is said there."""
    if done:
        flash(done)
    return redirect(url_for("pages.account"), SEE_OTHER)


def show_disconnect(client_id: str) -> AnyResponse:
    """Ask before disconnecting a portal."""
    citizen_id, _token, _handle = here()
    portals = services().account.overview(citizen_id).portals
    portal = next((each for each in portals if each.client_id == client_id), None)
    return page("disconnect.html", portal=portal) if portal else back_here()


def disconnect(client_id: str) -> AnyResponse:
    """Withdraw the consent and everything it gave."""
    citizen_id, _token, _handle = here()
    check_button(url_for("pages.show_disconnect", client_id=client_id))
    services().account.disconnect(citizen_id, client_id)
    return back_here(_("The portal is disconnected. It can no longer read your data here."))


def show_part(merge_id: str) -> AnyResponse:
    """Ask before a joining of accounts is taken back."""
    citizen_id, _token, _handle = here()
    merge = next((each for each in services().merging.standing(citizen_id) if each.id == merge_id), None)
    return page("part.html", merge=merge) if merge else back_here()


def part(merge_id: str) -> AnyResponse:
    """Take a joining back: two accounts again, both signed out everywhere."""
    citizen_id, _token, _handle = here()
    check_button(url_for("pages.show_part", merge_id=merge_id))
    parted = services().merging.undo(merge_id, citizen_id, browser.origin())
    journeys.tell(parted.ended if parted else ())
    return back_here(_("The two accounts are two again.") if parted else "")


def end_one(handle: str) -> AnyResponse:
    """Sign out one of the citizen's sessions; the one in this browser by the sign-out page."""
    citizen_id, _token, this_handle = here()
    check_button(url_for("pages.account"))
    if handle == this_handle:
        return redirect(url_for("pages.show_sign_out"), SEE_OTHER)
    ended = services().account.end_session(citizen_id, handle)
    if ended is not None:
        services().notices.send(ended)
    return back_here(_("That device is signed out."))


def end_others() -> AnyResponse:
    """Sign out everywhere but here."""
    citizen_id, token, _handle = here()
    check_button(url_for("pages.account"))
    journeys.end_others(citizen_id, token)
    return back_here(_("You are signed out everywhere but here."))


def sign_in_first(_error: Exception) -> AnyResponse:
    """Begin a journey to the account page; what a button would have done is to be pressed again."""
    return journeys.begin() if request.method == "GET" else redirect(url_for("pages.account"), SEE_OTHER)
