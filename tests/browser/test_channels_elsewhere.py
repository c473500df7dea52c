"""Alipay, Zhima, WeChat and the e-card against the real sandbox: from a portal that asks for a level, to its answer.

A phone-wide browser goes to the upstream's own pages and comes back, says no there, finds it down, presses the back
button, or comes back in another browser. Nothing of it may lose what was proved, and each page leads on.
"""

import base64
import json
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from werkzeug import Request, Response

from tests.browser.road import new_mobile, register, tab_to
from tests.browser.serving import served
from tests.browser.visitor import DESKTOP, PHONE, Visitor
from tests.provider import PASSWORD, open_provider

CHANNELS = ("alipay_account", "zhima_face", "wechat_realname", "social_security")
ACR = "urn:yihaotong:realname:"
EVERY = pytest.mark.parametrize("channel", CHANNELS)
REDIRECTS = pytest.mark.parametrize("channel", [name for name in CHANNELS if name != "wechat_realname"])
PORTAL = """<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Portal</title>
<main><h1>Portal</h1></main></html>"""


@pytest.fixture
def place(request, tmp_path, _database_template, fast_wire):
    """A provider with the channels, the sandbox with its people's pages, and a portal.

    A test's parameter for it are changes of settings, by channel.
    """
    apps: dict[str, Any] = {}

    @Request.application
    def portal(_request: Request) -> Response:
        return Response(PORTAL, mimetype="text/html")

    with ExitStack() as open_:

        def at(name: str) -> str:
            def late(environ: Any, start: Any) -> Any:
                return apps[name](environ, start)

            return open_.enter_context(served(late))

        origins = {name: at(name) for name in ("PROVIDER", "SANDBOX", "PORTAL_A")}
        provider = open_.enter_context(
            open_provider(
                tmp_path,
                _database_template,
                fast_wire,
                issuer=origins["PROVIDER"],
                offered=frozenset({"police_population", *CHANNELS}),
                upstreams=origins["SANDBOX"],
                changes=getattr(request, "param", None),
            )
        )
        apps |= {"PROVIDER": provider.app.wsgi_app, "SANDBOX": provider.sandbox.app.wsgi_app, "PORTAL_A": portal}
        party = provider.party(redirect_uris=frozenset({f"{origins['PORTAL_A']}/cb"}))
        yield SimpleNamespace(provider=provider, party=party, demo=SimpleNamespace(origin=origins.__getitem__))


@pytest.fixture
def visit(place, chromium, tmp_path) -> Any:
    """A visitor sent by the portal, which asks for a level."""
    album = tmp_path / "album"
    album.mkdir()
    visitors: list[Visitor] = []

    def begin(level: int, *, language="zh-CN", size=PHONE, script=False) -> Visitor:
        visitor = Visitor(chromium, place.demo, album, language=language, size=size, script=script)
        visitors.append(visitor)
        visitor.go("PROVIDER", f"/authorize?{urlencode(place.party.parameters(acr_values=f'{ACR}{level}'))}")
        return visitor

    yield begin
    for visitor in visitors:
        visitor.leave()


def signed_in(visitor: Visitor, place: Any) -> None:
    """A citizen of level 1, before the ways."""
    visitor.fill("username", place.provider.citizen().mobile)
    visitor.fill("password", PASSWORD)
    visitor.press(visitor.words("Sign in"))
    visitor.look("ways")


def choose(visitor: Visitor, channel: str) -> None:
    visitor.page.locator(f"main a.way[href$='/prove/{channel}']").click()
    visitor.look(channel)


def leave(visitor: Visitor) -> None:
    """To the upstream's page, by the button."""
    visitor.press(visitor.words("Go to the check"))
    assert visitor.at("SANDBOX")
    visitor.look("upstream")


# What a person presses at each upstream to say yes, and to say no.
YES = {"alipay_account": "同意", "zhima_face": "我的脸", "social_security": "解锁并确认授权"}
NO = {"alipay_account": "拒绝", "zhima_face": "取消并返回", "social_security": "拒绝"}


def on_the_phone(visitor: Visitor, *, choice: str = "my_face") -> None:
    """The other screen: type the number that stands beside the code, log in, show the face."""
    by_itself = visitor.page.get_by_role("link", name=visitor.words("Stop that"))
    if by_itself.count():  # else its own look for the result and the test's cross each other
        by_itself.click()
    number = visitor.page.locator(".match strong").inner_text()
    with visitor.context.expect_page() as opened:
        visitor.page.locator("main a[target='_blank']").click()
    phone = opened.value
    visitor.look("phone", phone)
    phone.get_by_label("页面上二维码旁边的两位数字").fill(number)
    phone.locator("[name='account'][value='zhang_san']").check()
    phone.get_by_role("button").click()
    for _ in range(20):
        visitor.page.reload()
        phone.goto(phone.url)
        if phone.locator("[name='choice']").count():
            break
    visitor.look("joined")
    visitor.look("phone-face", phone)
    phone.locator(f"[name='choice'][value='{choice}']").check()
    phone.get_by_role("button").click()
    visitor.look("phone-done", phone)
    phone.close()


