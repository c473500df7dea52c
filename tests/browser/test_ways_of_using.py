"""With the keyboard alone, in large type, and by changing the language on the way."""

from tests.browser.road import FOCUS, sign_in, tab_to
from tests.browser.visitor import DESKTOP, PHONE, Visitor


def test_the_keyboard_alone_leads_from_the_portal_to_the_claims(visit):
    visitor: Visitor = visit(language="en", size=DESKTOP)
    words, page, keys = visitor.words, visitor.page, visitor.page.keyboard
    visitor.go("PORTAL_A")
    tab_to(visitor, id="sign-in")
    keys.press("Enter")
    page.wait_for_url(f"{visitor.demo.origin('PROVIDER')}/**/sign-in")
    keys.press("Tab")
    skip = page.evaluate(FOCUS)
    assert skip["text"] == words("Skip to content")
    assert skip["seen"]
    visitor.look("skip-link")
    keys.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    tab_to(visitor, name="username")
    keys.type("zhangsan")
    tab_to(visitor, name="password")
    keys.type("taishan-sunrise-1901")
    keys.press("Enter")
    page.wait_for_url(f"{visitor.demo.origin('PROVIDER')}/**/consent")
    tab_to(visitor, text=words("Agree and go on"))
    keys.press("Enter")
    page.wait_for_url(f"{visitor.demo.origin('PORTAL_A')}/")
    assert "张三" in visitor.heading
    tab_to(visitor, id="sign-out")
    keys.press("Enter")
    page.wait_for_url(f"{visitor.demo.origin('PORTAL_A')}/signed-out**")


def test_large_type_is_larger_on_every_page_and_stays(visit):
    visitor: Visitor = visit(language="zh-CN", size=PHONE)
    words, page = visitor.words, visitor.page
    measure = "parseFloat(getComputedStyle(document.querySelector('main p, main label')).fontSize)"
    visitor.go("PROVIDER")
    before = page.evaluate(measure)
    page.get_by_role("button", name=words("Large type"), exact=True).click()
    assert page.evaluate(measure) >= 1.2 * before
    visitor.look("large-home")
    for path, name in (("/privacy", "large-privacy"), ("/register", "large-register"), ("/account", "large-sign-in")):
        visitor.go("PROVIDER", path)
        assert page.locator("html.elder").count() == 1
        visitor.look(name)
    sign_in(visitor, "ouyang", "qingdao-harbour-1904")
    visitor.look("large-account")
    visitor.press(words("Go to level “%(level)s”", level=words("Basic")))
    visitor.look("large-prove")
    page.locator("main a.way").first.click()
    visitor.look("large-police")
    page.get_by_role("button", name=words("Standard type"), exact=True).click()
    assert page.locator("html.elder").count() == 0
    assert page.locator("main [name='id_number']").is_visible(), "the switch leads back to the same page"


def test_the_language_changes_on_the_spot_and_is_remembered(visit):
    visitor: Visitor = visit(language="en", size=DESKTOP)
    page = visitor.page
    visitor.go("PORTAL_B")
    visitor.press(visitor.words.portal["sign_in"])
    address = page.url
    page.get_by_role("button", name="中文", exact=True).click()
    assert page.url == address
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    visitor.look("sign-in-in-chinese")
    visitor.go("PROVIDER")
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    page.get_by_role("button", name="English", exact=True).click()
    assert page.locator("html").get_attribute("lang") == "en"
