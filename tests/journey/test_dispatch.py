from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from idp.domain.assurance import Level
from idp.domain.authorization import AuthorizationRequest
from idp.domain.client import ConsentPolicy
from idp.domain.errors import Interaction
from idp.domain.ports import Consent, SessionFacts
from idp.journey.dispatch import CHECKS, FORBIDDEN, Situation, Step, may_decline, next_step
from idp.journey.record import HalfSignedIn, Journey, Purpose
from tests.journey.conftest import NOW, client, consents, journeys, sessions

SCOPES = ("openid", "profile")
CONSENT = Consent("tax-portal", frozenset(SCOPES), NOW - 1e4)
HALF = HalfSignedIn("c", "mobile", ("pwd",))


def asking(**changes: object) -> AuthorizationRequest:
    plain = AuthorizationRequest("tax-portal", "https://tax.example/back", SCOPES, "challenge")
    return replace(plain, **changes)  # type: ignore[arg-type]


def session(level: int = 0, auth_time: float = NOW - 100) -> SessionFacts:
    return SessionFacts("c", auth_time, ("pwd",), level, auth_time, "h")


def by_link(auth_time: float) -> SessionFacts:
    return replace(session(auth_time=auth_time), amr=("user",), link_id="l1")


def prompt(*names: str) -> AuthorizationRequest:
    return asking(prompts=frozenset(names))


def at(request, facts=None, consent=CONSENT, policy=ConsentPolicy.EXPLICIT, sub=None, **journey: object) -> Situation:
    purpose = Purpose.SIGN_ON if request else Purpose.ACCOUNT
    record = Journey("j", "b", NOW, NOW + 1800, purpose=purpose, request=request, **journey)  # type: ignore[arg-type]
    return Situation(record, client(policy) if request else None, facts, consent, sub)


CHOOSING = replace(at(asking(), session(2)), choosing=True)
AFTER = NOW + 5  # signed in during this journey