def say_yes(visitor: Visitor, channel: str) -> None:
    """The whole check at the upstream, and back."""
    if channel == "wechat_realname":
        on_the_phone(visitor)
        visitor.page.reload()
        return
    leave(visitor)
    visitor.press(YES[channel])


def answered(visitor: Visitor, place: Any) -> str:
    """The browser is at the portal; the level that the ID token there names."""
    assert visitor.at("PORTAL_A"), visitor.page.url
    [code] = parse_qs(urlsplit(visitor.page.url).query)["code"]
    body = place.party.redeem(code).json["id_token"].split(".")[1]
    acr = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["acr"]
    return str(acr).removeprefix(ACR)


def reached(channel: str) -> str:
    """What a portal that asked for level 2 is told: a face check is a second factor, and more."""
    return "3" if channel == "zhima_face" else "2"


def proofs(place: Any) -> set[str]:
    """The channels that left evidence."""
    return {each.channel for each in place.provider.stores.citizens.evidence_of(f"{1:032x}")}


@pytest.mark.parametrize(
    ("language", "size"),
    [pytest.param("zh-CN", PHONE, id="phone-chinese"), pytest.param("en", DESKTOP, id="desktop-english")],
)
@EVERY
def test_a_portal_that_asks_for_a_level_has_it_after_the_check_elsewhere(visit, place, channel, language, size):
    visitor = visit(2, language=language, size=size)
    signed_in(visitor, place)
    choose(visitor, channel)
    say_yes(visitor, channel)
    assert answered(visitor, place) == reached(channel)
    assert proofs(place) == {"police_population", channel}
    visitor.go("PROVIDER", "/account")
    visitor.look("account")


SIGN_ON = pytest.mark.parametrize(
    "place",
    [{"wechat_realname": {"mode": "account_and_face", "connect_page": page}} for page in ("qrconnect", "in_app")],
    ids=["at-a-pc", "inside-wechat"],
    indirect=True,
)


@SIGN_ON
def test_signing_on_with_wechat_first_comes_before_the_code_and_may_be_refused(visit, place):
    visitor = visit(2)
    signed_in(visitor, place)
    choose(visitor, "wechat_realname")
    leave(visitor)
    visitor.follow("拒绝")
    visitor.look("refused")
    visitor.press(visitor.words("Begin again"))
    visitor.press(visitor.words("Go to the check"))
    visitor.follow("张三同意登录")
    visitor.look("code")
    say_yes(visitor, "wechat_realname")
    assert answered(visitor, place) == "2"


def test_a_newcomer_registers_is_known_to_the_register_and_goes_on_to_the_second_check(visit, place, person):
    visitor, who = visit(2), person("zhang_san")
    register(visitor, new_mobile())
    visitor.look("ways-of-a-newcomer")
    visitor.page.locator("main a.way").click()
    visitor.fill("name", who.name)
    visitor.fill("id_number", who.id_number)
    visitor.press(visitor.words("Check"))
    visitor.look("ways")
    choose(visitor, "alipay_account")
    say_yes(visitor, "alipay_account")
    assert answered(visitor, place) == "2"


@REDIRECTS
def test_a_no_at_the_upstream_is_told_and_one_begins_again(visit, place, channel):
    visitor = visit(2)
    signed_in(visitor, place)
    choose(visitor, channel)
    leave(visitor)
    visitor.press(NO[channel])
    visitor.look("refused")
    assert visitor.page.url.endswith(f"/prove/{channel}")
    place.provider.clock.advance(1)  # a face check that was stopped counts against earlier ones, not against later ones
    visitor.press(visitor.words("Begin again"))
    say_yes(visitor, channel)
    assert answered(visitor, place) == reached(channel)


def test_a_no_at_the_phone_is_told_and_one_begins_again(visit, place):
    visitor = visit(2)
    signed_in(visitor, place)
    choose(visitor, "wechat_realname")
    on_the_phone(visitor, choice="cancel")
    visitor.page.reload()
    visitor.look("refused")
    visitor.press(visitor.words("Begin again"))
    say_yes(visitor, "wechat_realname")
    assert answered(visitor, place) == "2"


