"""Stretches of the road that several visits have in common."""

import secrets

from tests.browser.visitor import Visitor

PASSWORD = "泰山日出 1545 metres"


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
