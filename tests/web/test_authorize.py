"""The authorization endpoint: what is redirected, what is a page, and what the answer carries."""

from dataclasses import dataclass

import pytest

from idp.domain.client import AuthMethod, ConsentPolicy
from tests.provider import ISSUER, Browser, Party, Provider, answer_of


@dataclass(frozen=True)
class Desk:
    """A portal, and the browser of a signed-in citizen of level 1, at a provider that the module keeps.

    What is asked at it is refused, or answered with a code that nobody redeems: the next test finds it as it was.
    """

    provider: Provider
    party: Party
    browser: Browser

    def ask(self, **changes):
        return self.party.authorize(self.browser, **changes)


@pytest.fixture(scope="module")
def desk(standing_provider):
    browser = standing_provider.browser()
    browser.sign_in(standing_provider.citizen())
    return Desk(standing_provider, standing_provider.party(), browser)


@pytest.fixture
def party(provider):
    return provider.party()


@pytest.fixture
def browser(provider):
    """A browser of a signed-in citizen of level 1."""
    browser = provider.browser()
    browser.sign_in(provider.citizen())
    return browser


def test_a_live_session_is_answered_with_a_code_and_no_page(desk):
    response = desk.ask()
    assert response.status_code == 303
    answer = answer_of(response)
    assert answer["state"] == "s-123"
    assert answer["iss"] == ISSUER
    assert answer["code"]


def test_the_answer_is_not_cached_and_leaks_no_referrer(desk):
    response = desk.ask()
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"


def test_the_second_sign_on_takes_one_round_trip(provider, party, browser):
    party.authorize(browser)
    provider.wire.round_trips = 0
    assert "code" in answer_of(party.authorize(browser))
    assert provider.wire.round_trips == 1


def test_a_request_by_post_works(desk):
    assert "code" in answer_of(desk.browser.post("/authorize", desk.party.parameters()))


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://evil.example/cb",
        "https://hall.example/cb/",
        "https://hall.example/cb?x=1",
        "https://hall.example/cb#f",
        "https://hall.example/CB",
        "https://HALL.example/cb",
        "https://hall.example:443/cb",
        "https://hall.example/x/../cb",
        "https://hall.example/%63b",
        "https://hall.example@evil.example/cb",
        "https://hall.example.evil.example/cb",
        "https://hall.example\\@evil.example/cb",
        "http://hall.example/cb",
        "javascript:alert(1)",
        "//hall.example/cb",
        "https://hall.example/cb%0d%0aX-Evil:1",
        "https://hаll.example/cb",
    ],
)
def test_an_unregistered_redirect_uri_never_redirects(desk, redirect_uri):
    response = desk.ask(redirect_uri=redirect_uri)
    assert response.status_code == 400
    assert "Location" not in response.headers
    assert "evil.example" not in response.headers.get("Content-Security-Policy", "")


@pytest.mark.parametrize("client_id", ["nobody", "Hall", "hall ", "hall'--", None])
def test_an_unknown_client_never_redirects(desk, client_id):
    response = desk.ask(client_id=client_id)
    assert response.status_code == 400
    assert "Location" not in response.headers


def test_another_clients_redirect_uri_is_refused(provider, party, browser):
    other = provider.party("other")
    assert party.authorize(browser, redirect_uri=other.redirect_uri).status_code == 400


def test_a_missing_redirect_uri_is_a_page(desk):
    assert desk.ask(redirect_uri=None).status_code == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": 'n"o'}, "invalid_request"),
        ({"response_type": "码"}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "openid " + "x " * 40}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "dance"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"max_age": "٣"}, "invalid_request"),
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
        ({"request_uri": "https://evil.example/r"}, "request_uri_not_supported"),
        ({"id_token_hint": "a.b.c"}, "invalid_request"),
    ],
)
def test_a_faulty_request_is_answered_at_the_client_with_iss_and_state(desk, changes, error):
    answer = answer_of(desk.ask(**changes))
    assert answer["error"] == error
    assert answer["iss"] == ISSUER
    assert answer["state"] == "s-123"
    assert "code" not in answer


@pytest.mark.parametrize(
    "name", ["client_id", "redirect_uri", "state", "nonce", "scope", "code_challenge", "prompt", "unknown"]
)
def test_a_repeated_parameter_is_refused_and_goes_nowhere(desk, name):
    pairs = [*desk.party.parameters(prompt="login", unknown="1").items()]
    pairs.append((name, "https://evil.example/cb"))
    query = "&".join(f"{k}={v}" for k, v in pairs)
    response = desk.browser.get("/authorize", query_string=query)
    assert response.status_code == 400
    assert "Location" not in response.headers


def test_an_unknown_parameter_is_ignored(desk):
    assert "code" in answer_of(desk.ask(extra="foobar"))


def test_state_comes_back_byte_for_byte(desk):
    state = "a&b=c d+e%20\"'<>/?#é"
    assert answer_of(desk.ask(state=state))["state"] == state