TABLE = [
    ("nobody is signed in", at(asking()), Step.SIGN_IN),
    ("everything is there", at(asking(), session()), Step.ANSWER),
    ("the first factor is right", at(asking(), half_signed_in=HALF), Step.SECOND_FACTOR),
    ("both factors are right", at(asking(), session(auth_time=AFTER), half_signed_in=HALF), Step.ANSWER),
    ("half signed in anew while an old session lives", at(prompt("login"), session(), half_signed_in=HALF), Step.SECOND_FACTOR),
    # how fresh, and who
    ("the client wants a new sign-in", at(prompt("login"), session()), Step.SIGN_IN),
    ("the new sign-in was made", at(prompt("login"), session(auth_time=AFTER)), Step.ANSWER),
    ("the sign-in is too old", at(asking(max_age=60), session(auth_time=NOW - 61)), Step.SIGN_IN),
    ("the sign-in is just fresh enough", at(asking(max_age=60), session(auth_time=NOW - 60)), Step.ANSWER),
    ("max_age=0 is a new sign-in", at(asking(max_age=0), session(auth_time=NOW - 1)), Step.SIGN_IN),
    ("another person is signed in than expected", at(asking(expected_sub="a"), session(), sub="b"), Step.SIGN_IN),
    ("the expected person is signed in", at(asking(expected_sub="a"), session(), sub="a"), Step.ANSWER),
    ("the subject is not known", at(asking(expected_sub="a"), session()), Step.SIGN_IN),
    # a fresh password before linking; a link, however fresh, is none
    ("the password is to be shown again", at(None, session(), reauthenticate=True), Step.SIGN_IN),
    ("the password was shown again", at(None, session(auth_time=AFTER), reauthenticate=True), Step.ANSWER),
    ("a link was used instead", at(None, by_link(AFTER), reauthenticate=True), Step.SIGN_IN),
    # an authenticator, which the citizen chose to set up
    ("an authenticator is being set up", at(asking(essential_level=3), session(), sets_up=True), Step.AUTHENTICATOR),
    ("the password comes before it", at(asking(), session(), sets_up=True, password_since=NOW), Step.SIGN_IN),
    ("the password was shown", at(asking(), session(auth_time=AFTER), sets_up=True, password_since=NOW), Step.AUTHENTICATOR),
    ("nobody sets one up without a sign-in", at(asking(), sets_up=True), Step.SIGN_IN),
    ("it is set up or left", at(asking(essential_level=3), session(), setup=""), Step.PROVE),
    # an upstream account that nobody has linked
    ("nobody has signed in beside it", at(asking(), pending_link="p"), Step.SIGN_IN),
    ("its owner has signed in since", at(asking(), session(auth_time=AFTER), pending_link="p"), Step.LINK),
    ("who was signed in before is not asked", at(asking(), session(), pending_link="p"), Step.ANSWER),
    ("another link was used", at(asking(), by_link(AFTER), pending_link="p"), Step.ANSWER),
    # which account
    ("the citizen shall choose", at(prompt("select_account"), session()), Step.CHOOSE_ACCOUNT),
    ("the citizen chose", at(prompt("select_account"), session(), account_confirmed=True), Step.ANSWER),
    ("who just signed in has chosen", at(prompt("select_account"), session(auth_time=AFTER)), Step.ANSWER),
    ("nobody is there to choose", at(prompt("select_account")), Step.SIGN_IN),
    # which level
    ("a level is insisted on", at(asking(essential_level=Level.BASIC), session()), Step.PROVE),
    ("declining does not help then", at(asking(essential_level=Level.BASIC), session(), declined_level=True), Step.PROVE),
    ("the level is there", at(asking(essential_level=Level.BASIC), session(1)), Step.ANSWER),
    ("a level is wished for", at(asking(wanted_level=Level.MEDIUM), session(1)), Step.PROVE),
    ("the wish was declined", at(asking(wanted_level=Level.MEDIUM), session(1), declined_level=True), Step.ANSWER),
    (
        "declined above what is insisted on",
        at(asking(wanted_level=Level.HIGH, essential_level=Level.BASIC), session(1), declined_level=True),
        Step.ANSWER,
    ),
    # consent
    ("nothing was agreed to", at(asking(), session(), None), Step.CONSENT),
    ("less was agreed to", at(asking(), session(), Consent("c", frozenset({"openid"}), NOW)), Step.CONSENT),
    ("more was agreed to", at(asking(scopes=("openid",)), session()), Step.ANSWER),
    ("agreement is implied", at(asking(), session(), None, ConsentPolicy.IMPLIED), Step.ANSWER),
    ("the client wants it asked again", at(prompt("consent"), session()), Step.CONSENT),
    ("it was asked again", at(prompt("consent"), session(), consented=True), Step.ANSWER),
    ("asked again although implied", at(prompt("consent"), session(), None, ConsentPolicy.IMPLIED), Step.CONSENT),
    ("proof comes before consent", at(asking(essential_level=Level.BASIC), session(), None), Step.PROVE),
    # the account page
    ("to the account page, not signed in", at(None), Step.SIGN_IN),
    ("to the account page, signed in", at(None, session()), Step.ANSWER),
    ("for whom is asked", CHOOSING, Step.ACT_FOR),
    ("for whom comes before consent", replace(CHOOSING, consent=None), Step.ACT_FOR),
    ("a level comes before it", replace(CHOOSING, journey=CHOOSING.journey.with_(request=asking(essential_level=3))), Step.PROVE),
    ("an organisation is proved from the account page", at(None, session(1), proves_standing=True), Step.ACT_FOR),
    ("it was proved", at(None, session(1), proves_standing=True, acting_for="s1"), Step.ANSWER),
    ("nobody in particular stands for anybody", at(None, session(0), proves_standing=True), Step.ANSWER),
    ("to the account page by way of a proof", at(None, session(), wants_level=1), Step.PROVE),
    ("that proof declined", at(None, session(), wants_level=1, declined_level=True), Step.ANSWER),
    ("that proof made", at(None, session(1), wants_level=1), Step.ANSWER),
]  # fmt: skip


