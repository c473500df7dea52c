import orjson
import pytest
from hypothesis import given

from idp.domain.assurance import Level
from idp.domain.authorization import AuthorizationRequest
from idp.journey.record import Enrolment, Journey
from tests.journey.conftest import NOW, journeys, requests


@given(journeys)
def test_a_journey_survives_its_store(journey: Journey):
    stored = orjson.loads(orjson.dumps(journey.to_json()))
    assert Journey.from_json(journey.id, stored, journey.version) == journey


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
    assert not any(text in repr(hinted) for text in ("19900000001", "370102190103070012"))
