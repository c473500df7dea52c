"""The whole road in a real browser, as four different people, on a phone and at a PC, with and without JavaScript."""

from urllib.parse import urlsplit

import pytest

from tests.browser.road import register
from tests.browser.visitor import DESKTOP, PHONE, Visitor


@pytest.mark.parametrize(
    ("key", "language", "size", "script"),
    [
        pytest.param("li_si", "zh-CN", PHONE, True, id="phone-chinese"),
        pytest.param("officer", "en", DESKTOP, True, id="desktop-english"),
        pytest.param("aili", "en", PHONE, False, id="phone-english-no-script"),
        pytest.param("wang_rare", "zh-CN", DESKTOP, False, id="desktop-chinese-no-script"),
    ],
)
def test_one_citizen_one_channel_two_portals(visit, person, key, language, size, script):
    visitor, who = visit(language=language, size=size, script=script), person(key)
    _begin_at_portal_a(visitor)
    register(visitor, who.mobile, login_name=f"demo_{who.mobile[-4:]}")
    _prove(visitor, who)
    _agree(visitor, who)
    _enter_portal_b_without_a_page(visitor)
    _look_at_the_account(visitor)
    _sign_out_at_a_ends_b(visitor)


def _begin_at_portal_a(visitor: Visitor) -> None:
    visitor.go("PORTAL_A")
    visitor.look("portal-a-before")
    visitor.press(visitor.words.portal["sign_in"])
    assert visitor.at("PROVIDER")
    assert visitor.page.locator("html").get_attribute("lang") == visitor.words.language
    visitor.look("sign-in")


def _prove(visitor: Visitor, who) -> None:
    visitor.look("prove")
    visitor.page.locator("main a.way").first.click()
    visitor.look("police")
    visitor.fill("name", who.name)
    visitor.fill("id_number", who.id_number)
    visitor.press(visitor.words("Check"))


def _agree(visitor: Visitor, who) -> None:
    words, page = visitor.words, visitor.page
    visitor.look("consent")
    assert visitor.shows(words("your name"))
    visitor.press(words("Agree and go on"))
    assert visitor.at("PORTAL_A")
    visitor.look("portal-a-claims")
    assert who.name in visitor.heading
    assert page.locator("[data-claim='name']").inner_text() == who.name
    assert page.locator("[data-claim='acr']").inner_text() == "urn:yihaotong:realname:1"
    assert visitor.shows(words.portal["level_1"])
    assert who.id_number not in page.content()


def _enter_portal_b_without_a_page(visitor: Visitor) -> None:
    visitor.documents.clear()
    visitor.page.locator("#neighbour").click()
    assert visitor.page.url == f"{visitor.demo.origin('PORTAL_B')}/"
    pages = [url for status, url in visitor.documents if status < 300]
    assert pages == [f"{visitor.demo.origin('PORTAL_B')}/"], "no page between"
    assert any(urlsplit(url).path == "/authorize" for _, url in visitor.documents)
    assert visitor.page.locator("#sign-out").is_visible()
    visitor.look("portal-b")


def _look_at_the_account(visitor: Visitor) -> None:
    words, page = visitor.words, visitor.page
    visitor.go("PROVIDER", "/account")
    hall = words.of("省级政务服务大厅（演示）", "Provincial service hall (demo)")
    insurance = words.of("社会保险查询（演示）", "Social insurance records (demo)")
    visitor.until(f"{words('Signed in to a portal')}{words.of('：', ': ')}{insurance}")
    assert visitor.shows(words("Real-name level: %(level)s", level=words("Basic")))
    section = {name: page.locator(f"section[aria-labelledby='{name}']") for name in ("evidence", "portals", "sessions")}
    assert words.of("公安", "police") in section["evidence"].inner_text().replace("Police", "police")
    assert hall in section["portals"].inner_text()
    assert insurance in section["portals"].inner_text()
    assert "Chrome" in section["sessions"].inner_text()
    visitor.look("account")


def _sign_out_at_a_ends_b(visitor: Visitor) -> None:
    words, page = visitor.words, visitor.page
    visitor.go("PORTAL_A")
    visitor.press(words.portal["sign_out"])
    assert page.url.startswith(f"{visitor.demo.origin('PORTAL_A')}/signed-out")
    visitor.look("portal-a-signed-out")
    visitor.go("PORTAL_B")
    visitor.until(words.portal["sign_in"])
    assert page.locator("#sign-out").count() == 0
    visitor.go("PROVIDER", "/account")
    assert page.locator("main [name='username']").is_visible()
