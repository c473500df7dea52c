"""A terminal and a hotline as relying parties, and a citizen with a browser of their own, for requests approved elsewhere."""

import re
from typing import Any

from werkzeug.test import Client, TestResponse

from tests.provider import ISSUER, Browser, Party, Provider

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
CIBA = "urn:openid:params:grant-type:ciba"


def post(provider: Provider, path: str, party: Party, form: dict[str, Any]) -> TestResponse:
    """At any endpoint, authenticated as registered."""
    credentials, headers = party.credentials()
    data = {name: value for name, value in {**credentials, **form}.items() if value is not None}
    return Client(provider.app.wsgi_app).post(path, base_url=ISSUER, data=data, headers=headers)


class Terminal:
    """A self-service terminal: asks, shows, polls."""

    def __init__(self, provider: Provider, party: Party) -> None:
        self.provider, self.party = provider, party
        self.shown: dict[str, Any] = {}

    def ask(self, **form: Any) -> TestResponse:
        return post(self.provider, "/device_authorization", self.party, {"scope": "openid profile", **form})

    def begin(self, **form: Any) -> "Terminal":
        response = self.ask(**form)
        assert response.status_code == 200, response.text
        self.shown = dict(response.json)
        return self

    def poll(self, party: Party | None = None, **form: Any) -> TestResponse:
        self.provider.clock.advance(self.shown.get("interval", 0))
        return self.poll_at_once(party, **form)

    def poll_at_once(self, party: Party | None = None, **form: Any) -> TestResponse:
        asked = {"grant_type": DEVICE, "device_code": self.shown.get("device_code"), **form}
        return post(self.provider, "/token", party or self.party, asked)

    def error(self) -> str:
        response = self.poll()
        assert response.status_code == 400, response.text
        return str(response.json["error"])


class Hotline:
    """The hotline: asks for somebody by a name, reads the number out, polls."""

    def __init__(self, provider: Provider, party: Party) -> None:
        self.provider, self.party = provider, party
        self.told: dict[str, Any] = {}

    def ask(self, **form: Any) -> TestResponse:
        return post(self.provider, "/bc-authorize", self.party, {"scope": "openid profile", **form})

    def begin(self, hint: str, **form: Any) -> "Hotline":
        response = self.ask(login_hint=hint, **form)
        assert response.status_code == 200, response.text
        self.told = dict(response.json)
        return self

    def poll(self, party: Party | None = None, **form: Any) -> TestResponse:
        self.provider.clock.advance(self.told.get("interval", 0))
        return self.poll_at_once(party, **form)

    def poll_at_once(self, party: Party | None = None, **form: Any) -> TestResponse:
        asked = {"grant_type": CIBA, "auth_req_id": self.told.get("auth_req_id"), **form}
        return post(self.provider, "/token", party or self.party, asked)

    def error(self) -> str:
        response = self.poll()
        assert response.status_code == 400, response.text
        return str(response.json["error"])


def enter(browser: Browser, user_code: str) -> TestResponse:
    """Type a terminal's code; the page that follows."""
    return browser.submit(browser.get("/device"), user_code=user_code)


def look_at_request(browser: Browser) -> TestResponse:
    """From the account page to the newest request that waits."""
    page = browser.get("/account/requests")
    found = re.search(r'action="(/account/requests/[0-9a-f]{64})"', page.text)
    assert found, page.text
    return press(browser, page, found[1])


def approve(browser: Browser, page: TestResponse, number: str) -> TestResponse:
    """Type the match number on the page that asks for it."""
    return browser.submit(page, match=number)


def other_number(number: str) -> str:
    """A match number that is not this one."""
    return f"{(int(number) + 1) % 100:02d}"


def leave(browser: Browser, page: TestResponse) -> TestResponse:
    """Press the button that refuses, on any page of the journey."""
    journey = re.match(r"/journey/[^/]+", page.request.path)
    assert journey
    return press(browser, page, f"{journey[0]}/cancel")


def press(browser: Browser, page: TestResponse, address: str) -> TestResponse:
    """Press a button that leads to an address."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token
    return browser.follow(browser.post(address, {"csrf_token": token[1]}))
