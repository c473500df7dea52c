"""From a portal that asks for the highest level, over a service counter and an app set up on the way, to its answer."""

import base64
import json
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pyotp
import pytest
from werkzeug import Request, Response

from tests.browser.serving import served
from tests.browser.test_card_licence_and_counter import _desk_work, choose
from tests.browser.test_channels_elsewhere import PORTAL
from tests.browser.test_steps_of_a_channel import VIEWS
from tests.browser.visitor import Visitor
from tests.provider import PASSWORD, open_provider

COUNTER = "counter_verify"
ACR_3 = "urn:yihaotong:realname:3"


@pytest.fixture
def place(tmp_path, _database_template, fast_wire):
    """A provider with the register and the counter, the sandbox with the officer's desk, and a portal."""
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
                more=(COUNTER,),
                upstreams=origins["SANDBOX"],
            )
        )
        apps |= {"PROVIDER": provider.app.wsgi_app, "SANDBOX": provider.sandbox.app.wsgi_app, "PORTAL_A": portal}
        party = provider.party(redirect_uris=frozenset({f"{origins['PORTAL_A']}/cb"}))
        yield SimpleNamespace(
            provider=provider,
            party=party,
            citizen=provider.citizen(),
            demo=SimpleNamespace(origin=origins.__getitem__),
        )


@pytest.fixture
def visit(place, chromium, tmp_path) -> Any:
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


def _claims(token: str) -> dict[str, Any]:
    middle = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4))))


def _see_the_officer(visitor: Visitor, place: Any) -> None:
    choose(visitor, COUNTER)
    visitor.look("code-for-the-officer")
    _desk_work(visitor, "zhang_san", look=False)
    visitor.page.wait_for_url("**/prove")  # by itself
    place.provider.clock.advance(700)  # the way back from the counter
    visitor.page.reload()


def _text(visitor: Visitor, place: Any) -> None:
    """The code of the text message, mistyped first."""
    visitor.press(visitor.words("Send me a code"))
    visitor.look("code")
    visitor.fill("code", "00000")
    visitor.press(visitor.words("Go on"))
    visitor.look("code-wrong")
    visitor.fill("code", visitor.code_for(place.citizen.mobile))
    visitor.press(visitor.words("Go on"))


def _connect(visitor: Visitor, now: int) -> pyotp.TOTP:
    """The app scans or is opened by the link; its code is mistyped first, and the secret is gone then."""
    words, page = visitor.words, visitor.page
    visitor.look("app")
    assert page.get_by_role("img", name=words("QR code for your authenticator app")).is_visible()
    address = page.get_by_role("link", name=words("open the app")).get_attribute("href")
    secret = (page.locator("main code").text_content() or "").replace(" ", "")
    assert pyotp.parse_uri(address or "").secret == secret
    app = pyotp.TOTP(secret)
    around = {app.at(now + 30 * n) for n in (-1, 0, 1)}
    visitor.fill("otp", next(code for n in range(9) if (code := f"{n:06d}") not in around))
    visitor.press(words("Confirm"))
    visitor.look("app-wrong")
    assert secret not in page.content().replace(" ", "")
    visitor.fill("otp", app.at(now))
    visitor.press(words("Confirm"))
    return app


@VIEWS
def test_the_highest_level_by_a_counter_and_an_app_set_up_on_the_way(visit, place, language, size):
    visitor = visit(language, size)
    words, page, clock = visitor.words, visitor.page, place.provider.clock
    visitor.refused(400)
    visitor.go("PROVIDER", f"/authorize?{urlencode(place.party.parameters(acr_values=ACR_3))}")
    _password(visitor, place)
    visitor.look("ways")
    _see_the_officer(visitor, place)
    visitor.look("factor-missing")
    visitor.press(words("Set up an authenticator app"))
    visitor.look("password-first")
    visitor.press(words("Enter the password, then go on"))
    visitor.look("password")
    assert visitor.shows(words("Please enter your password once more: this protects your account."))
    _password(visitor, place)
    visitor.look("set-up")
    _text(visitor, place)
    _connect(visitor, int(clock.now()))
    page.wait_for_url(f"{place.demo.origin('PORTAL_A')}/cb?**")
    code = parse_qs(urlsplit(page.url).query)["code"][0]
    claims = _claims(place.party.redeem(code).json["id_token"])
    assert claims["acr"] == ACR_3
    assert claims["amr"] == ["pwd", "sms", "otp", "mfa"]


@VIEWS
def test_set_up_and_removed_on_the_account_page(visit, place, language, size):
    visitor = visit(language, size)
    words, page, clock = visitor.words, visitor.page, place.provider.clock
    visitor.refused(400)
    visitor.go("PROVIDER", "/account")
    _password(visitor, place)
    visitor.follow(words("Set up an authenticator app"))
    visitor.look("what-it-is")
    visitor.press(words("Set up an authenticator app"))
    _text(visitor, place)
    app = _connect(visitor, int(clock.now()))
    assert visitor.shows(words("Your authenticator app is set up. Other devices are signed out."))
    visitor.look("remove")
    clock.advance(30)
    visitor.fill("otp", app.at(int(clock.now())))
    visitor.press(words("Remove the app"))
    page.wait_for_url("**/account")
    assert visitor.shows(words("Your authenticator app is removed. Other devices are signed out."))
    visitor.look("account")
