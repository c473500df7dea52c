import orjson
import pytest
from hypothesis import given

from idp.domain.assurance import Level
from idp.domain.authorization import AuthorizationRequest
from idp.journey.draft import LONGEST_VALUE, Draft, Trouble
from idp.journey.record import Enrolment, HalfSignedIn, Journey
from tests.journey.conftest import NOW, journeys, requests


@given(journeys)
def test_a_journey_survives_its_store(journey: Journey):
    stored = orjson.loads(orjson.dumps(journey.to_json()))
    assert Journey.from_json(journey.id, stored, journey.version) == journey


def test_a_journey_begun_before_drafts_were_kept_is_still_read():
    stored = Journey("j", "b", NOW, NOW + 1800).to_json()
    del stored["draft"]
    assert Journey.from_json("j", stored, 1).draft is None


def test_what_came_with_later_versions_survives_the_store_and_may_be_missing_in_it():
    half = HalfSignedIn("c", "linked_account", ("user",), "l1")
    journey = Journey("j", "b", NOW, NOW + 1800, half_signed_in=half, upstream_attempt="a", pending_link="p")
    journey = journey.with_(reauthenticate=True, leads_to="alipay_account")
    journey = journey.with_(sets_up=True, setup="s", password_since=NOW)
    stored = orjson.loads(orjson.dumps(journey.to_json()))
    assert Journey.from_json("j", stored, 1) == journey
    for name in (
        "upstream_attempt",
        "pending_link",
        "reauthenticate",
        "leads_to",
        "sets_up",
        "setup",
        "password_since",
    ):
        del stored[name]
    stored["half"] = stored["half"][:3]
    before = Journey.from_json("j", stored, 1)
    assert before == Journey("j", "b", NOW, NOW + 1800, half_signed_in=HalfSignedIn("c", "linked_account", ("user",)))


@given(requests)
def test_an_authorization_request_survives_its_store_with_its_types(request: AuthorizationRequest):
    again = AuthorizationRequest.from_json(orjson.loads(orjson.dumps(request.to_json())))
    assert again == request
    assert isinstance(again.wanted_level, Level)
    assert isinstance(again.essential_level, Level)
    assert isinstance(again.prompts, frozenset)
    assert isinstance(again.scopes, tuple)


def request_with(prompts: frozenset[str] = frozenset(), max_age: int | None = None) -> AuthorizationRequest:
    return AuthorizationRequest("c", "https://c.example", ("openid",), "x", prompts=prompts, max_age=max_age)


@pytest.mark.parametrize(
    ("request_", "since"),
    [
        (None, 0.0),
        (request_with(), 0.0),
        (request_with(max_age=60), NOW - 60),
        (request_with(max_age=0), NOW),
        (request_with(frozenset({"login"})), NOW),
        (request_with(frozenset({"login"}), max_age=600), NOW),
    ],
)
def test_login_and_max_age_say_how_fresh_a_sign_in_must_be(request_, since):
    assert Journey("j", "b", NOW, NOW + 1800, request=request_).authenticated_since == since


def test_what_is_personal_in_a_journey_is_not_shown():
    journey = Journey("j", "b", NOW, NOW + 1800, enrolment=Enrolment("+8619900000001"))
    hinted = journey.with_(request=AuthorizationRequest("c", "u", (), "x", login_hint="370102190103070012"))
    hinted = hinted.with_(draft=Draft("sign-in", Trouble.SIGN_IN, {"username": "13900000001"}))
    assert "13900000001" not in repr(hinted)
    assert not any(text in repr(hinted) for text in ("19900000001", "370102190103070012"))


def test_a_draft_keeps_no_more_than_a_line_of_each_field():
    assert Draft("p", Trouble.STALE, {"name": "x" * 10_000}).values == {"name": "x" * LONGEST_VALUE}


@pytest.mark.parametrize(("until", "now", "lasts", "left"), [
    (0.0, NOW, True, 0), (NOW + 1.5, NOW, True, 2), (NOW + 1, NOW, True, 1), (NOW, NOW, False, 0), (NOW - 1, NOW, False, 0),
])  # fmt: skip
def test_a_trouble_with_an_end_lasts_until_then(until, now, lasts, left):
    draft = Draft("p", Trouble.LIMIT, until=until)
    assert (draft.at(now) is draft) is lasts
    assert draft.seconds_left(now) == left
