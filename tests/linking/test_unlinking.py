"""Taking a link away: what ends with it, and what stays."""

from sqlalchemy import delete

from idp.stores.sql.tables import credentials
from tests.linking.conftest import ALIPAY, WECHAT, text_of
from tests.provider import answer_of


def test_what_was_signed_in_by_the_link_ends_and_its_portals_are_told(town, provider):
    owner = town.signed_in()
    town.link(owner, ALIPAY)
    town.link(owner, WECHAT)
    party, by_link, by_other = provider.party(), provider.browser(), provider.browser()
    code = answer_of(town.sign_in(by_link, by_link.follow(party.authorize(by_link)), ALIPAY))["code"]
    tokens = party.redeem(code).json
    town.sign_in(by_other, by_other.follow(by_other.get("/account")), WECHAT)
    page = town.unlink(owner, ALIPAY)
    assert "已解除绑定" in text_of(page)
    assert by_link.get("/account").status_code == 303, "signed out"
    assert party.userinfo(tokens["access_token"]).status_code == 401
    assert by_other.get("/account").status_code == 200
    assert owner.get("/account").status_code == 200
    provider.app.extensions["yihaotong"].notices.close()
    assert [address for address, _ in provider.posted] == ["https://hall.example/logout"]
    assert [event.detail for event in town.events("unlinked")] == [{"channel": ALIPAY}]
    assert [event.detail["cause"] for event in town.events("signed_out")] == ["unlinked"]


def test_who_unlinks_the_way_they_came_in_is_signed_out(town, provider):
    town.link(town.signed_in(), ALIPAY)
    browser = provider.browser()
    town.sign_in(browser, browser.follow(browser.get("/account")), ALIPAY)
    assert "这里也会退出登录" in text_of(browser.get(f"/account/links/{ALIPAY}/unlink"))
    assert town.unlink(browser, ALIPAY).request.path == "/signed-out"
    assert browser.get("/account").status_code == 303


def test_the_last_way_in_stays(town, provider):
    owner = town.signed_in()
    town.link(owner, ALIPAY)
    town.link(owner, WECHAT)
    stale = owner.get(f"/account/links/{WECHAT}/unlink")
    with provider.stores.account_links._engine.begin() as connection:
        connection.execute(delete(credentials).where(credentials.c.citizen_id == town.zhang.id))
    town.unlink(owner, ALIPAY)
    shown = text_of(owner.get(f"/account/links/{WECHAT}/unlink"))
    assert "唯一的登录方式" in shown
    refused = owner.follow(town.press(owner, stale, f"/account/links/{WECHAT}/unlink"))
    assert refused.status_code == 409
    assert town.links_of(town.zhang) == [WECHAT]


def test_all_links_of_an_account_die_with_what_they_opened(town, provider):
    town.link(town.signed_in(), ALIPAY)
    browser = provider.browser()
    town.sign_in(browser, browser.follow(browser.get("/account")), ALIPAY)
    told = town.services.linking.unlink_all(town.zhang.id)
    assert len(told) == 1
    assert browser.get("/account").status_code == 303
    assert town.links_of(town.zhang) == []


def test_a_free_upstream_account_can_be_linked_by_its_next_owner(town):
    owner = town.signed_in()
    town.link(owner, ALIPAY)
    town.unlink(owner, ALIPAY)
    assert "绑定成功" in text_of(town.link(town.signed_in(town.li), ALIPAY, "370102190103070012"))