def test_without_state_none_comes_back(desk):
    assert "state" not in answer_of(desk.ask(state=None))


@pytest.mark.parametrize("query", ["client_id=%zz", "client_id=%ff", "client_id=a%00b", "&".join(["x=1"] * 50)])
def test_broken_encodings_end_in_a_clean_page(desk, query):
    assert desk.browser.get("/authorize", query_string=query).status_code == 400


@pytest.mark.parametrize("size", [20_000, 200_000])
def test_a_huge_request_ends_in_a_clean_4xx(desk, size):
    assert 400 <= desk.ask(state="x" * size).status_code < 500


def test_prompt_none_without_a_session_says_login_required(desk):
    answer = answer_of(desk.party.authorize(desk.provider.browser(), prompt="none"))
    assert answer["error"] == "login_required"


def test_prompt_none_with_a_session_answers(desk):
    assert "code" in answer_of(desk.ask(prompt="none"))


def test_prompt_none_without_consent_says_consent_required(provider, browser):
    party = provider.party(consent=ConsentPolicy.EXPLICIT)
    assert answer_of(party.authorize(browser, prompt="none"))["error"] == "consent_required"


def test_prompt_none_without_the_level_says_interaction_required(desk):
    answer = answer_of(desk.ask(prompt="none", acr_values="urn:yihaotong:realname:2"))
    assert answer["error"] == "interaction_required"


def test_prompt_login_asks_again_and_auth_time_moves(provider, party, browser):
    before = _claims(party, browser)
    provider.clock.advance(60)
    page = browser.follow(party.authorize(browser, prompt="login"))
    assert page.status_code == 200
    mobile = "19900000001"
    answer = answer_of(browser.submit(page, username=mobile, password="correct horse 9 battery"))
    after = party.redeem(answer["code"]).json
    assert _payload(after["id_token"])["auth_time"] == before["auth_time"] + 60


def test_max_age_asks_again_only_when_the_sign_in_is_older(provider, party, browser):
    provider.clock.advance(100)
    assert "code" in answer_of(party.authorize(browser, max_age="1000"))
    assert answer_of(party.authorize(browser, max_age="10", prompt="none"))["error"] == "login_required"


def test_max_age_zero_asks_again(provider, party, browser):
    provider.clock.advance(1)
    assert answer_of(party.authorize(browser, max_age="0", prompt="none"))["error"] == "login_required"


def test_an_id_token_hint_of_another_citizen_gives_no_code(provider, party, browser):
    other = provider.browser()
    other.sign_in(provider.citizen(2, level=0))
    hint = party.tokens(other)["id_token"]
    assert answer_of(party.authorize(browser, prompt="none", id_token_hint=hint))["error"] == "login_required"


def test_an_id_token_hint_of_the_same_citizen_answers(party, browser):
    hint = party.tokens(browser)["id_token"]
    assert "code" in answer_of(party.authorize(browser, prompt="none", id_token_hint=hint))


def test_a_forged_hint_is_refused(party, browser):
    head, body, signature = party.tokens(browser)["id_token"].split(".")
    forged = f"{head}.{body}.{'A' * len(signature)}"
    assert answer_of(party.authorize(browser, id_token_hint=forged))["error"] == "invalid_request"


def test_acr_is_never_echoed_unearned(desk):
    page = desk.browser.follow(desk.ask(acr_values="urn:yihaotong:realname:3"))
    assert page.status_code == 200
    assert "code=" not in page.headers.get("Location", "")


def test_acr_values_already_met_are_answered(party, browser):
    answer = answer_of(party.authorize(browser, acr_values="urn:yihaotong:realname:1"))
    claims = _payload(party.redeem(answer["code"]).json["id_token"])
    assert claims["acr"] == "urn:yihaotong:realname:1"


def test_a_scope_that_is_not_registered_is_not_granted(provider, browser):
    party = provider.party(scopes=frozenset({"openid"}))
    assert party.tokens(browser, scope="openid id_number")["scope"] == "openid"


def test_a_public_client_without_pkce_gets_no_code(provider, browser):
    party = provider.party(auth_method=AuthMethod.NONE)
    assert answer_of(party.authorize(browser, code_challenge=None))["error"] == "invalid_request"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "OPTIONS"])
def test_other_methods_are_refused(desk, method):
    from werkzeug.test import Client

    response = Client(desk.provider.app.wsgi_app).open("/authorize", method=method, base_url=ISSUER)
    assert response.status_code == 405


def test_the_session_cookie_of_nobody_is_no_session(desk):
    browser = desk.provider.browser()
    browser.http.set_cookie("__Host-yht_session", "00.forged", domain="id.example", secure=True)
    assert answer_of(desk.party.authorize(browser, prompt="none"))["error"] == "login_required"


def _claims(party, browser):
    return _payload(party.tokens(browser)["id_token"])


def _payload(token):
    import base64
    import json

    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