@pytest.mark.parametrize(("situation", "step"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_the_next_step_is(situation, step):
    assert next_step(situation) is step


situations = st.builds(
    Situation,
    journey=journeys,
    client=st.sampled_from([client(), client(ConsentPolicy.IMPLIED)]),
    session=st.none() | sessions,
    consent=st.none() | consents,
    sub=st.none() | st.sampled_from(["sub-1", "sub-2"]),
)


# Without the one thing that is asked of nobody: too few situations would lead to an answer otherwise.
nothing_set_up = situations.map(lambda s: replace(s, journey=s.journey.with_(sets_up=False)))


# Few situations lead to an answer, which is as it should be.
@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(nothing_set_up)
def test_an_answer_is_never_given_with_anything_missing(situation: Situation):
    assume(next_step(situation) is Step.ANSWER)
    facts, journey = situation.session, situation.journey
    request = journey.request
    assert facts is not None
    assert facts.auth_time >= journey.authenticated_since
    if request is None:
        return
    assert request.expected_sub in {None, situation.sub}
    assert facts.level >= request.essential_level
    assert facts.level >= request.wanted_level or journey.declined_level
    agreed = situation.consent is not None and set(request.scopes) <= situation.consent.scopes
    implied = situation.client is not None and situation.client.consent is ConsentPolicy.IMPLIED
    assert agreed or implied
    assert "consent" not in request.prompts or journey.consented


@given(situations)
def test_the_first_missing_step_is_taken_in_the_order_of_the_table(situation: Situation):
    step = next_step(situation)
    missing = [each for each, is_missing in CHECKS if is_missing(situation)]
    assert step is (missing[0] if missing else Step.ANSWER)


@given(situations)
def test_nobody_is_asked_to_prove_or_agree_before_they_are_signed_in(situation: Situation):
    step = next_step(replace(situation, session=None))
    assert step in {Step.SIGN_IN, Step.SECOND_FACTOR}


@given(situations, sessions)
def test_a_half_finished_sign_in_has_no_rights(situation: Situation, old: SessionFacts):
    journey = situation.journey.with_(half_signed_in=HALF, created_at=old.auth_time + 1, request=prompt("login"))
    assert next_step(replace(situation, journey=journey, session=old)) is Step.SECOND_FACTOR


@given(situations)
def test_each_step_done_leads_on_and_the_journey_ends(situation: Situation):
    """Whatever is missing, doing it never brings back a step that was done: at most one page of each kind."""
    seen: list[Step] = []
    while (step := next_step(situation)) is not Step.ANSWER:
        assert step not in seen
        seen.append(step)
        situation = done(situation, step)
    assert len(seen) <= len(CHECKS)


def done(situation: Situation, step: Step) -> Situation:
    """The situation after the citizen did what the step asked for."""
    journey, request, facts = situation.journey, situation.journey.request, situation.session
    match step:
        case Step.SIGN_IN | Step.SECOND_FACTOR:
            fresh = session(level=facts.level if facts else 0, auth_time=journey.created_at + 1)
            sub = request.expected_sub if request else None
            return replace(situation, journey=journey.with_(half_signed_in=None), session=fresh, sub=sub)
        case Step.CHOOSE_ACCOUNT:
            return replace(situation, journey=journey.with_(account_confirmed=True))
        case Step.AUTHENTICATOR:
            return replace(situation, journey=journey.with_(sets_up=False, setup=""))
        case Step.PROVE:
            assert facts is not None
            return replace(situation, session=replace(facts, level=3))
        case Step.ACT_FOR:
            return replace(situation, journey=journey.with_(acting_for=""), choosing=False)
        case Step.CONSENT:
            assert request is not None
            consent = Consent("tax-portal", request.to_agree, NOW)
            return replace(situation, journey=journey.with_(consented=True), consent=consent)
        case _:
            raise AssertionError(step)


def test_every_step_that_needs_a_page_has_an_error_for_clients_that_forbid_pages():
    assert set(FORBIDDEN) == set(Step) - {Step.ANSWER}
    assert FORBIDDEN[Step.SIGN_IN] is FORBIDDEN[Step.SECOND_FACTOR] is Interaction.LOGIN
    assert FORBIDDEN[Step.CONSENT] is Interaction.CONSENT


@pytest.mark.parametrize(
    ("request_", "level", "allowed"),
    [
        (None, 0, True),
        (asking(wanted_level=Level.HIGH), 0, True),
        (asking(essential_level=Level.BASIC), 0, False),
        (asking(wanted_level=Level.HIGH, essential_level=Level.BASIC), 1, True),
    ],
)
def test_only_a_wish_may_be_declined(request_, level, allowed):
    assert may_decline(at(request_).journey, level) is allowed
