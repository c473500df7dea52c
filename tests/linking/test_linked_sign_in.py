"""Signing in by a linked account, in journeys of portals and to the account page."""

import pytest
from lxml import html

from tests.linking.conftest import ALIPAY, ANOTHERS, BOTH, LABELS, MINE, PASSWORD, TOTP_SECRET, WECHAT, text_of
from tests.provider import answer_of


def _claims(tokens: dict) -> dict:
    import json

    from joserfc import jws

    return json.loads(jws.extract_compact(tokens["id_token"].encode()).payload)


@BOTH
def test_a_linked_account_signs_in_to_a_portal_and_says_so(town, provider, channel):
    town.link(town.signed_in(), channel)
    party, browser = provider.party(), provider.browser()
    page = browser.follow(party.authorize(browser))
    answer = answer_of(town.sign_in(browser, page, channel))
    claims = _claims(party.redeem(answer["code"]).json)
    assert claims["amr"] == ["user"], "nobody typed a password, and how one signs in there nobody tells us"
    assert claims["auth_time"] == int(provider.clock.now())
    assert claims["acr"] == "urn:yihaotong:realname:1", "neither more nor less than what was proved"
    signed_in = town.events("signed_in")[0]
    assert signed_in.detail == {"method": "linked_account", "amr": ["user"], "level": 1, "channel": channel}
    account = text_of(browser.get("/account"))
    assert f"登录: {LABELS[channel]}" in account or f"登录：{LABELS[channel]}" in account
    assert "上次使用" in account


def test_a_link_proves_nobody_and_raises_no_level(town, provider):
    nobody = provider.citizen(3, level=0)
    town.link(town.signed_in(nobody), ALIPAY)
    party, browser = provider.party(), provider.browser()
    page = browser.follow(party.authorize(browser))
    claims = _claims(party.redeem(answer_of(town.sign_in(browser, page, ALIPAY))["code"]).json)
    assert claims["acr"] == "urn:yihaotong:realname:0"
    assert provider.stores.citizens.evidence_of(nobody.id) == ()
    assert provider.stores.citizens.by_id(nobody.id).id_number is None


@BOTH
def test_the_second_factor_is_asked_for_all_the_same(town, provider, channel):
    town.link(town.signed_in(), channel)
    provider.stores.credentials.set_totp_secret(town.zhang.id, TOTP_SECRET, now=provider.clock.now())
    party, browser = provider.party(), provider.browser()
    page = town.sign_in(browser, browser.follow(party.authorize(browser)), channel)
    assert page.request.path.endswith("/second-factor")
    assert "已认出您绑定的账户" in text_of(page)
    assert browser.cookie("__Host-yht_session") is None, "half a sign-in opens nothing"
    code = _totp(provider)
    answer = answer_of(browser.submit(page, otp=code))
    assert _claims(party.redeem(answer["code"]).json)["amr"] == ["user", "otp", "mfa"]


def test_a_link_taken_away_before_the_second_factor_opens_nothing(town, provider):
    owner = town.signed_in()
    town.link(owner, ALIPAY)
    provider.stores.credentials.set_totp_secret(town.zhang.id, TOTP_SECRET, now=provider.clock.now())
    browser = provider.browser()
    page = town.sign_in(browser, browser.follow(browser.get("/account")), ALIPAY)
    town.unlink(owner, ALIPAY)
    refused = browser.submit(page, otp=_totp(provider))
    assert refused.status_code == 400
    assert browser.cookie("__Host-yht_session") is None


@BOTH
def test_an_account_without_a_link_is_offered_one_after_the_password(town, provider, channel):
    party, browser = provider.party(), provider.browser()
    page = town.sign_in(browser, browser.follow(party.authorize(browser)), channel)
    assert page.request.path.endswith("/sign-in")
    assert f"这个{LABELS[channel]}账户还没有绑定" in text_of(page)
    assert f"用{LABELS[channel]}登录" not in text_of(page).split("已经绑定过")[-1]
    page = browser.submit(page, username=town.zhang.mobile, password=PASSWORD)
    assert page.request.path.endswith("/link")
    assert "张*" in text_of(page)
    assert town.links_of(town.zhang) == []
    answer_of(browser.follow(town.press(browser, page, page.request.path, decision="link")))
    assert town.links_of(town.zhang) == [channel]


def test_not_now_links_nothing_and_the_journey_goes_on(town, provider):
    party, browser = provider.party(), provider.browser()
    page = town.sign_in(browser, browser.follow(party.authorize(browser)), ALIPAY)
    page = browser.submit(page, username=town.zhang.mobile, password=PASSWORD)
    answer_of(browser.follow(town.press(browser, page, page.request.path, decision="later")))
    assert town.links_of(town.zhang) == []