# Where each upstream is asked after the person has said yes.
LAST_CALLS = {
    "alipay_account": ("alipay_account", "alipay.user.certdoc.certverify.consult"),
    "zhima_face": ("zhima_face", "alipay.user.certify.open.query"),
    "social_security": ("social_security", "query"),
    "wechat_realname": ("wechat", "queryverifyinfo"),
}


@EVERY
def test_an_upstream_that_dies_half_way_costs_nothing_and_is_gone_to_again(visit, place, channel):
    visitor, sandbox = visit(2), place.provider.sandbox
    visitor.refused(503)
    signed_in(visitor, place)
    choose(visitor, channel)
    upstream, operation = LAST_CALLS[channel]
    sandbox.fault(upstream, "http_500", operation=operation)
    say_yes(visitor, channel)
    visitor.look("unavailable")
    assert visitor.page.locator("main a.way, main a[href$='/prove']").count(), "other ways are a press away"
    sandbox.heal()
    if channel == "wechat_realname":
        visitor.page.reload()
    else:
        visitor.press(visitor.words("Go to the check"))
        visitor.page.get_by_role("button", name=YES[channel]).or_(
            visitor.page.get_by_role("link", name="返回原来的服务")
        ).first.click()
    assert answered(visitor, place) == reached(channel)


@REDIRECTS
def test_the_back_button_leads_to_the_same_check(visit, place, channel):
    visitor = visit(2)
    signed_in(visitor, place)
    choose(visitor, channel)
    leave(visitor)
    visitor.page.go_back()
    visitor.look("back")
    visitor.follow(visitor.words("I have done it, go on"))
    visitor.look("waiting")
    visitor.press(visitor.words("Go to the check again"))
    visitor.press(YES[channel])
    assert answered(visitor, place) == reached(channel)


@REDIRECTS
def test_a_return_in_another_browser_proves_nothing_there_and_still_counts_in_the_first(
    visit, place, chromium, tmp_path, channel
):
    visitor = visit(2)
    signed_in(visitor, place)
    choose(visitor, channel)
    leave(visitor)
    other = Visitor(chromium, place.demo, tmp_path / "album", language="zh-CN", size=PHONE, script=False)
    other.refused(410)
    other.page.goto(visitor.page.url)
    other.press(YES[channel])
    other.look("elsewhere")
    assert other.heading == other.words("Please go on where you began")
    assert proofs(place) == {"police_population"}
    visitor.page.goto(other.page.url)
    assert answered(visitor, place) == reached(channel)
    other.leave()


@EVERY
def test_who_comes_back_too_late_is_told_and_begins_again_with_everything_proved_so_far(visit, place, channel):
    visitor = visit(2)
    signed_in(visitor, place)
    choose(visitor, channel)
    if channel == "wechat_realname":
        place.provider.clock.advance(901)
        visitor.page.reload()
    else:
        leave(visitor)
        place.provider.clock.advance(901)
        visitor.press(YES[channel])
    visitor.look("too-late")
    assert visitor.shows(visitor.words("The check took too long and was stopped. You can begin again."))
    visitor.press(visitor.words("Begin again"))
    say_yes(visitor, channel)
    assert answered(visitor, place) == reached(channel)


def test_somebody_elses_account_proves_nothing_and_there_is_a_way_on(visit, place, person):
    visitor = visit(2)
    visitor.refused(409)
    signed_in(visitor, place)
    choose(visitor, "alipay_account")
    leave(visitor)
    visitor.page.locator(f"[name='account'][value='{person('li_si').id_number}']").check()
    visitor.press(YES["alipay_account"])
    visitor.look("another-person")
    assert proofs(place) == {"police_population"}
    visitor.page.locator("main .ways-on a").first.click()
    visitor.look("ways-after")
    assert visitor.page.locator("main a.way").count()


def test_the_keyboard_alone_goes_to_the_check_and_back(visit, place):
    visitor = visit(2, size=DESKTOP, script=True)
    words, page = visitor.words, visitor.page

    def tab_and_press(text: str) -> None:
        tab_to(visitor, text=text)
        with page.expect_navigation():
            page.keyboard.press("Enter")

    signed_in(visitor, place)
    page.locator("main a.way[href$='/prove/zhima_face']").click()
    tab_and_press(words("Go to the check"))
    tab_and_press(NO["zhima_face"])
    assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    place.provider.clock.advance(1)
    tab_and_press(words("Begin again"))
    tab_and_press(words("Go to the check"))
    tab_and_press(YES["zhima_face"])
    assert answered(visitor, place) == reached("zhima_face")
