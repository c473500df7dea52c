"""From a portal through the provider and back, over HTTP, as a strict library sees it."""

from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest

from tests.journeys.surfer import query_of


@pytest.mark.parametrize(("alg", "method"), [("RS256", "basic"), ("ES256", "post"), ("ES256", "basic")])
def test_a_citizen_signs_in_consents_and_arrives(house, surfer, citizen, alg, method):
    portal = house.portal(alg=alg, method=method)
    begun = portal.begin(scope=["openid", "profile"])
    page = house.sign_in(surfer, surfer.get(begun), citizen)
    assert page.step == "consent"
    held = portal.finish(surfer.submit(page, decision="agree"), begun)
    assert held.claims["acr"] == "urn:yihaotong:realname:1"
    assert held.claims["amr"] == ["pwd"]
    assert held.userinfo == {"sub": held.sub, "name": "张三", "birthdate": "1901-03-07", "gender": "male"}


def test_the_second_portal_is_entered_without_a_page_and_knows_another_sub(house, surfer, citizen):
    hall, insurance = house.portal("hall"), house.portal("insurance", alg="ES256", consent="implied")
    begun = hall.begin()
    first = hall.finish(surfer.submit(house.sign_in(surfer, surfer.get(begun), citizen), decision="agree"), begun)
    begun = insurance.begin()
    response = surfer.http.get(begun)
    assert response.status_code == 303
    assert response.headers["Location"].startswith("https://insurance.example/cb?")
    second = insurance.finish(surfer.get(begun), begun)
    assert second.sub != first.sub
    assert second.sid != first.sid
    assert second.claims["auth_time"] == first.claims["auth_time"]


def test_the_second_time_nothing_is_asked_and_sub_and_sid_stay(house, surfer, citizen):
    portal = house.portal()
    begun = portal.begin()
    first = portal.finish(surfer.submit(house.sign_in(surfer, surfer.get(begun), citizen), decision="agree"), begun)
    begun = portal.begin()
    second = portal.finish(surfer.get(begun), begun)
    assert (second.sub, second.sid) == (first.sub, first.sid)


def test_the_same_person_in_another_browser_has_the_same_sub_and_another_sid(house, citizen):
    portal = house.portal(consent="implied")
    held = []
    for _ in range(2):
        surfer, begun = house.surfer(), portal.begin()
        held.append(portal.finish(house.sign_in(surfer, surfer.get(begun), citizen), begun))
    assert held[0].sub == held[1].sub
    assert held[0].sid != held[1].sid


def test_prompt_none_fails_before_a_sign_in_and_works_after_it(house, surfer, citizen):
    portal = house.portal()
    begun = portal.begin(prompt="none")
    assert portal.error(surfer.get(begun), begun) == "login_required"
    house.sign_in(surfer, surfer.get("/account"), citizen)
    begun = portal.begin(prompt="none")
    assert portal.error(surfer.get(begun), begun) == "consent_required"
    begun = portal.begin()
    portal.finish(surfer.submit(surfer.get(begun), decision="agree"), begun)
    begun = portal.begin(prompt="none")
    assert portal.finish(surfer.get(begun), begun).claims["acr"] == "urn:yihaotong:realname:1"


def test_prompt_none_with_a_missing_level_is_interaction_required(house, surfer):
    portal = house.portal(consent="implied", level=1)
    person = house.provider.citizen(2, level=0)
    house.sign_in(surfer, surfer.get("/account"), person)
    begun = portal.begin(prompt="none")
    assert portal.error(surfer.get(begun), begun) == "interaction_required"


def test_prompt_login_asks_again_and_auth_time_is_new(house, surfer, citizen):
    portal = house.portal(consent="implied")
    begun = portal.begin()
    first = portal.finish(house.sign_in(surfer, surfer.get(begun), citizen), begun)
    house.clock.advance(20)
    begun = portal.begin(prompt="login")
    page = surfer.get(begun)
    second = portal.finish(house.sign_in(surfer, page, citizen), begun)
    assert second.claims["auth_time"] == first.claims["auth_time"] + 20


def test_max_age_asks_again_only_when_the_sign_in_is_older(house, surfer, citizen):
    portal = house.portal(consent="implied")
    house.sign_in(surfer, surfer.get("/account"), citizen)
    house.clock.advance(20)
    begun = portal.begin(max_age=30)
    assert portal.finish(surfer.get(begun), begun).claims["auth_time"] == int(house.clock.now()) - 20
    begun = portal.begin(max_age=10)
    page = surfer.get(begun)
    assert page.step == "sign-in"
    assert portal.finish(house.sign_in(surfer, page, citizen), begun).claims["auth_time"] == int(house.clock.now())


def test_login_hint_and_ui_locales_are_heeded(house, surfer):
    portal = house.portal()
    page = surfer.get(portal.begin(login_hint="zhangsan", ui_locales=["en"]))
    assert page.value("username") == "zhangsan"
    assert page.heading == "Sign in"


