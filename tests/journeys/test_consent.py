"""Consent: asked once per client and scope set, remembered, asked again for more, withdrawn by the citizen."""

import pytest

from tests.journeys.portal import Portal
from tests.journeys.surfer import Surfer

PROFILE = ["openid", "profile"]
WIDER = ["openid", "profile", "realname"]


class Desk:
    """One citizen signed in, and a portal that asks for consent."""

    def __init__(self, house, surfer: Surfer, citizen) -> None:
        self.house, self.surfer = house, surfer
        self.portal: Portal = house.portal()
        house.sign_in(surfer, surfer.get("/account"), citizen)

    def ask(self, scope, **more):
        begun = self.portal.begin(scope=scope, **more)
        return self.surfer.get(begun), begun

    def agree(self, scope, **more):
        page, begun = self.ask(scope, **more)
        assert page.step == "consent", page.main
        return self.portal.finish(self.surfer.submit(page, decision="agree"), begun)

    def straight(self, scope):
        page, begun = self.ask(scope)
        return self.portal.finish(page, begun)


@pytest.fixture
def desk(house, surfer, citizen) -> Desk:
    return Desk(house, surfer, citizen)


def test_consent_is_asked_once_and_remembered(desk):
    desk.agree(PROFILE)
    assert desk.straight(PROFILE).userinfo["name"] == "张三"
    assert set(desk.straight(["openid"]).userinfo) == {"sub"}


def test_consent_is_remembered_in_another_browser_and_after_a_sign_out(desk, citizen):
    held = desk.agree(PROFILE)
    desk.surfer.get(desk.portal.sign_out_url(held))
    surfer = desk.house.signed_in(citizen)
    begun = desk.portal.begin(scope=PROFILE)
    desk.portal.finish(surfer.get(begun), begun)


def test_a_wider_set_is_asked_again_and_a_narrower_one_is_not_widened(desk):
    desk.agree(PROFILE)
    held = desk.agree(WIDER)
    assert held.userinfo["urn:yihaotong:claims:realname_level"] == 1
    assert "urn:yihaotong:claims:realname_level" not in desk.straight(PROFILE).userinfo
    desk.straight(WIDER)


def test_refusing_a_wider_set_keeps_the_narrower(desk):
    desk.agree(PROFILE)
    page, begun = desk.ask(WIDER)
    assert desk.portal.error(desk.surfer.submit(page, decision="refuse"), begun) == "access_denied"
    desk.straight(PROFILE)
    page, _ = desk.ask(WIDER)
    assert page.step == "consent"


def test_prompt_consent_asks_again_what_was_agreed(desk):
    desk.agree(PROFILE)
    desk.agree(PROFILE, prompt="consent")
    desk.straight(PROFILE)


def test_refusing_releases_nothing_and_asks_the_next_time(desk):
    page, begun = desk.ask(PROFILE)
    assert desk.portal.error(desk.surfer.submit(page, decision="refuse"), begun) == "access_denied"
    page, _ = desk.ask(PROFILE)
    assert page.step == "consent"


def test_one_portals_consent_is_not_anothers(desk):
    desk.agree(PROFILE)
    other = desk.house.portal("insurance")
    assert desk.surfer.get(other.begin(scope=PROFILE)).step == "consent"


def test_one_citizens_consent_is_not_anothers(desk):
    desk.agree(PROFILE)
    other = desk.house.signed_in(desk.house.provider.citizen(2, level=0))
    assert other.get(desk.portal.begin(scope=PROFILE)).step == "consent"


def test_the_page_names_what_is_released_and_what_the_level_holds_back(desk):
    page, _ = desk.ask(["openid", "profile", "id_number"])
    receives, _, withheld = page.main.partition("但按您目前的实名等级")
    assert "办事大厅" in page.heading
    assert "您的姓名" in receives
    assert "号码" not in receives
    assert "号码" in withheld


def test_withdrawing_kills_the_tokens_and_asks_again(desk):
    held = desk.agree(["openid", "profile", "offline_access"], prompt="consent")
    assert desk.portal.userinfo(held).status_code == 200
    page = desk.surfer.click(desk.surfer.get("/account"), "解除连接")
    assert "办事大厅" in page.heading
    page = desk.surfer.press(page, "解除连接")
    assert page.path == "/account"
    assert desk.portal.userinfo(held).status_code == 401
    assert desk.portal.refuses_refresh(held)
    page, _ = desk.ask(PROFILE)
    assert page.step == "consent"


def test_withdrawing_from_another_browser_stops_the_portal_in_this_one(desk, citizen):
    held = desk.agree(PROFILE)
    elsewhere = desk.house.signed_in(citizen)
    elsewhere.press(elsewhere.click(elsewhere.get("/account"), "解除连接"), "解除连接")
    assert desk.portal.userinfo(held).status_code == 401
    page, _ = desk.ask(PROFILE)
    assert page.step == "consent"


def test_keeping_it_connected_changes_nothing(desk):
    held = desk.agree(PROFILE)
    page = desk.surfer.click(desk.surfer.get("/account"), "解除连接")
    assert desk.surfer.click(page, "保持连接").path == "/account"
    assert desk.portal.userinfo(held).status_code == 200


def test_a_form_cannot_agree_to_more_than_the_page_said(desk):
    page, begun = desk.ask(["openid"])
    held = desk.portal.finish(desk.surfer.submit(page, decision="agree", csrf_token=_token(page)), begun)
    assert set(held.userinfo) == {"sub"}
    page, _ = desk.ask(PROFILE)
    sent = {"csrf_token": _token(page), "decision": "agree", "scope": "openid profile realname id_number phone"}
    desk.surfer.post(page.path, sent)
    page, _ = desk.ask(WIDER)
    assert page.step == "consent"


def _token(page) -> str:
    return page.tree.xpath("//main//input[@name='csrf_token']/@value")[0]
