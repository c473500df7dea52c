"""Stretches of the road that several visits have in common."""

import secrets

from tests.browser.visitor import Visitor

PASSWORD = "泰山日出 1545 metres"
FOCUS = """() => { const e = document.activeElement, s = getComputedStyle(e);
  return {name: e.name || '', text: (e.textContent || '').trim(), id: e.id, tag: e.tagName,
          ring: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2, seen: e.getBoundingClientRect().top >= 0}; }"""


def new_mobile() -> str:
    """A number that nobody else of this run has: phones take one text a minute."""
    return f"1991{secrets.randbelow(10**7):07d}"


def register(visitor: Visitor, mobile: str, login_name: str = "") -> None:
    """From a sign-in page to an account, looking at every page on the way."""
    words = visitor.words
    visitor.follow(words("Register with your mobile number"))
    visitor.look("register")
    visitor.fill("mobile", mobile)
    visitor.press(words("Send me a code"))
    visitor.look("code")
    assert mobile not in visitor.page.content(), "the page shows the number masked"
    visitor.fill("code", visitor.code_for(mobile))
    visitor.press(words("Go on"))
    visitor.look("password")
    visitor.fill("login_name", login_name)
    visitor.fill("password", PASSWORD)
    visitor.fill("password_again", PASSWORD)
    visitor.press(words("Open the account"))


def sign_in(visitor: Visitor, name: str, password: str) -> None:
    """Fill in the form of the sign-in page."""
    visitor.fill("username", name)
    visitor.fill("password", password)
    visitor.press(visitor.words("Sign in"))


def tab_to(visitor: Visitor, **wanted: str) -> None:
    """Press Tab until the wanted thing has the focus; whatever has it on the way must show it."""
    for _ in range(25):
        visitor.page.keyboard.press("Tab")
        at = visitor.page.evaluate(FOCUS)
        if at["tag"] == "BODY":
            continue
        assert at["ring"], f"no focus ring on {at}"
        assert at["seen"], f"the focus is outside the screen at {at}"
        if all(at[key] == value for key, value in wanted.items()):
            return
    raise AssertionError(f"Tab never reaches {wanted}")