def test_select_account_shows_who_is_signed_in_and_lets_another_sign_in(house, surfer, citizen):
    portal = house.portal(consent="implied")
    other = house.provider.citizen(2, level=0)
    house.sign_in(surfer, surfer.get("/account"), citizen)
    house.clock.advance(1)
    begun = portal.begin(prompt="select_account")
    page = surfer.get(begun)
    assert page.step == "choose-account"
    first = portal.finish(surfer.submit(page, choice="continue"), begun)
    house.clock.advance(1)
    begun = portal.begin(prompt="select_account")
    page = house.sign_in(surfer, surfer.submit(surfer.get(begun), choice="other"), other)
    second = portal.finish(page, begun)
    assert second.sub != first.sub
    assert second.claims["acr"] == "urn:yihaotong:realname:0"


def test_the_library_refreshes_and_a_rotated_token_that_comes_back_kills_the_family(house, surfer, citizen):
    portal = house.portal(consent="implied")
    begun = portal.begin()
    first = portal.finish(house.sign_in(surfer, surfer.get(begun), citizen), begun)
    second = portal.refresh(first)
    assert second.refresh_token != first.refresh_token
    for name in ("sub", "sid", "auth_time", "acr", "amr"):
        assert second.claims[name] == first.claims[name]
    assert portal.userinfo(second).status_code == 200
    house.clock.advance(house.provider.settings.refresh_grace + 1)  # until then the answer may have been lost
    assert portal.refuses_refresh(first)
    assert portal.refuses_refresh(second)
    assert portal.userinfo(second).status_code == 401


def test_a_code_that_comes_twice_kills_what_it_gave(house, surfer, citizen):
    portal = house.portal(consent="implied")
    begun = portal.begin()
    page = house.sign_in(surfer, surfer.get(begun), citizen)
    held = portal.finish(page, begun)
    again = portal.token(
        grant_type="authorization_code", code=query_of(page.left_for)["code"], redirect_uri=portal.redirect_uri,
        code_verifier="v" * 64,
    )  # fmt: skip
    assert again.json()["error"] == "invalid_grant"
    assert portal.userinfo(held).status_code == 401
    assert portal.refuses_refresh(held)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"request": "e30.e30."}, "request_not_supported"),
    ],
)
def test_a_faulty_request_comes_back_as_an_error_with_state_and_issuer(house, surfer, changes, error):
    portal = house.portal()
    begun = portal.begin()
    assert portal.error(surfer.get(_changed(begun, **changes)), begun) == error


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "nobody"},
        {"redirect_uri": "https://evil.example/cb"},
        {"redirect_uri": "https://hall.example/cb/"},
        {"redirect_uri": "https://hall.example/cb?x=1"},
        {"redirect_uri": None},
    ],
)
def test_an_unregistered_client_or_address_is_never_followed(house, surfer, changes):
    portal = house.portal()
    page = surfer.get(_changed(portal.begin(), **changes))
    assert page.left_for is None
    assert page.status == 400
    assert "evil" not in page.text
    assert surfer.click(page, "账户").status == 200


def test_discovery_says_what_is_there(house):
    portal = house.portal()
    said = portal.metadata
    assert said["issuer"] == house.issuer
    assert said["code_challenge_methods_supported"] == ["S256"]
    assert said["authorization_response_iss_parameter_supported"] is True
    assert said["response_types_supported"] == ["code"]
    assert set(said["id_token_signing_alg_values_supported"]) == {"RS256", "PS256", "ES256", "EdDSA"}
    assert said["subject_types_supported"] == ["pairwise"]
    assert said["backchannel_logout_supported"] is True
    assert said["backchannel_logout_session_supported"] is True
    with httpx.Client(trust_env=False) as http:
        for name, address in said.items():
            if name.endswith("_endpoint") or name == "jwks_uri":
                assert address.startswith(house.issuer)
                assert http.get(address).status_code != 404


def test_a_portal_that_only_wants_a_level_gets_the_one_reached_when_the_citizen_goes_on_without(house, surfer):
    portal = house.portal(consent="implied")
    person = house.provider.citizen(2, level=0)
    begun = portal.begin(acr_values=["urn:yihaotong:realname:1"])
    page = house.sign_in(surfer, surfer.get(begun), person)
    assert page.step == "prove"
    held = portal.finish(surfer.press(page, "暂不"), begun)
    assert held.claims["acr"] == "urn:yihaotong:realname:0"


def test_cancelling_brings_access_denied_from_every_step(house, citizen):
    portal = house.portal()
    for steps in (0, 1):
        surfer, begun = house.surfer(), portal.begin()
        page = surfer.get(begun)
        if steps:
            page = house.sign_in(surfer, page, citizen)
        assert portal.error(surfer.press(page, "取消"), begun) == "access_denied"


def _changed(address: str, **changes: str | None) -> str:
    asked = dict(parse_qsl(urlsplit(address).query)) | changes
    return f"{address.partition('?')[0]}?{urlencode({k: v for k, v in asked.items() if v is not None})}"
