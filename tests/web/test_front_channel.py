"""Front-channel logout: what the signed-out page loads, whom it lets load, and where it goes on to."""

import re

import pytest
from lxml import html

from tests.conformance.logout import RelyingParty, confirm, frames_of, press
from tests.provider import ISSUER, Provider

BACK = "https://hall.example/bye"


@pytest.fixture
def hall(provider: Provider) -> RelyingParty:
    party = provider.party(
        "hall", frontchannel_logout_uri="https://hall.example/out?from=idp", backchannel_logout_uri=None
    )
    made = RelyingParty(provider, party, provider.browser())
    made.sign_on(provider.citizen())
    return made


def _also(hall: RelyingParty, client_id: str, **facts) -> RelyingParty:
    made = RelyingParty(hall.provider, hall.provider.party(client_id, **facts), hall.browser)
    made.sign_on()
    return made


def _policy(page) -> dict[str, str]:
    rules = page.headers["Content-Security-Policy"].split("; ")
    return {name: rest for name, _, rest in (rule.partition(" ") for rule in rules)}


def test_iss_and_sid_go_to_who_registered_that_it_needs_them(hall):
    fund = _also(
        hall, "fund", frontchannel_logout_uri="https://fund.example/out?a=b", frontchannel_session_required=True
    )
    sid = fund.claims["sid"]
    page = hall.end_session(id_token_hint=hall.hint)
    assert set(frames_of(page)) == {
        "https://hall.example/out?from=idp",
        f"https://fund.example/out?a=b&iss=https%3A%2F%2Fid.example&sid={sid}",
    }


def test_every_portal_of_the_session_is_loaded_and_no_other(hall):
    _also(hall, "fund", frontchannel_logout_uri="https://fund.example/out")
    _also(hall, "mute")
    hall.provider.party("unused", frontchannel_logout_uri="https://unused.example/out")
    page = hall.end_session(id_token_hint=hall.hint, post_logout_redirect_uri=BACK)
    assert set(frames_of(page)) == {"https://hall.example/out?from=idp", "https://fund.example/out"}
    assert _policy(page)["frame-src"].split() == ["https://fund.example", "https://hall.example"]
    assert sorted(hall.provider.notified()) == ["https://fund.example/logout", "https://mute.example/logout"]


def test_the_page_runs_one_script_of_the_house_and_its_frames_cannot_take_it_away(hall):
    page = hall.end_session(id_token_hint=hall.hint, post_logout_redirect_uri=BACK)
    tree = html.fromstring(page.text)
    (script,) = tree.xpath("//script")
    assert re.fullmatch(r"/assets/signed-out\.js\?v=[0-9a-f]{12}", script.get("src"))
    assert not (script.text or "").strip()
    policy = _policy(page)
    assert (policy["script-src"], policy["default-src"], policy["frame-ancestors"]) == ("'self'", "'none'", "'none'")
    (frame,) = tree.xpath("//iframe")
    assert frame.get("hidden") is not None
    assert set(frame.get("sandbox").split()) == {"allow-scripts", "allow-same-origin"}
    assert frame.get("referrerpolicy") == "no-referrer"
    assert frame.get("title")


def test_without_script_a_link_leads_on(hall):
    page = hall.end_session(id_token_hint=hall.hint, post_logout_redirect_uri=BACK, state="a b")
    (onward,) = html.fromstring(page.text).xpath("//a[@data-onward]")
    assert onward.get("href") == f"{BACK}?state=a%20b"
    assert onward.text_content().strip()


def test_without_a_return_address_the_page_stays(hall):
    page = hall.end_session(id_token_hint=hall.hint)
    assert page.status_code == 200
    assert frames_of(page)
    assert not html.fromstring(page.text).xpath("//a[@data-onward]")


def test_signing_out_by_confirmation_or_at_the_provider_loads_them_too(hall):
    page = confirm(hall.browser, hall.end_session(client_id="hall", post_logout_redirect_uri=BACK))
    assert frames_of(page) == ["https://hall.example/out?from=idp"]
    hall.sign_on(hall.provider.citizen(2, level=0))
    page = press(hall.browser, hall.browser.get("/sign-out"), "/sign-out")
    assert frames_of(page) == ["https://hall.example/out?from=idp"]


def test_every_device_means_the_portals_of_this_browser_in_frames_and_the_others_by_their_back_channel(hall):
    person = hall.provider.citizen(2, level=0)
    hall.end_session(id_token_hint=hall.hint)
    hall.sign_on(person)
    there = RelyingParty(
        hall.provider,
        hall.provider.party("fund", frontchannel_logout_uri="https://fund.example/out"),
        hall.provider.browser(),
    )
    there.sign_on(person)
    page = hall.browser.submit(hall.browser.get("/sign-out"), where="everywhere")
    assert frames_of(page) == ["https://hall.example/out?from=idp"]
    assert hall.provider.notified() == ["https://fund.example/logout"]
    assert not there.alive()


def test_no_other_page_may_have_frames_or_this_script(hall):
    for path in ("/", "/signed-out", "/account", "/sign-out", "/logout"):
        page = hall.browser.follow(hall.browser.get(path))
        assert "frame-src" not in _policy(page)
        assert "script-src" not in _policy(page)


def test_the_session_and_everything_of_it_in_this_browser_is_gone(hall):
    page = hall.end_session(id_token_hint=hall.hint, post_logout_redirect_uri=BACK)
    assert any("yht_session=;" in each for each in page.headers.getlist("Set-Cookie"))
    assert page.headers["Cache-Control"] == "no-store"
    assert hall.browser.get("/account").status_code == 303
    assert ISSUER not in "".join(frames_of(page))
