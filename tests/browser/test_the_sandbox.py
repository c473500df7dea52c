"""The sandbox's pages for developers and testers: people, upstreams, control, requests, the counter's desk, the phone."""

import re
from dataclasses import dataclass
from typing import Any

import pytest

from adapters.sandbox.app import create_sandbox
from tests.browser.road import tab_to
from tests.browser.serving import served
from tests.browser.visitor import DESKTOP, PHONE, Visitor
from tests.doubles import SteppingClock

TOKEN = "the token that a start prints"
SIZES = pytest.mark.parametrize("size", [pytest.param(PHONE, id="phone"), pytest.param(DESKTOP, id="desktop")])


@dataclass(frozen=True)
class Alone:
    """The sandbox without a provider."""

    address: str

    def origin(self, _name: str) -> str:
        return self.address


@pytest.fixture
def sandbox():
    with served(create_sandbox(SteppingClock(), control_token=TOKEN).wsgi_app) as address:
        yield Alone(address)


@pytest.fixture
def visit(sandbox, chromium, tmp_path):
    album = tmp_path / "album"
    album.mkdir()
    visitors: list[Visitor] = []

    def begin(size: dict[str, int], **how: Any) -> Visitor:
        visitors.append(Visitor(chromium, sandbox, album, language="zh-CN", size=size, **{"script": False} | how))
        return visitors[-1]

    yield begin
    for visitor in visitors:
        visitor.leave()


@SIZES
def test_every_page_that_a_menu_leads_to(visit, size):
    visitor = visit(size)
    visitor.refused(401)
    visitor.go("SANDBOX")
    visitor.look("index")
    menu = visitor.page.locator("nav a, main .list a")
    for path in sorted({menu.nth(number).get_attribute("href") for number in range(menu.count())}):
        visitor.go("SANDBOX", path)
        visitor.look(re.sub(r"\W+", "-", path).strip("-"))


@SIZES
def test_the_control_page_sets_and_lifts_everything(visit, size):
    visitor = visit(size)
    page = visitor.page
    visitor.refused(400, 401, 422)
    visitor.go("SANDBOX", "/control")
    visitor.look("locked")
    page.get_by_label("控制令牌").fill(TOKEN)
    visitor.press("进入")
    visitor.look("control")
    page.get_by_label("上游与操作").select_option("police")
    page.get_by_label("故障", exact=True).select_option("timeout")
    visitor.press("注入")
    visitor.look("with-a-fault")
    page.locator("#advance").fill("x")
    visitor.press("拨动")
    visitor.look("mistyped")
    visitor.press("全部上游按真实水平")
    page.locator("#per_day").fill("1000")
    page.locator("form:has(#per_day) button").click()
    visitor.press("打开（22:30 至 00:30）")
    visitor.look("with-everything")
    visitor.press("解除 police 的 timeout")
    assert visitor.shows("没有。所有上游都正常。")
    visitor.go("SANDBOX", "/sms/inbox")
    visitor.go("SANDBOX", "/control/requests")
    visitor.look("requests")


def test_the_keyboard_alone_injects_a_fault(visit):
    visitor = visit(DESKTOP, script=True)
    page = visitor.page
    visitor.go("SANDBOX", f"/control?token={TOKEN}")
    assert TOKEN not in page.url
    tab_to(visitor, name="at")
    tab_to(visitor, text="注入")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    tab_to(visitor, text="全部解除")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert visitor.shows("没有。所有上游都正常。")


@SIZES
def test_the_desk_and_the_phone_say_what_is_wrong(visit, size):
    visitor = visit(size)
    visitor.refused(400, 404, 409, 422)
    visitor.go("SANDBOX", "/counter/desk/W-0602")
    visitor.page.locator("[name='code']").fill("AAAA-AAAA")
    visitor.press("打开")
    visitor.look("desk-no-such-code")
    assert visitor.page.locator("[role='alert']").is_visible()
