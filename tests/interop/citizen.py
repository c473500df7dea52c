"""A citizen with a browser that knows HTTP, cookies and forms: walks between the provider and any portal."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import httpx
from lxml import html

NAME, PASSWORD = "zhangsan", "taishan-sunrise-1901"
SHOWN = "张三"
MOST_STEPS = 20
NOWHERE = ".example"


@dataclass(frozen=True)
class Page:
    """What the browser shows. At an address where nobody lives (``….example``) there is only the address."""

    status: int
    address: str
    text: str = field(repr=False)

    @cached_property
    def tree(self) -> Any:
        return html.fromstring(self.text)

    @property
    def nowhere(self) -> bool:
        return str(urlsplit(self.address).hostname).endswith(NOWHERE)

    @property
    def path(self) -> str:
        return urlsplit(self.address).path

    @property
    def says(self) -> str:
        """All that can be read."""
        return " ".join(self.tree.text_content().split())


class Citizen:
    """One browser of Zhang San."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.pages: list[Page] = []
        self._http = httpx.Client(
            headers={"Accept-Language": "en", "Accept": "text/html"},
            trust_env=False,
            timeout=30,
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_how: object) -> None:
        self._http.close()

    def open(self, address: str) -> Page:
        """Go there, and wherever one is sent."""
        return self._follow("GET", address)

    def submit(self, page: Page, form: Any, button: str = "", **filled: str) -> Page:
        """Send a form as it stands, filled in; of its buttons the one that says ``button``, or the first."""
        buttons = form.xpath(".//button[not(@type) or @type='submit'] | .//input[@type='submit']")
        pressed = next(b for b in buttons if button in f"{b.text_content()}{b.get('value') or ''}")
        entries = form.xpath(".//input[@name][not(@type='submit')][not(@type='radio' or @type='checkbox') or @checked]")
        fields = {e.get("name"): e.get("value") or "" for e in entries} | filled
        if pressed.get("name"):
            fields[pressed.get("name")] = pressed.get("value") or ""
        target = urljoin(page.address, pressed.get("formaction") or form.get("action") or "")
        if form.get("method", "get").lower() == "get":
            return self._follow("GET", str(httpx.URL(target).copy_merge_params(fields)))
        return self._follow("POST", target, fields)

    def press(self, page: Page, button: str, **filled: str) -> Page:
        """Press the button that says so, in whichever form it stands."""
        for form in page.tree.xpath("//form"):
            if any(button in b.text_content() for b in form.xpath(".//button")):
                return self.submit(page, form, button, **filled)
        raise AssertionError(f"no button {button!r} at {page.address}: {page.says[:600]}")

    def click(self, page: Page, text: str) -> Page:
        """Follow the link that says so."""
        found = [a.get("href") for a in page.tree.xpath("//a[@href]") if text in a.text_content()]
        assert found, f"no link {text!r} at {page.address}: {page.says[:600]}"
        return self.open(urljoin(page.address, found[0]))

    def answer(self, page: Page, **known: str) -> Page:
        """Answer what one page asks."""
        form = self._asked(page)
        assert form is not None, f"nothing is asked at {page.address}"
        names = {entry.get("name") for entry in form.xpath(".//input[@name]")}
        answers = {"username": NAME, "password": PASSWORD} | known
        return self.submit(page, form, **{name: answers[name] for name in answers.keys() & names})

    def walk(self, address: str, **known: str) -> Page:
        """Go there and do what the provider asks, sign in and agree, until one is at a portal again (or nowhere)."""
        return self.carry_on(self.open(address), **known)

    def carry_on(self, page: Page, **known: str) -> Page:
        """Do what the provider asks, from this page on. ``known``: what goes into fields besides name and password."""
        for _ in range(MOST_STEPS):
            if self._asked(page) is None:
                return page
            page = self.answer(page, **known)
        raise AssertionError(f"pages without end at {page.address}: {page.says[:600]}")

    def _asked(self, page: Page) -> Any:
        """What the provider wants to be answered: the first form of its page."""
        at_the_provider = page.address.startswith(f"{self.issuer}/") and page.status == 200
        if not at_the_provider or page.path.startswith("/account"):  # what stands there, nobody asks for
            return None
        forms = page.tree.xpath("//main//form[translate(@method,'POST','post')='post']")
        return forms[0] if forms else None

    def _follow(self, method: str, address: str, fields: dict[str, str] | None = None) -> Page:
        for _ in range(MOST_STEPS):
            if Page(0, address, "").nowhere:
                return self._keep(Page(0, address, ""))
            answer = self._http.request(method, address, data=fields)
            if answer.status_code not in {301, 302, 303, 307, 308}:
                return self._keep(Page(answer.status_code, str(answer.url), answer.text))
            if answer.status_code in {301, 302, 303}:
                method, fields = "GET", None
            address = urljoin(address, answer.headers["Location"])
        raise AssertionError(f"redirects without end at {address}")

    def _keep(self, page: Page) -> Page:
        self.pages.append(page)
        return page
