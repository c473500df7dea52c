"""Linking on the account page: what it takes, what it keeps, and every way to get it wrong."""

import pytest

from idp.domain.account_channel import UpstreamAccount
from tests.linking.conftest import ALIPAY, ANOTHERS, BOTH, LABELS, MINE, PASSWORD, WECHAT, text_of


@BOTH
def test_an_account_is_linked_after_its_owner_has_seen_which_one_it_is(town, channel):
    browser = town.signed_in()
    page = town.proof(browser, channel)
    shown = {ALIPAY: "支付宝：阿*1", WECHAT: "微信：微*n"}[channel]
    assert shown in text_of(page)
    assert town.links_of(town.zhang) == []
    address = f"/account/links/{channel}/confirm"
    page = browser.follow(town.press(browser, page, address))
    assert page.request.path == "/account"
    assert "绑定成功" in text_of(page)
    assert f"{LABELS[channel]} 绑定时间" in text_of(page)
    assert town.links_of(town.zhang) == [channel]
    (event,) = town.events("linked")
    assert event.detail == {"channel": channel}


def test_nothing_of_the_upstream_account_is_kept_but_a_fingerprint(town, provider, tmp_path):
    browser = town.signed_in()
    for channel in (ALIPAY, WECHAT):
        town.link(browser, channel)
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("provider.db*"))
    for secret in (b"208800", b"oTEST", b"uTEST", "微信用户".encode(), "阿里用户".encode()):
        assert secret not in stored
    citizen = provider.stores.citizens.by_id(town.zhang.id)
    assert provider.stores.citizens.evidence_of(town.zhang.id)[0].channel == "police_population"
    assert len(provider.stores.citizens.evidence_of(citizen.id)) == 1


@BOTH
def test_a_session_that_is_not_fresh_shows_the_password_first(town, provider, channel):
    browser = town.signed_in()
    provider.clock.advance(601)
    asked = browser.follow(town.begin_link(browser, channel))
    assert asked.request.path.endswith("/sign-in")
    assert "再输入一次密码" in text_of(asked)
    assert "已经绑定过" not in text_of(asked), "a linked account is no fresh sign-in"
    page = browser.submit(asked, username=town.zhang.mobile, password=PASSWORD)
    assert page.request.path == f"/account/links/{channel}"
    assert "绑定成功" in text_of(town.link(browser, channel))


def test_a_session_opened_by_a_link_makes_no_further_link(town, provider):
    town.link(town.signed_in(), ALIPAY)
    browser = provider.browser()
    assert town.sign_in(browser, browser.follow(browser.get("/account")), ALIPAY).request.path == "/account"
    assert browser.follow(town.begin_link(browser, WECHAT)).request.path.endswith("/sign-in")
    assert town.links_of(town.zhang) == [ALIPAY]


def test_a_proof_that_was_fresh_does_not_stay_so(town, provider):
    browser = town.signed_in()
    provider.clock.advance(590)
    page = town.proof(browser, ALIPAY)
    provider.clock.advance(20)
    refused = browser.follow(town.press(browser, page, f"/account/links/{ALIPAY}/confirm"))
    assert refused.status_code == 409
    assert town.links_of(town.zhang) == []


@BOTH
def test_one_upstream_account_belongs_to_one_citizen_and_nobody_learns_to_whom(town, channel):
    town.link(town.signed_in(), channel)
    browser = town.signed_in(town.li)
    refused = town.link(browser, channel, MINE[channel])
    assert refused.status_code == 409
    assert not {"张三", "张*", town.zhang.mobile, town.zhang.id} & set(refused.text.split())
    assert "张" not in text_of(refused)
    assert town.links_of(town.li) == []
    assert town.links_of(town.zhang) == [channel]
    assert len(town.events("link_refused", town.li)) == 1


def test_a_citizen_has_one_account_of_a_kind(town):
    browser = town.signed_in()
    stale = browser.get(f"/account/links/{ALIPAY}")
    town.link(browser, ALIPAY)
    assert browser.get(f"/account/links/{ALIPAY}").status_code == 303, "there is nothing to begin"
    again = town.press(browser, stale, f"/account/links/{ALIPAY}")
    assert again.headers["Location"] == "/account"


@BOTH
def test_a_proof_serves_once(town, channel):
    browser = town.signed_in()
    page = town.proof(browser, channel)
    address = f"/account/links/{channel}/confirm"
    cookies = browser.cookie("__Host-yht_browser")
    browser.follow(town.press(browser, page, address))
    town.unlink(browser, channel)
    browser.http.set_cookie("__Host-yht_browser", cookies, domain="id.example", secure=True)
    again = browser.follow(town.press(browser, page, address))
    assert again.status_code == 409
    assert town.links_of(town.zhang) == []


def test_a_proof_dies_when_something_else_is_linked_or_unlinked(town):
    browser = town.signed_in()
    town.link(browser, WECHAT)
    page = town.proof(browser, ALIPAY)
    town.unlink(browser, WECHAT)
    refused = browser.follow(town.press(browser, page, f"/account/links/{ALIPAY}/confirm"))
    assert refused.status_code == 409
    first, second = town.proof(browser, ALIPAY), town.proof(browser, WECHAT)
    assert "绑定成功" in text_of(browser.follow(town.press(browser, second, f"/account/links/{WECHAT}/confirm")))
    assert browser.follow(town.press(browser, first, f"/account/links/{ALIPAY}/confirm")).status_code == 409
    assert town.links_of(town.zhang) == [WECHAT]


