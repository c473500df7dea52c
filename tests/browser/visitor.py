"""A person at real Chromium, and what must hold for every page that they see."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, Response

from tests.browser.words import Words
from tests.examples.test_demo import Demo

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}
LOCALES = {"zh-CN": "zh-CN", "en": "en-US"}
# Every rule of axe but the experimental ones; WCAG 2.2 AA and the best practices alike.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PATIENCE = 20_000  # milliseconds; where every core is busy
_AXE = Axe()


class Visitor:
    """One browser profile. :meth:`look` judges the page; :meth:`leave` judges the whole visit."""

    def __init__(
        self, browser: Browser, demo: Demo, album: Path, *, language: str, size: dict[str, int], script: bool = True
    ) -> None:
        self.demo, self.words, self.size, self.script = demo, Words(language), size, script
        self.album = album
        self.context: BrowserContext = browser.new_context(
            viewport=size,
            locale=LOCALES[language],
            timezone_id="Asia/Shanghai",
            java_script_enabled=script,
            has_touch=size is PHONE,
            is_mobile=size is PHONE,
        )
        self.context.set_default_timeout(PATIENCE)
        self.troubles: list[str] = []
        self.documents: list[tuple[int, str]] = []
        self.refusals: set[int] = set()
        self.context.on("console", self._said)
        self.context.on("weberror", lambda error: self.troubles.append(f"script failed: {error.error}"))
        self.context.on("request", self._asked)
        self.context.on("requestfailed", self._failed)
        self.context.on("response", self._answered)
        self.page: Page = self.context.new_page()

    # ---- moving ---------------------------------------------------------------------------------------------------

    def go(self, place: str, path: str = "/") -> None:
        """Open an address; ``place`` is PROVIDER, SANDBOX, PORTAL_A or PORTAL_B."""
        self.page.goto(f"{self.demo.origin(place)}{path}")

    def at(self, place: str) -> bool:
        return self.page.url.startswith(f"{self.demo.origin(place)}/")

    def press(self, text: str) -> None:
        """Press a button by its accessible name, in the main part of the page."""
        self._one("button", text).click()

    def follow(self, text: str) -> None:
        self._one("link", text).click()

    def fill(self, name: str, text: str) -> None:
        """Fill in a field; it is found by its label, which must be there."""
        field = self.page.locator(f"main [name='{name}']")
        label = self.page.locator(f"label[for='{field.get_attribute('id')}']")
        assert label.inner_text().strip()
        field.fill(text)

    def shows(self, text: str) -> bool:
        return text in " ".join(self.page.locator("main").inner_text().split())

    @property
    def heading(self) -> str:
        return " ".join(self.page.locator("h1").inner_text().split())

    def code_for(self, mobile: str) -> str:
        """The newest code of a phone, read on the sandbox's inbox page in a second tab."""
        tab = self.context.new_page()
        try:
            tab.goto(f"{self.demo.origin('SANDBOX')}/sms/inbox/{mobile}")
            self.look("inbox", tab)
            newest = tab.locator("main li .text").first.inner_text()
        finally:
            tab.close()
        found = re.search(r"(?<!\d)\d{6}(?!\d)", newest)
        assert found, "no code in the newest text"
        return found[0]

    def until(self, shown: str) -> None:
        """Load the page again until a text is there: what one worker does is written down within a second or two."""
        for _ in range(40):
            if self.shows(shown):
                return
            self.page.wait_for_timeout(100)
            self.page.reload()
        raise AssertionError(f"never shown: {shown!r}; but: {self.page.locator('main').inner_text()[:800]}")

    def _one(self, role: Any, text: str) -> Locator:
        return self.page.locator("main").get_by_role(role, name=text, exact=True)

    # ---- judging --------------------------------------------------------------------------------------------------

    def look(self, name: str, page: Page | None = None) -> None:
        """What holds for every page: no violation, nothing beside a phone's screen or a desk's, and a title."""
        page = page or self.page
        page.screenshot(path=self.album / f"{len(list(self.album.iterdir())):02d}-{name}.png", full_page=True)
        with self._script_allowed(page):
            self._judge(name, page)
        assert page.title().strip()

    def _judge(self, name: str, page: Page) -> None:
        report = _AXE.run(page, options={"runOnly": RULES, "resultTypes": ["violations"]})
        assert report.violations_count == 0, f"{name} at {urlsplit(page.url).path}\n{report.generate_report()}"
        for size in (DESKTOP if self.size is PHONE else PHONE, self.size):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            wide, seen = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
            assert wide <= seen, f"{name} is {wide} pixels wide on a screen of {seen}"
            cut = page.evaluate(BESIDE)
            assert not cut, f"{name}: beside a screen of {seen}: {cut}"

    @contextlib.contextmanager
    def _script_allowed(self, page: Page) -> Iterator[None]:
        """The judge is a script. A browser without scripts gets its leave for the judge alone, on a page that is there."""
        if self.script:
            yield
            return
        tools = self.context.new_cdp_session(page)
        for disabled in (True, False):  # a session that never disabled has nothing to enable
            tools.send("Emulation.setScriptExecutionDisabled", {"value": disabled})
        yield
        tools.send("Emulation.setScriptExecutionDisabled", {"value": True})

    def refused(self, *statuses: int) -> None:
        """Answers of these statuses are expected from now on (Chromium notes them as errors of the console)."""
        self.refusals |= set(statuses)

    def forgive(self, part: str) -> None:
        """What went wrong on purpose: troubles with this in their text are none."""
        self.troubles = [each for each in self.troubles if part not in each]

    def leave(self) -> None:
        """The end of the visit. Raises for whatever went wrong on any page of it."""
        if not self.script:
            self.page.goto("data:text/html,<title>x</title><noscript>off</noscript>")
            assert self.page.locator("body").inner_text() == "off", "scripts ran on this visit"
        self.context.close()
        self.judge()

    def judge(self) -> None:
        """Raises when something went wrong on any page so far."""
        assert not self.troubles, "\n".join(self.troubles)

    def _said(self, message: ConsoleMessage) -> None:
        expected = any(f"status of {status} " in message.text for status in self.refusals)
        if message.type in {"error", "warning"} and not expected:
            self.troubles.append(f"console {message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme != "data" and parts.hostname != "127.0.0.1":
            self.troubles.append(f"a request left the machine: {parts.scheme}://{parts.hostname}")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the visitor was quicker than the page
            self.troubles.append(f"failed: {urlsplit(request.url).path}: {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.request.is_navigation_request():
            self.documents.append((response.status, response.url))
        elif response.status >= 400:
            self.troubles.append(f"{response.status} for {urlsplit(response.url).path}")


# Elements with text that stand, in part, beside the screen without a scroll bar of their own.
BESIDE = """() => [...document.querySelectorAll('body *')].filter(e => {
  if (!e.textContent.trim() || !e.checkVisibility()) return false;
  if (getComputedStyle(e).position === 'absolute' || e.closest('.unseen, .skip')) return false;
  for (let p = e; p; p = p.parentElement) if (/auto|scroll/.test(getComputedStyle(p).overflowX)) return false;
  const r = e.getBoundingClientRect();
  return r.width > 1 && (r.right > innerWidth + 1 || r.left < -1);
}).map(e => e.tagName + ': ' + e.textContent.trim().slice(0, 40)).slice(0, 5)"""
