"""Request objects by value at the authorization endpoint: what counts, what is refused, and where the error goes."""

import pytest

from idp.domain.client import AuthMethod, ClientKeys
from tests import client_keys
from tests.conformance.relying_party import RelyingParty, claims_of, is_page
from tests.provider import ISSUER


@pytest.fixture
def rp(provider):
    return RelyingParty(
        provider,
        auth_method=AuthMethod.PRIVATE_KEY_JWT,
        request_object_alg="ES256",
        resources=frozenset({"https://api.example/a", "https://api.example/b"}),
        details_types=frozenset({"matter"}),
    )


@pytest.fixture
def browser(provider):
    browser = provider.browser()
    browser.sign_in(provider.citizen())
    return browser


def by_value(rp, browser, signed, **beside):
    asked = {"client_id": "hall", "request": signed} | beside
    return browser.follow(browser.get("/authorize", query_string=asked))


def test_a_signed_object_alone_is_a_whole_request(rp, browser):
    answer = rp.answer(by_value(rp, browser, rp.object(exp=None, nbf=None)))
    assert answer["state"] == "state-1"
    assert rp.id_token(rp.tokens(answer))["nonce"] == "nonce-1"


def test_it_is_answered_in_one_round_trip_like_any_other(rp, browser, provider):
    rp.ask(browser)
    provider.wire.round_trips = 0
    assert rp.answer(by_value(rp, browser, rp.object()))["code"]
    assert provider.wire.round_trips == 1


def test_values_of_json_kinds_are_taken_as_they_are(rp, browser):
    signed = rp.object(
        max_age=3600, claims={"id_token": {"name": None}}, resource=["https://api.example/a"],
        something={"else": [1, None]},
    )  # fmt: skip
    tokens = rp.tokens(rp.answer(by_value(rp, browser, signed)))
    assert rp.id_token(tokens)["name"] == "张三"


@pytest.mark.parametrize(
    "wrong",
    [
        {"scope": ["openid"]}, {"state": True}, {"nonce": 1.5}, {"redirect_uri": {"a": 1}}, {"resource": [1]},
        {"state": "a\nb"}, {"nonce": "n" * 5000},
    ],
)  # fmt: skip
def test_members_of_a_wrong_kind_are_refused(rp, browser, wrong):
    response = by_value(rp, browser, rp.object(**wrong), redirect_uri=rp.redirect_uri)
    assert rp.answer(response)["error"] == "invalid_request"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "other"}, {"iss": None}, {"client_id": "other"}, {"client_id": None}, {"sub": "hall"},
        {"exp": "soon"}, {"exp": 1}, {"nbf": 99_999_999_999}, {"iat": 99_999_999_999}, {"aud": [f"{ISSUER}/token"]},
        {"header": {"typ": "at+jwt"}}, {"alg": "PS256"},
        {"header": {"alg": "HS256"}},
    ],
)  # fmt: skip
def test_an_object_that_is_not_for_us_by_the_client_and_of_now_is_refused(rp, browser, changes):
    if changes.get("alg") == "PS256":
        changes = changes | {"key": client_keys.make_key("PS256")}
    if "alg" in changes.get("header", {}):
        signed = client_keys.sign_hmac(claims_of(rp.object()), "a-secret-of-the-client-that-is-long-enough")
    else:
        signed = rp.object(**changes)
    answer = rp.answer(by_value(rp, browser, signed, redirect_uri=rp.redirect_uri, state="outer"))
    assert answer["error"] == "invalid_request_object"
    assert answer["state"] == "outer"


def test_without_a_registered_address_beside_it_the_error_is_a_page_that_names_the_client(rp, browser):
    page = by_value(rp, browser, rp.object(iss="other"), redirect_uri="https://evil.example/cb")
    assert is_page(page)
    assert "iss must be the client_id. (client hall in clients.yaml)" in page.text


def test_an_unregistered_address_inside_is_a_page(rp, browser):
    signed = rp.object(redirect_uri="https://evil.example/cb")
    assert is_page(by_value(rp, browser, signed, redirect_uri=rp.redirect_uri))


def test_what_stands_beside_the_object_does_not_count(rp, browser):
    response = by_value(rp, browser, rp.object(state=None, nonce=None), state="outer", nonce="outer", scope="profile",
                        prompt="login", response_mode="form_post")  # fmt: skip
    answer = rp.answer(response)
    assert "state" not in answer
    assert "nonce" not in rp.id_token(rp.tokens(answer))


def test_encrypted_objects_and_clients_without_keys_are_not_supported(rp, browser, provider):
    jwe = "eyJhbGciOiJSU0EtT0FFUCJ9.a.b.c.d"
    answer = rp.answer(by_value(rp, browser, jwe, redirect_uri=rp.redirect_uri))
    assert answer["error"] == "request_not_supported"
    plain = RelyingParty(provider, "plain")
    signed = rp.object(iss="plain", client_id="plain")
    assert plain.answer(plain.ask(browser, request=signed))["error"] == "request_not_supported"


def test_object_and_address_at_once_are_refused(rp, browser):
    answer = rp.answer(rp.ask(browser, request=rp.object(), request_uri="https://hall.example/r"))
    assert answer["error"] == "invalid_request"


def test_a_client_that_must_sign_is_refused_without(provider, browser):
    rp = RelyingParty(
        provider, auth_method=AuthMethod.PRIVATE_KEY_JWT, request_object_alg="ES256", require_signed_request=True
    )
    answer = rp.answer(rp.ask(browser))
    assert answer["error"] == "invalid_request"
    assert "require_signed_request_object" in answer["error_description"]
    assert rp.answer(by_value(rp, browser, rp.object()))["code"]


def test_keys_that_cannot_be_had_are_told_as_such(provider, browser):
    rp = RelyingParty(provider, keys=ClientKeys(jwks_uri="https://hall.example/jwks"), request_object_alg="ES256")
    signed = rp.object(key=client_keys.make_key())
    answer = rp.answer(rp.ask(browser, request=signed))
    assert answer["error"] == "temporarily_unavailable"