def test_a_proof_is_of_no_use_to_another_citizen_or_browser(town, provider):
    browser, origin = town.signed_in(), _origin
    town.proof(browser, ALIPAY)
    services, proof_id = town.services, _proof_in(browser, provider)
    sessions = provider.stores.sessions.of_citizen
    zhang = sessions(town.zhang.id, now=provider.clock.now())[0]
    town.signed_in(town.li)
    li = sessions(town.li.id, now=provider.clock.now())[0]
    mine = origin(_browser_in(browser, provider))
    from idp.domain.errors import LinkProofDead

    for session, place in ((li, mine), (zhang, origin("another browser")), (li, origin("another browser"))):
        with pytest.raises(LinkProofDead):
            services.linking.link(proof_id, session, place)
    assert services.linking.link(proof_id, zhang, mine).channel == ALIPAY
    with pytest.raises(LinkProofDead):
        services.linking.link(proof_id, zhang, mine)


def test_a_proof_lives_for_a_quarter_of_an_hour(town, provider):
    browser = town.signed_in()
    page = town.proof(browser, ALIPAY)
    provider.clock.advance(901)
    assert browser.follow(town.press(browser, page, f"/account/links/{ALIPAY}/confirm")).status_code == 409


@BOTH
def test_the_upstreams_answer_of_somebody_else_does_not_enter_here(town, channel):
    """Login CSRF: an attacker's code and state, opened in the victim's browser (RFC 6749 section 10.12)."""
    attacker, victim = town.signed_in(town.li), town.signed_in()
    town.begin_link(victim, channel)
    planted = town.at_upstream(town.begin_link(attacker, channel), ANOTHERS[channel])
    page = victim.follow(victim.get(planted))
    assert page.request.path == f"/account/links/{channel}"
    assert town.exchanges(channel) == 0, "the code was sent to nobody"
    assert town.links_of(town.zhang) == []


@BOTH
def test_an_answer_is_taken_once(town, channel):
    browser = town.signed_in()
    back = town.at_upstream(town.begin_link(browser, channel), MINE[channel])
    assert browser.follow(browser.get(back)).request.path.endswith("/confirm")
    again = browser.follow(browser.get(back))
    assert again.request.path == f"/account/links/{channel}"
    assert "已经结束" in text_of(again)
    assert town.exchanges(channel) == 1


@pytest.mark.parametrize(("begun", "came"), [(WECHAT, ALIPAY), (ALIPAY, WECHAT)])
def test_an_answer_of_one_upstream_is_not_taken_at_the_others_address(town, begun, came):
    """Mix-up (RFC 9700 section 4.4): the code goes to nobody."""
    browser = town.signed_in()
    back = town.at_upstream(town.begin_link(browser, begun), MINE[begun])
    page = browser.follow(browser.get(back.replace(begun, came)))
    assert page.request.path == f"/account/links/{came}"
    assert town.exchanges(ALIPAY) == town.exchanges(WECHAT) == 0


@BOTH
def test_whoever_refuses_at_the_upstream_is_told_and_nothing_happens(town, channel):
    browser = town.signed_in()
    back = town.at_upstream(town.begin_link(browser, channel), None)
    page = browser.follow(browser.get(back))
    assert f"您在{LABELS[channel]}停止了登录" in text_of(page)
    assert town.links_of(town.zhang) == []


def test_every_button_wants_its_token(town):
    browser = town.signed_in()
    town.proof(browser, ALIPAY)
    for page in ("", "/confirm", "/unlink"):
        assert browser.post(f"/account/links/{ALIPAY}{page}").status_code == 400
    assert town.links_of(town.zhang) == []


def test_nobody_links_without_being_signed_in(town, provider):
    for page in ("", "/return", "/confirm", "/unlink"):
        browser = provider.browser()
        asked = browser.follow(browser.get(f"/account/links/{ALIPAY}{page}"))
        assert asked.request.path.endswith("/sign-in")


def test_an_upstream_that_is_down_is_told_with_another_way(town, provider):
    browser = town.signed_in()
    back = town.at_upstream(town.begin_link(browser, ALIPAY), MINE[ALIPAY])
    provider.sandbox.fault(ALIPAY, "http_500")
    page = browser.follow(browser.get(back))
    assert page.request.path == f"/account/links/{ALIPAY}"
    assert "支付宝暂时没有响应" in text_of(page)
    provider.sandbox.heal()
    assert "绑定成功" in text_of(town.link(browser, ALIPAY))


def test_a_nickname_that_cannot_be_had_is_left_out(town, provider):
    browser = town.signed_in()
    back = town.at_upstream(town.begin_link(browser, WECHAT), MINE[WECHAT])
    provider.sandbox.fault("wechat", "http_500", operation="sns_userinfo")
    page = browser.follow(browser.get(back))
    assert "将要绑定微信 能打开" in text_of(page)


def test_the_same_nickname_of_another_account_is_a_stranger(town):
    town.link(town.signed_in(), WECHAT)
    links = town.provider.stores.account_links
    mine = UpstreamAccount(WECHAT, "", "unionid", _unionid("zhang_san"))
    assert links.find(mine).citizen_id == town.zhang.id
    assert links.find(UpstreamAccount(WECHAT, "", "unionid", "微信用户 zhang_san")) is None


def _unionid(key: str) -> str:
    import json
    from importlib import resources

    text = (resources.files("adapters.sandbox") / "personas.json").read_text(encoding="utf-8")
    return next(row["wechat_unionid"] for row in json.loads(text)["people"] if row["key"] == key)


def _session_of(browser, provider) -> dict:
    serializer = provider.app.session_interface.get_signing_serializer(provider.app)
    return serializer.loads(browser.cookie("__Host-yht_browser"))


def _proof_in(browser, provider) -> str:
    return _session_of(browser, provider)["link_proof"]


def _browser_in(browser, provider) -> str:
    return _session_of(browser, provider)["browser"]


def _origin(browser: str):
    from idp.people.origin import Origin

    return Origin(address="192.0.2.7", browser=browser, request_id="r1")
