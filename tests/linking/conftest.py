"""A provider with Alipay and WeChat, citizens, and people at the upstreams' own pages. Nothing is mocked."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from lxml import html
from werkzeug.test import TestResponse

from idp.stores.redis.wire import Wire
from idp.web.context import Services
from tests.adapters.rigs import SANDBOX
from tests.provider import ISSUER, PASSWORD, Browser, Person, Provider, open_provider

ALIPAY, WECHAT = "alipay_account", "wechat_realname"
LABELS = {ALIPAY: "支付宝", WECHAT: "微信"}
# Accounts at the upstreams: by number at Alipay, by key at WeChat.
MINE = {ALIPAY: "370102190103070012", WECHAT: "zhang_san"}
ANOTHERS = {ALIPAY: "370102190204150003", WECHAT: "li_si"}
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
BOTH = pytest.mark.parametrize("channel", [ALIPAY, WECHAT])


class Town:
    """The provider and the two upstreams beside it, as a citizen meets them."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.zhang: Person = provider.citizen(1)
        self.li: Person = provider.citizen(2, name="李思", id_number="370102190204150003")

    @property
    def services(self) -> Services:
        found = self.provider.app.extensions["yihaotong"]
        assert isinstance(found, Services)
        return found

    def signed_in(self, person: Person | None = None) -> Browser:
        browser = self.provider.browser()
        page = browser.sign_in(person or self.zhang)
        assert page.request.path == "/account", page.text
        return browser

    def at_upstream(self, sent: TestResponse, who: str | None) -> str:
        """At the upstream's page, as ``who`` (None: refuse): the address with which the browser is sent back."""
        url = sent.headers["Location"]
        assert url.startswith(f"{SANDBOX}/"), url
        page = self.provider.sandbox.control.get(url.removeprefix(SANDBOX))
        assert page.status_code == 200, page.text
        if "/alipay/" in url:
            form = html.fromstring(page.text).forms[0]
            fields = {name: value for name, value in form.form_values() if value is not None}
            chosen = {"account": who or "", "decision": "agree" if who else "refuse"}
            back = self.provider.sandbox.control.post(form.action, data=fields | chosen)
        else:
            ticket = re.search(r"ticket=(\w+)", page.text)
            assert ticket
            query = {"ticket": ticket[1]} | ({"account": who} if who else {})
            back = self.provider.sandbox.control.get("/wechat/connect/confirm", query_string=query)
        assert back.headers["Location"].startswith(f"{ISSUER}/"), back.headers
        return back.headers["Location"].removeprefix(ISSUER)

    def begin_link(self, browser: Browser, channel: str) -> TestResponse:
        """Press the button of the link page; the answer leads to the upstream, or to the password."""
        page = browser.get(f"/account/links/{channel}")
        assert page.status_code == 200, page.headers
        return self.press(browser, page, f"/account/links/{channel}")

    def proof(self, browser: Browser, channel: str, who: str | None = None) -> TestResponse:
        """As far as the page that asks whether this is the account."""
        back = self.at_upstream(self.begin_link(browser, channel), who or MINE[channel])
        return browser.follow(browser.get(back))

    def link(self, browser: Browser, channel: str, who: str | None = None) -> TestResponse:
        page = self.proof(browser, channel, who)
        assert page.request.path == f"/account/links/{channel}/confirm", page.text
        return browser.follow(self.press(browser, page, f"/account/links/{channel}/confirm"))

    def unlink(self, browser: Browser, channel: str) -> TestResponse:
        address = f"/account/links/{channel}/unlink"
        return browser.follow(self.press(browser, browser.get(address), address))

    def begin_sign_in(self, browser: Browser, page: TestResponse, channel: str) -> TestResponse:
        (address,) = html.fromstring(page.text).xpath(f"//main//a[contains(@href, 'sign-in/{channel}')]/@href")
        return browser.get(address)

    def sign_in(self, browser: Browser, page: TestResponse, channel: str, who: str | None = None) -> TestResponse:
        """From a sign-in page by the upstream to whatever comes next."""
        back = self.at_upstream(self.begin_sign_in(browser, page, channel), who or MINE[channel])
        return browser.follow(browser.get(back))

    def press(self, browser: Browser, page: TestResponse, action: str, **fields: str) -> TestResponse:
        """The form with this action, sent as the page has it, by the button with ``fields``."""
        for form in html.fromstring(page.text).xpath("//main//form"):
            names = {e.get("value") for e in form.xpath(".//button[@name]")}
            if form.get("action") == action and set(fields.values()) <= names | {None}:
                hidden = {e.get("name"): e.get("value") for e in form.xpath(".//input[@type='hidden']")}
                return browser.post(action, {**hidden, **fields})
        raise AssertionError(f"no form for {action} in {page.text}")

    def links_of(self, person: Person) -> list[str]:
        return [link.channel for link in self.services.linking.of_citizen(person.id)]

    def events(self, kind: str, person: Person | None = None) -> list[Any]:
        self.provider.drain()
        entries = self.provider.stores.audit.recent((person or self.zhang).id, limit=100)
        return [entry for entry in entries if entry.kind == kind]

    def exchanges(self, channel: str) -> int:
        """How many codes were sent to the upstream to be redeemed."""
        operation = {ALIPAY: "alipay.system.oauth.token", WECHAT: "oauth2_access_token"}[channel]
        return len(self.provider.sandbox.requests(operation))


def parameters_of(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


def text_of(page: TestResponse) -> str:
    return " ".join(html.fromstring(page.text).xpath("//main")[0].text_content().split())


@pytest.fixture
def provider(tmp_path: Path, _database_template: Path, fast_wire: Wire) -> Iterator[Provider]:
    with open_provider(tmp_path, _database_template, fast_wire, more=(ALIPAY, WECHAT)) as made:
        yield made


@pytest.fixture
def town(provider: Provider) -> Town:
    return Town(provider)


__all__ = ["PASSWORD", "Browser", "Town"]