def test_what_waits_for_a_link_is_gone_after_a_quarter_of_an_hour(town, provider):
    browser = provider.browser()
    page = town.sign_in(browser, browser.follow(browser.get("/account")), ALIPAY)
    provider.clock.advance(901)
    page = browser.get(page.request.path)
    assert "还没有绑定" not in text_of(page)
    page = browser.submit(page, username=town.zhang.mobile, password=PASSWORD)
    assert page.request.path == "/account"
    assert town.links_of(town.zhang) == []


def test_what_waits_for_a_link_names_the_first_who_signs_in(town, provider):
    browser = provider.browser()
    page = town.sign_in(browser, browser.follow(browser.get("/account")), ALIPAY)
    journey = page.request.path.removesuffix("/sign-in")
    offered = browser.submit(page, username=town.zhang.mobile, password=PASSWORD)
    assert offered.request.path == f"{journey}/link"
    provider.stores.sessions.end_all(town.zhang.id, now=provider.clock.now())
    page = browser.follow(browser.get(journey))
    page = browser.submit(page, username=town.li.mobile, password=PASSWORD)
    assert page.request.path == "/account", "the offer was another citizen's"
    assert town.links_of(town.li) == town.links_of(town.zhang) == []


def test_an_upstream_account_linked_meanwhile_is_refused_and_the_journey_goes_on(town, provider):
    browser = provider.browser()
    page = town.sign_in(browser, browser.follow(browser.get("/account")), ALIPAY)
    town.link(town.signed_in(), ALIPAY)
    page = browser.submit(page, username=town.li.mobile, password=PASSWORD)
    refused = browser.follow(town.press(browser, page, page.request.path, decision="link"))
    assert refused.status_code == 409
    assert "张" not in text_of(refused)
    (onward,) = html.fromstring(refused.text).xpath("//a[contains(@href, '/journey/')]/@href")
    assert browser.follow(browser.get(onward)).request.path == "/account"
    assert town.links_of(town.li) == []


@BOTH
def test_the_answer_to_another_browsers_sign_in_signs_nobody_in(town, provider, channel):
    """Login CSRF: the victim would be signed in as the attacker."""
    town.link(town.signed_in(town.li), channel, ANOTHERS[channel])
    attacker, victim = provider.browser(), provider.browser()
    page = attacker.follow(attacker.get("/account"))
    back = town.at_upstream(town.begin_sign_in(attacker, page, channel), ANOTHERS[channel])
    refused = victim.follow(victim.get(back))
    assert refused.status_code == 410
    own = victim.follow(victim.get("/account"))
    town.begin_sign_in(victim, own, channel)
    swapped = own.request.path.split("/")[2]
    assert "登录" in text_of(victim.follow(victim.get(back.replace(back.split("/")[2], swapped))))
    assert victim.cookie("__Host-yht_session") is None
    assert town.exchanges(channel) == 1, "the one that linked it"


@pytest.mark.parametrize(("begun", "came"), [(WECHAT, ALIPAY), (ALIPAY, WECHAT)])
def test_an_answer_of_one_upstream_signs_nobody_in_by_the_other(town, provider, begun, came):
    owner = town.signed_in()
    town.link(owner, begun)
    town.link(owner, came)
    before = town.exchanges(ALIPAY), town.exchanges(WECHAT)
    browser = provider.browser()
    back = town.at_upstream(town.begin_sign_in(browser, browser.follow(browser.get("/account")), begun), MINE[begun])
    page = browser.follow(browser.get(back.replace(begun, came)))
    assert page.request.path.endswith("/sign-in")
    assert (town.exchanges(ALIPAY), town.exchanges(WECHAT)) == before


@BOTH
def test_an_answer_signs_in_once(town, provider, channel):
    town.link(town.signed_in(), channel)
    browser = provider.browser()
    page = browser.follow(browser.get("/account"))
    back = town.at_upstream(town.begin_sign_in(browser, page, channel), MINE[channel])
    assert browser.follow(browser.get(back)).request.path == "/account"
    redeemed = town.exchanges(channel)
    assert browser.get(back).status_code == 410
    assert town.exchanges(channel) == redeemed


def test_a_step_that_was_not_begun_and_an_empty_answer_sign_nobody_in(town, provider):
    town.link(town.signed_in(), ALIPAY)
    browser = provider.browser()
    page = browser.follow(browser.get("/account"))
    address = f"{page.request.path}/{ALIPAY}/return"
    assert browser.follow(browser.get(address)).request.path.endswith("/sign-in")
    town.begin_sign_in(browser, page, ALIPAY)
    assert browser.follow(browser.get(address)).request.path.endswith("/sign-in")
    assert browser.follow(browser.get(f"{page.request.path.removesuffix('/sign-in')}/link")).request.path.endswith(
        "/sign-in"
    )
    assert browser.cookie("__Host-yht_session") is None


