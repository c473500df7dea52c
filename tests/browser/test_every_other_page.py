"""The pages beside the road: refusals, errors, second factor, signing out. Each is looked at like the others."""

import pytest

from tests.browser.road import PASSWORD, new_mobile, register, sign_in
from tests.browser.visitor import DESKTOP, PHONE, Visitor

OUYANG = ("ouyang", "qingdao-harbour-1904")
ZHENG = ("zhengrun", "daming-lake-2000-leap")
VIEWS = pytest.mark.parametrize(
    ("language", "size"),
    [pytest.param("zh-CN", PHONE, id="phone-chinese"), pytest.param("en", DESKTOP, id="desktop-english")],
)


@VIEWS
def test_pages_that_need_nobody(visit, language, size):
    visitor: Visitor = visit(language=language, size=size)
    for path, name in (("/", "home"), ("/privacy", "privacy"), ("/signed-out", "signed-out")):
        visitor.go("PROVIDER", path)
        visitor.look(name)
    visitor.go("SANDBOX")
    visitor.look("sandbox")
    visitor.go("SANDBOX", "/sms/inbox")
    visitor.look("inboxes")


@VIEWS
def test_every_error_page_can_be_read_and_left(visit, language, size):
    visitor: Visitor = visit(language=language, size=size)
    visitor.refused(400, 404, 405, 410)
    for path in (
        "/no/such/page",
        "/authorize?client_id=nobody",
        "/authorize?client_id=demo-service-hall&redirect_uri=http://127.0.0.1:1/x",
        "/journey/unknown/sign-in",
        "/language",
        "/logout?id_token_hint=x",
    ):
        visitor.go("PROVIDER", path)
        visitor.look("error")
        visitor.page.locator("main .ways-on a").last.click()
        assert visitor.at("PROVIDER")
        assert visitor.documents[-1][0] == 200
    for place in ("PORTAL_A", "PORTAL_B"):
        visitor.go(place, "/callback?state=x&code=y")
        visitor.look("portal-error")
        visitor.press(visitor.words.portal["try_again"])
        assert visitor.at("PROVIDER")
        visitor.go(place, "/no/such/page")
        visitor.look("portal-404")


@VIEWS
def test_refusals_are_said_and_what_was_typed_stays(visit, language, size):
    visitor: Visitor = visit(language=language, size=size)
    words, page = visitor.words, visitor.page
    visitor.refused(400)
    visitor.go("PROVIDER", "/account")
    sign_in(visitor, "nobody_here", "wrong password")
    visitor.look("sign-in-refused")
    assert page.locator("main [name='username']").input_value() == "nobody_here"
    assert page.locator("main [name='password']").input_value() == ""
    assert page.title().startswith(words("Error:"))
    assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"

    visitor.follow(words("Register with your mobile number"))
    visitor.fill("mobile", "123")
    visitor.press(words("Send me a code"))
    visitor.look("register-refused")
    mobile = new_mobile()
    visitor.fill("mobile", mobile)
    visitor.press(words("Send me a code"))
    code = visitor.code_for(mobile)
    visitor.fill("code", "000000" if code != "000000" else "111111")
    visitor.press(words("Go on"))
    visitor.look("code-refused")
    visitor.fill("code", code)
    visitor.press(words("Go on"))
    visitor.fill("password", "password")
    visitor.fill("password_again", "password")
    visitor.press(words("Open the account"))
    visitor.look("password-refused")
    visitor.fill("password", PASSWORD)
    visitor.fill("password_again", PASSWORD)
    visitor.press(words("Open the account"))
    visitor.look("account-of-level-0")

    visitor.press(words("Go to level “%(level)s”", level=words("Basic")))
    visitor.look("prove-for-the-account")
    page.locator("main a.way").first.click()
    visitor.fill("name", "李4")
    visitor.fill("id_number", "370102190204150004")
    visitor.press(words("Check"))
    visitor.look("police-impossible")
    assert page.locator("main [name='id_number']").input_value() == "370102190204150004"
    link = page.locator(".summary a").first
    link.click()
    assert page.evaluate("document.activeElement.name") == "name"
    visitor.fill("name", "李四")
    visitor.fill("id_number", "370102190204150003")
    visitor.press(words("Check"))
    visitor.look("police-refused")
    assert page.locator("main [name='name']").input_value() == "李四"


@VIEWS
def test_the_second_factor_and_choosing_an_account(visit, language, size):
    visitor: Visitor = visit(language=language, size=size)
    words, page = visitor.words, visitor.page
    visitor.refused(400)
    visitor.go("PROVIDER", "/account")
    sign_in(visitor, *ZHENG)
    visitor.look("second-factor")
    visitor.fill("otp", "12345")
    visitor.press(words("Confirm"))
    visitor.look("second-factor-refused")
    visitor.press(words("Sign in with another name"))
    sign_in(visitor, *OUYANG)
    assert page.url.endswith("/account")
    visitor.look("account")


@VIEWS
def test_signing_out_and_disconnecting(visit, language, size):
    visitor: Visitor = visit(language=language, size=size)
    words, page = visitor.words, visitor.page
    visitor.refused(400)  # portal A refuses a level below its own, and says so
    visitor.go("PORTAL_A", "/sign-in")
    register(visitor, new_mobile())
    visitor.press(words("Go on without, for now"))
    visitor.look("consent-of-level-0")
    visitor.press(words("Agree and go on"))
    assert page.locator("#error-code").inner_text() == "level_not_reached"
    visitor.look("portal-that-wanted-more")
    visitor.go("PROVIDER", "/account")
    page.locator("section[aria-labelledby='portals'] a").click()
    visitor.look("disconnect")
    visitor.press(words("Disconnect"))
    visitor.look("account-after")
    visitor.go("PROVIDER", "/logout")
    visitor.look("logout-confirm")
    visitor.follow(words("Stay signed in"))
    visitor.follow(words("Sign out"))
    visitor.look("sign-out")
    visitor.press(words("Sign out"))
    visitor.look("signed-out")


def test_a_phone_of_320_pixels_needs_no_sideways_scrolling(visit):
    """WCAG 2.2, 1.4.10: also what a PC shows at 400 per cent."""
    visitor: Visitor = visit(language="en", size={"width": 320, "height": 640})
    for path in ("/", "/privacy", "/account", "/register"):
        visitor.go("PROVIDER", path)
        visitor.look("narrow")
    visitor.go("PROVIDER", "/account")
    sign_in(visitor, *OUYANG)
    visitor.look("narrow-account")
    for place in ("PORTAL_A", "PORTAL_B"):
        visitor.go(place)
        visitor.look("narrow-portal")
