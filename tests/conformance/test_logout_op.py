"""The sign-out plans: RP-initiated, back-channel and front-channel logout, session management (one test a module)."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.conformance.logout import EVENT, RelyingParty, confirm, frames_of, unchanged
from tests.provider import ISSUER, Provider

BACK = "https://hall.example/bye"
ORIGIN = "https://hall.example"


@pytest.fixture
def rp(provider: Provider) -> RelyingParty:
    return _signed_on(provider)


@pytest.fixture
def framed(provider: Provider) -> RelyingParty:
    return _signed_on(provider, frontchannel_logout_uri=f"{ORIGIN}/frontchannel", frontchannel_session_required=True)


def _signed_on(provider: Provider, **facts) -> RelyingParty:
    made = RelyingParty(provider, provider.party("hall", **facts), provider.browser())
    made.sign_on(provider.citizen())
    return made


def _is_page_of_the_provider(response) -> bool:
    return response.status_code in {200, 400} and "Location" not in response.headers


# ---- oidcc-rp-initiated-logout-certification-test-plan -----------------------------------------------------------------


def test_oidcc_rp_initiated_logout_discovery_endpoint_verification(rp):
    assert rp.metadata["end_session_endpoint"].startswith("https://")


def test_oidcc_rp_initiated_logout(rp):
    page = rp.end_session(id_token_hint=rp.hint, post_logout_redirect_uri=BACK, state="st 1/&ä")
    assert rp.sent_back(page) == {"state": "st 1/&ä"}
    assert not rp.alive()


def test_oidcc_rp_initiated_logout_bad_post_logout_redirect_uri(rp):
    page = rp.end_session(id_token_hint=rp.hint, post_logout_redirect_uri="https://hall.example/elsewhere", state="s")
    assert _is_page_of_the_provider(page)
    assert "hall.example/elsewhere" not in page.text


def test_oidcc_rp_initiated_logout_modified_id_token_hint(rp):
    page = rp.end_session(id_token_hint=rp.of_no_key(), post_logout_redirect_uri=BACK, state="s")
    assert _is_page_of_the_provider(page)
    assert rp.alive()


def test_oidcc_rp_initiated_logout_no_id_token_hint(rp):
    page = rp.end_session(post_logout_redirect_uri=BACK, state="s")
    assert _is_page_of_the_provider(page)
    page = rp.end_session(post_logout_redirect_uri=BACK, state="s", client_id="hall")
    assert _is_page_of_the_provider(page)
    assert rp.alive()


def test_oidcc_rp_initiated_logout_no_params(rp):
    page = confirm(rp.browser, rp.end_session())
    assert page.request.path == "/signed-out"
    assert page.status_code == 200
    assert not rp.alive()


def test_oidcc_rp_initiated_logout_no_post_logout_redirect_uri(rp):
    page = rp.end_session(id_token_hint=rp.hint)
    assert page.request.path == "/signed-out"
    assert not rp.alive()


def test_oidcc_rp_initiated_logout_no_state(rp):
    page = rp.end_session(id_token_hint=rp.hint, post_logout_redirect_uri=BACK)
    assert page.headers["Location"] == BACK
    assert not rp.alive()


def test_oidcc_rp_initiated_logout_only_state(rp):
    page = confirm(rp.browser, rp.end_session(state="s"))
    assert page.request.path == "/signed-out"
    assert not rp.alive()


def test_oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri(rp):
    page = rp.end_session(id_token_hint=rp.hint, post_logout_redirect_uri=f"{BACK}?foo=bar", state="s")
    assert _is_page_of_the_provider(page)


def test_oidcc_rp_initiated_logout_bad_id_token_hint(rp):
    page = rp.end_session(id_token_hint=rp.of_other_key(), post_logout_redirect_uri=BACK, state="s")
    assert _is_page_of_the_provider(page)
    assert rp.alive()


# ---- oidcc-backchannel-rp-initiated-logout-certification-test-plan -----------------------------------------------------


def test_oidcc_backchannel_logout_discovery_endpoint_verification(rp):
    assert rp.metadata["backchannel_logout_supported"] is True
    assert rp.metadata["backchannel_logout_session_supported"] is True
    assert "end_session_endpoint" in rp.metadata


def test_oidcc_backchannel_rp_initiated_logout(rp, provider):
    assert rp.sent_back(rp.end_session(id_token_hint=rp.hint, post_logout_redirect_uri=BACK, state="s"))
    assert provider.notified() == ["https://hall.example/logout"]
    header, claims = rp.verified(provider.posted[0][1])
    now = provider.clock.now()
    assert header["typ"] == "logout+jwt"
    assert (claims["iss"], claims["aud"]) == (ISSUER, "hall")
    assert claims["iat"] <= now < claims["exp"] <= now + 120
    assert claims["jti"]
    assert claims["events"] == {EVENT: {}}
    assert (claims["sub"], claims["sid"]) == (rp.claims["sub"], rp.claims["sid"])
    assert "nonce" not in claims


# ---- oidcc-frontchannel-rp-initiated-logout-certification-test-plan ----------------------------------------------------


def test_oidcc_frontchannel_logout_discovery_endpoint_verification(rp):
    assert rp.metadata["frontchannel_logout_supported"] is True
    assert rp.metadata["frontchannel_logout_session_supported"] is True
    assert "end_session_endpoint" in rp.metadata


def test_oidcc_frontchannel_rp_initiated_logout(framed):
    sid = framed.claims["sid"]
    page = framed.end_session(id_token_hint=framed.hint, post_logout_redirect_uri=BACK, state="s 1")
    (frame,) = frames_of(page)
    parts = urlsplit(frame)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "https://hall.example/frontchannel"
    assert dict(parse_qsl(parts.query)) == {"iss": ISSUER, "sid": sid}
    assert f'href="{BACK}?state=s%201" data-onward' in page.text
    assert not framed.alive()


# ---- oidcc-session-management-certification-test-plan ------------------------------------------------------------------


def test_oidcc_session_management_discovery_endpoint_verification(rp):
    assert rp.metadata["check_session_iframe"].startswith(f"{ISSUER}/")
    assert "end_session_endpoint" in rp.metadata


def test_oidcc_session_management_rp_initiated_logout(rp):
    frame = rp.browser.get(rp.metadata["check_session_iframe"].removeprefix(ISSUER))
    assert frame.status_code == 200
    told = rp.answer["session_state"]
    assert " " not in told
    assert unchanged("hall", ORIGIN, told, rp.browser.cookie("__Host-yht_state"))
    assert rp.sent_back(rp.end_session(id_token_hint=rp.hint, post_logout_redirect_uri=BACK, state="s"))
    assert not unchanged("hall", ORIGIN, told, rp.browser.cookie("__Host-yht_state"))
