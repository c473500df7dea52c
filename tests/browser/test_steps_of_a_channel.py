"""Sent elsewhere and back, and a code to scan, in real Chromium: policy, redirects, waiting, and every rule of axe."""

from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from werkzeug import Request, Response

from idp.domain.channel import Reason, Redirect, Rejected, Scan, Verified
from idp.domain.claims import ClaimName
from idp.domain.evidence import Strength
from idp.stores.redis.wire import Wire
from tests.browser.serving import served
from tests.browser.visitor import DESKTOP, PHONE, Visitor
from tests.people.doubles import ScriptedChannel, facts_of
from tests.provider import PASSWORD, open_provider

YES = Verified({ClaimName.NAME: "张三", ClaimName.ID_NUMBER: "370102190103070012"}, "T1")
VIEWS = pytest.mark.parametrize(
    ("language", "size"),
    [pytest.param("zh-CN", PHONE, id="phone-chinese"), pytest.param("en", DESKTOP, id="desktop-english")],
)
SIGN_IN_PAGE = """<!doctype html><html lang="en"><title>Upstream</title><main><h1>Upstream</h1>
<form action="{back}"><input type="hidden" name="state" value="s1"><button>Yes, it is me</button></form></main></html>"""


@pytest.fixture
def place(tmp_path: Path, _database_template: Path, fast_wire: Wire):
    """A provider with two programmed channels of level 2, and the pages of their upstream."""
    channels = {
        name: ScriptedChannel(
            facts_of(name, source=name, strength=Strength.POSSESSION, label_zh=zh, label_en=en, hint_zh=zh, hint_en=en)
        )
        for name, zh, en in (("wallet", "电子钱包", "Wallet"), ("licence", "电子证照", "Electronic licence"))
    }
    app: list[Any] = []

    @Request.application
    def upstream(request: Request) -> Response:
        """A gateway that leads to its sign-in page, which leads back."""
        if request.path == "/gate":
            return Response(status=302, headers={"Location": "/page"})
        return Response(SIGN_IN_PAGE.format(back=channels["wallet"].begun[-1].return_uri), mimetype="text/html")

    with ExitStack() as open_:
        elsewhere = open_.enter_context(served(upstream))
        issuer = open_.enter_context(served(lambda environ, start: app[0](environ, start)))  # noqa: PLW0108  made below
        provider = open_.enter_context(
            open_provider(tmp_path, _database_template, fast_wire, issuer=issuer, channels=channels)
        )
        app.append(provider.app.wsgi_app)
        yield SimpleNamespace(
            provider=provider, channels=channels, elsewhere=elsewhere, demo=SimpleNamespace(origin=lambda _name: issuer)
        )


@pytest.fixture
def arrive(place, chromium, tmp_path):
    """A citizen of level 1 before the page of ways."""
    album = tmp_path / "album"
    album.mkdir()
    visitors: list[Visitor] = []

    def begin(language, size) -> Visitor:
        visitor = Visitor(chromium, place.demo, album, language=language, size=size, script=False)
        visitors.append(visitor)
        visitor.go("PROVIDER", "/account")
        visitor.fill("username", place.provider.citizen().mobile)
        visitor.fill("password", PASSWORD)
        visitor.press(visitor.words("Sign in"))
        visitor.page.locator("form[action='/account/prove'] button").click()
        visitor.look("ways")
        return visitor

    yield begin
    for visitor in visitors:
        visitor.leave()


@VIEWS
def test_sent_elsewhere_refused_begun_again_and_back_with_a_result(arrive, place, language, size):
    wallet = place.channels["wallet"]
    wallet.begins_with = Redirect(f"{place.elsewhere}/gate")
    wallet.answers = [Rejected(Reason.USER_CANCELLED), wallet.begins_with, YES]
    visitor = arrive(language, size)
    words, page = visitor.words, visitor.page
    page.locator("main a.way").first.click()
    visitor.look("before-leaving")
    visitor.press(words("Go to the check"))
    assert page.url == f"{place.elsewhere}/page"
    page.get_by_role("button").click()
    visitor.look("refused")
    assert page.url.endswith("/prove/wallet")
    visitor.press(words("Begin again"))
    visitor.press(words("Go to the check"))
    page.get_by_role("button").click()
    visitor.look("waiting")
    page.wait_for_url("**/account")  # by itself
    visitor.look("account")
    assert visitor.shows(words("Real-name level: %(level)s", level=words("Medium")))


@VIEWS
def test_a_code_to_scan_waits_can_be_stopped_and_goes_on(arrive, place, language, size):
    licence, done = place.channels["licence"], []
    licence.begins_with = scan = Scan("https://upstream.example/scan?t=1", poll_seconds=1)
    licence.answers = [lambda *_: YES if done else scan] * 50
    visitor = arrive(language, size)
    words, page = visitor.words, visitor.page
    page.locator("main a.way").last.click()
    picture = page.get_by_role("img", name=words("QR code of this check"))
    assert picture.evaluate("e => e.complete && e.naturalWidth") if visitor.script else picture.is_visible()
    visitor.follow(words("Stop that"))
    visitor.look("scan")
    visitor.follow(words("I have done it, go on"))
    visitor.look("not-yet")
    assert visitor.shows(words("There is no result yet. Please finish the check there first."))
    done.append(True)
    visitor.follow(words("I have done it, go on"))
    assert page.url.endswith("/account")