def test_a_disabled_citizen_and_one_whose_links_were_taken_away_stay_out(town, provider):
    town.link(town.signed_in(), ALIPAY)
    provider.stores.citizens.disable(town.zhang.id, now=provider.clock.now())
    browser = provider.browser()
    refused = town.sign_in(browser, browser.follow(browser.get("/account")), ALIPAY)
    assert refused.request.path.endswith("/sign-in")
    assert refused.status_code == 400
    provider.stores.citizens.enable(town.zhang.id)
    town.services.linking.unlink_all(town.zhang.id)
    browser = provider.browser()
    assert "还没有绑定" in text_of(town.sign_in(browser, browser.follow(browser.get("/account")), ALIPAY))


def test_a_channel_that_is_switched_off_signs_nobody_in_not_even_from_its_own_page(town, provider):
    town.link(town.signed_in(), ALIPAY)
    browser = provider.browser()
    page = browser.follow(browser.get("/account"))
    back = town.at_upstream(town.begin_sign_in(browser, page, ALIPAY), MINE[ALIPAY])
    town.services.upstream.channels.pop(ALIPAY)
    assert browser.follow(browser.get(back)).request.path.endswith("/sign-in")
    assert "支付宝" not in browser.get(page.request.path).text
    assert browser.cookie("__Host-yht_session") is None
    owner = town.signed_in()
    assert "目前已停用" in text_of(owner.get("/account"))
    assert "已解除绑定" in text_of(town.unlink(owner, ALIPAY))


@pytest.mark.parametrize("asked", [{"prompt": "login"}, {"max_age": "60"}], ids=str)
def test_where_a_portal_asks_for_a_fresh_sign_in_the_password_is_asked_for(town, provider, asked):
    town.link(town.signed_in(), ALIPAY)
    party, browser = provider.party(), provider.browser()
    page = browser.follow(party.authorize(browser, **asked))
    assert "用支付宝登录" not in text_of(page)
    tried = browser.follow(browser.get(f"{page.request.path}/{ALIPAY}"))
    assert tried.request.path.endswith("/sign-in")


def test_an_upstream_that_is_down_is_told_and_the_password_still_works(town, provider):
    town.link(town.signed_in(), ALIPAY)
    browser = provider.browser()
    page = browser.follow(browser.get("/account"))
    back = town.at_upstream(town.begin_sign_in(browser, page, ALIPAY), MINE[ALIPAY])
    provider.sandbox.fault(ALIPAY, "http_500")
    page = browser.follow(browser.get(back))
    assert page.status_code == 503
    assert "没有响应" in text_of(page) or "暂时" in text_of(page)
    assert "用微信登录" in text_of(page)
    assert browser.submit(page, username=town.zhang.mobile, password=PASSWORD).request.path == "/account"


def test_an_upstream_whose_answer_is_not_to_be_believed_signs_nobody_in(town, provider):
    town.link(town.signed_in(), ALIPAY)
    browser = provider.browser()
    page = browser.follow(browser.get("/account"))
    back = town.at_upstream(town.begin_sign_in(browser, page, ALIPAY), MINE[ALIPAY])
    provider.sandbox.fault(ALIPAY, "bad_signature")
    assert browser.follow(browser.get(back)).status_code == 502
    assert browser.cookie("__Host-yht_session") is None


def test_beginning_is_limited(town, provider):
    browser = provider.browser()
    page = browser.follow(browser.get("/account"))
    for _ in range(30):
        assert town.begin_sign_in(browser, page, WECHAT).status_code == 303
    assert town.begin_sign_in(browser, page, WECHAT).status_code == 429


def test_who_only_looks_begins_and_spends_nothing(town, provider):
    town.link(town.signed_in(), ALIPAY)
    browser = provider.browser()
    page = browser.follow(browser.get("/account"))
    back = town.at_upstream(town.begin_sign_in(browser, page, ALIPAY), MINE[ALIPAY])
    place = {"base_url": "https://id.example", "environ_base": browser.place}
    assert browser.http.head(back, **place).status_code == 200
    assert browser.http.head(f"{page.request.path}/{ALIPAY}", **place).status_code == 200
    assert browser.follow(browser.get(back)).request.path == "/account"


@pytest.mark.parametrize(
    ("agent", "page"), [("Mozilla MicroMessenger/8", "oauth2/authorize"), ("Firefox", "qrconnect")]
)
def test_wechats_own_browser_gets_its_own_page_and_the_same_account(town, provider, agent, page):
    town.link(town.signed_in(), WECHAT)
    browser = provider.browser()
    form = browser.follow(browser.get("/account"))
    sent = browser.get(f"{form.request.path}/{WECHAT}", headers={"User-Agent": agent})
    assert f"/connect/{page}?" in sent.headers["Location"]
    assert browser.follow(browser.get(town.at_upstream(sent, MINE[WECHAT]))).request.path == "/account"


def _totp(provider) -> str:
    import pyotp

    return pyotp.TOTP(TOTP_SECRET).at(int(provider.clock.now()))
