"""The only place that decides what the browser does next: an ordered table of checks, first hit wins.

Pure: everything a check needs is in the :class:`Situation`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from idp.domain.assurance import Amr, Level
from idp.domain.authorization import AuthorizationRequest
from idp.domain.client import Client, ConsentPolicy
from idp.domain.errors import Interaction
from idp.domain.ports import Consent, SessionFacts
from idp.journey.record import STEP_UP, HalfSignedIn, Journey, Purpose


class Step(StrEnum):
    """What comes next; the value is the page's address below the journey."""

    SIGN_IN = "sign-in"
    SECOND_FACTOR = "second-factor"
    CHOOSE_ACCOUNT = "choose-account"
    JOIN = "join"
    LINK = "link"
    AUTHENTICATOR = "authenticator"
    FACE = "face"
    APPROVE = "approve"
    PROVE = "prove"
    ACT_FOR = "act-for"
    CONSENT = "consent"
    ANSWER = "answer"


# At these an attempt at a channel may be under way.
PROVING: Final = (Step.PROVE, Step.ACT_FOR)

# The error when the client forbade pages (OpenID Connect Core 3.1.2.6).
FORBIDDEN: dict[Step, Interaction] = {
    Step.SIGN_IN: Interaction.LOGIN,
    Step.SECOND_FACTOR: Interaction.LOGIN,
    Step.CHOOSE_ACCOUNT: Interaction.ACCOUNT_SELECTION,
    Step.JOIN: Interaction.OTHER,
    Step.LINK: Interaction.OTHER,
    Step.AUTHENTICATOR: Interaction.OTHER,
    Step.FACE: Interaction.OTHER,
    Step.APPROVE: Interaction.OTHER,
    Step.PROVE: Interaction.OTHER,
    Step.ACT_FOR: Interaction.OTHER,
    Step.CONSENT: Interaction.CONSENT,
}


@dataclass(frozen=True, slots=True)
class Situation:
    """What the decision rests on. ``client`` is None on the way to the account page; ``sub`` is the session's there.

    ``choosing``: for whom the citizen acts was asked, and is not answered by what still holds.
    """

    journey: Journey
    client: Client | None = None
    session: SessionFacts | None = None
    consent: Consent | None = None
    sub: str | None = None
    choosing: bool = False


def _second_factor_missing(s: Situation) -> bool:
    half = s.journey.half_signed_in
    if half is None:
        return False
    return _factor_awaited(s, half) if half.method == STEP_UP else _not_signed_in(s)


def _factor_awaited(s: Situation, half: HalfSignedIn) -> bool:
    """Whether the running session is being stepped up (RFC 9470): never without that session, the first factor."""
    if s.session is None or half.citizen_id != s.session.citizen_id or _not_signed_in(s):
        return False
    return Amr.MULTIPLE_FACTORS not in s.session.amr


def _not_signed_in(s: Situation) -> bool:
    return (
        s.session is None
        or s.session.auth_time < s.journey.authenticated_since
        # A link is no password, however fresh; where two accounts are to be joined, each is shown by its own.
        or ((s.journey.reauthenticate or s.journey.joining is not None) and s.session.link_id != "")
        or _another_person_expected(s)
    )


def _another_person_expected(s: Situation) -> bool:
    request = s.journey.request
    return request is not None and request.expected_sub is not None and request.expected_sub != s.sub


def _choice_of_account_open(s: Situation) -> bool:
    request = s.journey.request
    return (
        request is not None
        and "select_account" in request.prompts
        and not s.journey.account_confirmed
        and s.session is not None
        and s.session.auth_time < s.journey.created_at  # who just signed in has chosen
    )


def _joining_open(s: Situation) -> bool:
    return s.journey.joining is not None and s.session is not None and s.session.citizen_id != s.journey.joining


def _link_offered(s: Situation) -> bool:
    """An upstream account without a link was opened here, and its owner has signed in since, by a way of their own."""
    return (
        s.journey.pending_link is not None
        and s.session is not None
        and s.session.auth_time >= s.journey.created_at
        and not s.session.link_id
    )


def _setting_up(s: Situation) -> bool:
    """The citizen chose to set up an authenticator, and has not finished or left it."""
    return s.journey.sets_up and s.session is not None


def _opting_in(s: Situation) -> bool:
    """The citizen chose to sign in by their face too, and has not finished or left it."""
    return s.journey.opts_in and s.session is not None


def _match_missing(s: Situation) -> bool:
    """What was asked elsewhere goes on only with its match number, typed by whoever is signed in now."""
    return s.journey.waiting != "" and s.session is not None and s.journey.matched != s.session.citizen_id


def _level_missing(s: Situation) -> bool:
    level = s.session.level if s.session else 0
    if s.journey.request is None:
        return level < s.journey.wants_level and not s.journey.declined_level
    if level < s.journey.request.essential_level:
        return True
    return level < s.journey.request.wanted_level and not s.journey.declined_level


def _acting_open(s: Situation) -> bool:
    """For whom the citizen acts is to be chosen; or they came from the account page to prove an organisation."""
    if s.journey.proves_standing:
        return s.session is not None and s.session.level >= Level.BASIC and s.journey.acting_for is None
    return s.choosing


def _consent_missing(s: Situation) -> bool:
    request = s.journey.request
    if request is None or s.client is None:
        return False
    if "consent" in request.prompts and not s.journey.consented:
        return True
    return not agreed(request, s.client, s.consent)


def agreed(request: AuthorizationRequest, client: Client, consent: Consent | None) -> bool:
    """Whether the citizen agreed, or is not asked. Looked at again where the release is made: a citizen who disconnects
    the portal while a sign-on is on its way must not find it connected for the rest of the session.
    """
    if client.consent is ConsentPolicy.IMPLIED:
        return True
    return consent is not None and request.to_agree <= consent.scopes


CHECKS: tuple[tuple[Step, Callable[[Situation], bool]], ...] = (
    (Step.SECOND_FACTOR, _second_factor_missing),
    (Step.SIGN_IN, _not_signed_in),
    (Step.CHOOSE_ACCOUNT, _choice_of_account_open),
    (Step.JOIN, _joining_open),
    (Step.LINK, _link_offered),
    (Step.AUTHENTICATOR, _setting_up),
    (Step.FACE, _opting_in),
    (Step.APPROVE, _match_missing),
    (Step.PROVE, _level_missing),
    (Step.ACT_FOR, _acting_open),
    (Step.CONSENT, _consent_missing),
)


def next_step(situation: Situation) -> Step:
    """The first step that is missing, or ANSWER."""
    return next((step for step, missing in CHECKS if missing(situation)), Step.ANSWER)


def may_decline(journey: Journey, level: int) -> bool:
    """Whether the citizen may go on without proving more: the level was wanted, not insisted on."""
    return journey.purpose is Purpose.ACCOUNT or (
        journey.request is not None and level >= journey.request.essential_level
    )
