"""The portals' pages as far as they go without a provider; with one: test_demo.py and the journeys."""

import logging
import socket
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from examples.portal.facts import PortalAddresses
from examples.portal.pages import create_portal
from examples.portal.texts import CLAIMS, ERRORS, INTRODUCTIONS, TITLES, WORDS
from examples.portal_a import FACTS as HALL
from examples.portal_b import FACTS as INSURANCE
from tests.doubles import SteppingClock


@pytest.fixture
def nowhere() -> Iterator[str]:
    """An origin where nobody listens, for as long as the test runs."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture(params=[HALL, INSURANCE], ids=["hall", "insurance"])
def portal(request: pytest.FixtureRequest, nowhere: str) -> FlaskClient:
    addresses = PortalAddresses(own="http://127.0.0.1:8001", neighbour="http://127.0.0.1:8002", issuer=nowhere)
    app = create_portal(request.param, addresses, clock=SteppingClock().now)
    return app.test_client()


def test_the_home_page_offers_to_sign_in_in_chinese(portal: FlaskClient) -> None:
    page = portal.get("/")
    assert page.status_code == 200
    assert '<html lang="zh-CN">' in page.text
    assert "使用一号通登录" in page.text


def test_the_language_is_remembered(portal: FlaskClient) -> None:
    answer = portal.get("/language/en?back=/signed-out")
    assert (answer.status_code, answer.location) == (303, "/signed-out")
    assert "You are signed out" in portal.get("/signed-out").text


def test_an_english_browser_reads_english(portal: FlaskClient) -> None:
    assert "Sign in with Yihaotong" in portal.get("/", headers={"Accept-Language": "en-GB,en;q=0.9"}).text


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example", "/callback?x=1"])
def test_the_language_link_leads_nowhere_else(portal: FlaskClient, back: str) -> None:
    assert portal.get("/language/en", query_string={"back": back}).location == "/"


def test_an_unknown_language_changes_nothing(portal: FlaskClient) -> None:
    assert "Set-Cookie" not in portal.get("/language/xx").headers


def test_a_provider_that_is_down_is_said_with_what_to_do(portal: FlaskClient) -> None:
    page = portal.get("/sign-in")
    assert page.status_code == 503
    assert "provider_unreachable" in page.text
    assert ERRORS["provider_unreachable"]["zh-CN"] in page.text


def test_a_sign_in_started_for_another_provider_is_refused(portal: FlaskClient) -> None:
    page = portal.get("/sign-in?iss=https://evil.example")
    assert (page.status_code, "wrong_issuer" in page.text) == (400, True)


@pytest.mark.parametrize("query", ["", "?code=a", "?code=a&state=b", "?error=access_denied&state=b"])
def test_an_answer_to_no_sign_in_of_this_browser_is_refused(portal: FlaskClient, query: str) -> None:
    page = portal.get(f"/callback{query}")
    assert page.status_code == 400
    assert "unknown_sign_in" in page.text


def test_markup_in_an_answer_is_never_reflected(portal: FlaskClient) -> None:
    assert "<script" not in portal.get("/callback?error=<script>alert(1)</script>&state=<script>").text


def test_signing_out_without_a_session_says_so(portal: FlaskClient) -> None:
    answer = portal.post("/sign-out")
    assert (answer.status_code, answer.location) == (303, "/signed-out")


def test_signing_out_takes_a_post(portal: FlaskClient) -> None:
    assert portal.get("/sign-out").status_code == 405


@pytest.mark.parametrize("form", [{}, {"logout_token": "x"}, {"logout_token": ["x", "x"]}])
def test_a_logout_notice_that_is_none_gets_400_and_is_not_cached(portal: FlaskClient, form: dict[str, str]) -> None:
    answer = portal.post("/backchannel-logout", data=form)
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["error"] == "invalid_request"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_huge_form_is_refused(portal: FlaskClient) -> None:
    assert portal.post("/backchannel-logout", data={"logout_token": "x" * 100_000}).status_code == 413


@pytest.mark.parametrize("path", ["/", "/signed-out", "/callback", "/nowhere", "/sign-in"])
def test_every_page_forbids_scripts_frames_and_storing(portal: FlaskClient, path: str) -> None:
    answer = portal.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none';")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "<script" not in answer.text
    assert "style=" not in answer.text


def test_the_client_library_logs_no_tokens() -> None:
    assert not logging.getLogger("idpyoidc.client.oauth2").isEnabledFor(logging.CRITICAL)
    assert not logging.getLogger("cryptojwt.jws.jws").isEnabledFor(logging.CRITICAL)


def test_both_languages_say_the_same_things() -> None:
    assert WORDS["zh-CN"].keys() == WORDS["en"].keys()
    for table in (TITLES, INTRODUCTIONS, ERRORS, CLAIMS):
        assert {frozenset(texts) for texts in table.values()} == {frozenset(WORDS)}


def test_the_portals_cookies_have_different_names() -> None:
    assert HALL.key != INSURANCE.key
