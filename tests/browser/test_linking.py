"""Linking Alipay and WeChat and signing in by them, in real Chromium, at the sandbox's own pages."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from werkzeug import Request, Response

from adapters import CHANNELS
from adapters.sandbox import channel_settings
from idp.stores.redis.wire import Wire
from tests.adapters.rigs import World
from tests.browser.serving import served
from tests.browser.test_steps_of_a_channel import VIEWS
from tests.browser.visitor import DESKTOP, PHONE, Visitor
from tests.provider import PASSWORD, open_provider

ALIPAY, WECHAT = "alipay_account", "wechat_realname"


@pytest.fixture
def place(tmp_path: Path, _database_template: Path, fast_wire: Wire):
    """A provider, the upstreams' pages and a portal, each at a port of its own."""
    app: list[Any] = []
    world = World(sms_flow_control=False)

    @Request.application
    def portal(request: Request) -> Response:
        page = "<!doctype html><html lang='zh-CN'><title>Portal</title><main><h1>Portal</h1></main></html>"
        return Response(page, mimetype="text/html")

    with ExitStack() as open_:
        sandbox = open_.enter_context(served(world.app))
        cb = open_.enter_context(served(portal))
        issuer = open_.enter_context(served(lambda environ, start: app[0](environ, start)))  # noqa: PLW0108  made below
        channels = {name: CHANNELS[name](channel_settings(sandbox)[name], world.around()) for name in (ALIPAY, WECHAT)}
        provider = open_.enter_context(
            open_provider(tmp_path, _database_template, fast_wire, issuer=issuer, channels=channels)
        )
        app.append(provider.app.wsgi_app)
        party = provider.party(redirect_uris=frozenset({f"{cb}/cb"}))
        yield SimpleNamespace(
            provider=provider,
            party=party,
            portal=f"{cb}/cb",
            citizen=provider.citizen(),
            demo=SimpleNamespace(origin=lambda _name: issuer),
        )


@pytest.fixture
def visit(place, chromium, tmp_path):
    album = tmp_path / "album"
    album.mkdir()
    visitors: list[Visitor] = []

    def begin(language: str, size: dict[str, int]) -> Visitor:
        visitors.append(Visitor(chromium, place.demo, album, language=language, size=size, script=False))
        return visitors[-1]

    yield begin
    for visitor in visitors:
        visitor.leave()


def _password(visitor: Visitor, place: Any) -> None:
    visitor.fill("username", place.citizen.mobile)
    visitor.fill("password", PASSWORD)
    visitor.press(visitor.words("Sign in"))


def _to_portal(visitor: Visitor, place: Any) -> None:
    visitor.go("PROVIDER", f"/authorize?{urlencode(place.party.parameters())}")


def _at_portal(visitor: Visitor, place: Any) -> str:
    """The code that the portal received."""
    assert visitor.page.url.startswith(f"{place.portal}?"), visitor.page.url
    return parse_qs(urlsplit(visitor.page.url).query)["code"][0]


def _agree_at_alipay(visitor: Visitor) -> None:
    visitor.page.locator("input[value='370102190103070012']").check()
    visitor.look("alipay")
    visitor.page.get_by_role("button", name="同意").click()


@VIEWS
def test_alipay_is_linked_on_the_account_page_and_signs_in_to_a_portal(visit, place, language, size):
    visitor = visit(language, size)
    words, page = visitor.words, visitor.page
    alipay = words.of("支付宝", "Alipay")
    visitor.go("PROVIDER", "/account")
    visitor.look("sign-in")
    _password(visitor, place)
    visitor.look("account")
    visitor.follow(words("Link %(place)s", place=alipay))
    visitor.look("link")
    visitor.press(words("Go on to %(place)s", place=alipay))
    _agree_at_alipay(visitor)
    visitor.look("confirm")
    assert page.url.endswith(f"/account/links/{ALIPAY}/confirm")
    assert "auth_code" not in page.url
    visitor.press(words("Yes, link it"))
    visitor.look("linked")
    assert visitor.shows(words("Linked. You can sign in by it from now on."))
    visitor.go("PROVIDER", "/sign-out")
    visitor.press(words("Sign out"))
    _to_portal(visitor, place)
    visitor.follow(words("Sign in by %(place)s", place=alipay))
    _agree_at_alipay(visitor)
    assert place.party.redeem(_at_portal(visitor, place)).status_code == 200
    visitor.go("PROVIDER", f"/account/links/{ALIPAY}/unlink")
    visitor.look("unlink")
    visitor.press(words("Take the link away"))
    assert page.url.endswith("/signed-out")


@pytest.mark.parametrize(("language", "size"), [pytest.param("zh-CN", DESKTOP, id="desktop-chinese"), pytest.param("en", PHONE, id="phone-english")])  # fmt: skip
def test_wechat_is_not_linked_yet_is_offered_after_the_password_and_is_enough_next_time(visit, place, language, size):
    visitor = visit(language, size)
    words, page = visitor.words, visitor.page
    wechat = words.of("微信", "WeChat")
    scanned: Callable[[], None] = lambda: page.get_by_role("link", name="张三同意登录").click()  # noqa: E731
    _to_portal(visitor, place)
    visitor.follow(words("Sign in by %(place)s", place=wechat))
    visitor.look("code-page")
    scanned()
    visitor.look("not-linked")
    assert visitor.shows(words("This %(place)s account is not linked to any account here yet.", place=wechat))
    _password(visitor, place)
    visitor.look("offer")
    page.keyboard.press("Tab")  # the skip link comes first, for whoever has no mouse
    assert page.locator(":focus").get_attribute("class") == "skip"
    button = page.get_by_role("button", name=words("Yes, link it"), exact=True)
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{place.portal}?**")
    visitor.go("PROVIDER", "/sign-out")
    visitor.press(words("Sign out"))
    _to_portal(visitor, place)
    visitor.follow(words("Sign in by %(place)s", place=wechat))
    scanned()
    assert place.party.redeem(_at_portal(visitor, place)).status_code == 200
