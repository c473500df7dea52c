"""Session management: the browser state, what relying parties get of it, and the one page that may be framed."""

import pytest

from idp.web.browser_state import origin_of
from tests.conformance.logout import RelyingParty, unchanged
from tests.provider import ISSUER, Provider

STATE = "__Host-yht_state"


@pytest.fixture
def hall(provider: Provider) -> RelyingParty:
    made = RelyingParty(provider, provider.party("hall"), provider.browser())
    made.sign_on(provider.citizen())
    return made


def _state(hall: RelyingParty) -> str:
    found = hall.browser.cookie(STATE)
    assert found
    return found


def _set(response, name: str = STATE) -> list[str]:
    return [each for each in response.headers.getlist("Set-Cookie") if each.startswith(f"{name}=")]


def test_the_state_is_readable_by_our_script_in_a_frame_and_is_not_the_session(hall):
    stored = hall.browser.http.get_cookie(STATE, domain="id.example")
    assert (stored.http_only, stored.secure, stored.same_site, stored.path) == (False, True, "None", "/")
    assert len(_state(hall)) == 32
    assert _state(hall) not in (hall.browser.cookie("__Host-yht_session") or "")


def test_it_is_new_when_somebody_signs_in_or_out_and_only_then(hall):
    first = _state(hall)
    hall.sign_on()
    hall.browser.get("/account")
    assert _state(hall) == first
    hall.end_session(id_token_hint=hall.hint)
    second = _state(hall)
    hall.sign_on(hall.provider.citizen(2, level=0))
    assert len({first, second, _state(hall)}) == 3


def test_signing_in_again_as_the_same_person_changes_nothing(hall):
    first = _state(hall)
    hall.provider.clock.advance(5)
    page = hall.browser.follow(hall.party.authorize(hall.browser, prompt="login"))
    hall.browser.submit(page, password="correct horse 9 battery")
    assert _state(hall) == first


def test_session_state_binds_client_and_origin(hall):
    fund = RelyingParty(hall.provider, hall.provider.party("fund"), hall.browser)
    fund.sign_on()
    told, other = hall.answer["session_state"], fund.answer["session_state"]
    assert told != other
    assert unchanged("hall", "https://hall.example", told, _state(hall))
    assert unchanged("fund", "https://fund.example", other, _state(hall))
    assert not unchanged("fund", "https://fund.example", told, _state(hall))
    assert not unchanged("hall", "https://fund.example", told, _state(hall))


def test_the_hot_path_and_the_page_path_say_the_same(hall):
    first = hall.answer["session_state"]
    hall.sign_on(prompt="none")
    assert hall.answer["session_state"] == first


def test_a_browser_without_a_state_gets_no_session_state_and_no_error(hall):
    hall.browser.http.delete_cookie(STATE, domain="id.example")
    hall.sign_on()
    assert "session_state" not in hall.answer


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://Hall.example/cb", "https://hall.example"),
        ("https://hall.example:443/cb?x=1", "https://hall.example"),
        ("http://hall.example:443/cb", "http://hall.example:443"),
        ("http://127.0.0.1:5000/cb", "http://127.0.0.1:5000"),
        ("http://[::1]:80/cb", "http://[::1]"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(address, origin):
    assert origin_of(address) == origin


def test_the_frame_may_be_embedded_by_anybody_over_tls_and_does_nothing_else(hall):
    page = hall.browser.get("/session/check")
    policy = page.headers["Content-Security-Policy"]
    assert "frame-ancestors https:" in policy
    assert "default-src 'none'; script-src 'self'" in policy
    assert "X-Frame-Options" not in page.headers
    assert page.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "public" in page.headers["Cache-Control"]
    assert "Set-Cookie" not in page.headers
    assert f'data-cookie="{STATE}"' in page.text
    address = page.text.split('src="')[1].split('"')[0]
    script = hall.browser.get(address)
    assert script.status_code == 200
    assert "javascript" in script.content_type
    script.close()


def test_no_other_page_may_be_embedded(hall):
    for path in ("/", "/account", "/signed-out", "/sign-out", "/logout"):
        page = hall.browser.follow(hall.browser.get(path))
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
        assert page.headers["X-Frame-Options"] == "DENY"


def test_discovery_names_it(hall):
    assert hall.metadata["check_session_iframe"] == f"{ISSUER}/session/check"
    assert hall.browser.post("/session/check").status_code == 405
