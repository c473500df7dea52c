"""A citizen's browser over real HTTP: cookies, redirects inside the provider, forms as they stand on the page."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx
from lxml import html

MOST_REDIRECTS = 10


@dataclass(frozen=True)
class Page:
    """What the browser shows, or the address at a relying party to which it was sent (``left_for``)."""

    status: int
    address: str
    text: str = field(repr=False)
    headers: httpx.Headers = field(repr=False)
    left_for: str | None = None

    @cached_property
    def tree(self) -> Any:
        return html.fromstring(self.text)

    @property
    def path(self) -> str:
        return urlsplit(self.address).path

    @property
    def step(self) -> str:
        """The address below the journey, or the whole path outside one."""
        parts = self.path.split("/", 3)
        return parts[3] if parts[1] == "journey" and len(parts) == 4 else self.path

    @property
    def journey(self) -> str:
        """``/journey/<id>``."""
        return "/".join(self.path.split("/")[:3])

    @property
    def heading(self) -> str:
        return " ".join(self.tree.findtext(".//h1").split())

    @property
    def main(self) -> str:
        """What can be read between header and footer."""
        return " ".join(self.tree.xpath("//main")[0].text_content().split())

    @property
    def alerts(self) -> str:
        return " ".join(" ".join(e.text_content().split()) for e in self.tree.xpath("//*[@role='alert']"))

    def value(self, name: str) -> str:
        """What stands in a field."""
        (entry,) = self.tree.xpath(f"//main//input[@name='{name}']")
        return entry.get("value", "")

    def error_of(self, name: str) -> str:
        """The sentence beside a field, found the way a screen reader finds it."""
        (entry,) = self.tree.xpath(f"//main//input[@name='{name}']")
        assert entry.get("aria-invalid") == "true"
        ids = entry.get("aria-describedby").split()
        texts = [" ".join(self.tree.get_element_by_id(i).text_content().split()) for i in ids if i.endswith("-error")]
        return " ".join(texts)

    def link(self, text: str) -> str:
        """The address of the link with this text in the page's main part."""
        found = [a.get("href") for a in self.tree.xpath("//main//a[@href]") if text in a.text_content()]
        assert found, f"no link {text!r} in: {self.main[:600]}"
        return found[0]


class Surfer:
    """One browser. ``language`` is what its owner reads."""

    def __init__(self, issuer: str, language: str = "zh-CN") -> None:
        self.issuer = issuer
        self.http = httpx.Client(
            base_url=issuer, headers={"Accept-Language": language}, follow_redirects=False, trust_env=False, timeout=20
        )

    def close(self) -> None:
        self.http.close()

    def get(self, address: str) -> Page:
        return self._follow(self.http.get(address))

    def post(self, address: str, data: dict[str, str]) -> Page:
        return self._follow(self.http.post(address, data=data))

    def submit(self, page: Page, **fields: str) -> Page:
        """Fill in the form that has these fields; its hidden fields go along, as in a browser."""
        form = _form_with(page, set(fields))
        assert form.get("method", "").lower() == "post"
        hidden = {e.get("name"): e.get("value") or "" for e in form.xpath(".//input[@type='hidden']")}
        return self.post(urljoin(page.address, form.get("action") or ""), {**hidden, **fields})

    def press(self, page: Page, text: str) -> Page:
        """Press a button by what stands on it, with everything else of its form as the page has it."""
        buttons = [b for b in page.tree.xpath("//main//form//button") if text in b.text_content()]
        assert buttons, f"no button {text!r} in: {page.main[:600]}"
        form = buttons[0].getparent()
        while form.tag != "form":
            form = form.getparent()
        fields = {e.get("name"): e.get("value") or "" for e in form.xpath(".//input[@name]")}
        if buttons[0].get("name"):
            fields[buttons[0].get("name")] = buttons[0].get("value") or ""
        return self.post(urljoin(page.address, form.get("action") or ""), fields)

    def click(self, page: Page, text: str) -> Page:
        return self.get(urljoin(page.address, page.link(text)))

    def cookie(self, name: str) -> str | None:
        return next((c.value for c in self.http.cookies.jar if c.name == name), None)

    def drop_cookies(self) -> None:
        self.http.cookies.clear()

    def _follow(self, response: httpx.Response) -> Page:
        for _ in range(MOST_REDIRECTS):
            location = response.headers.get("Location")
            if response.status_code not in {301, 302, 303, 307, 308} or location is None:
                return Page(response.status_code, str(response.url), response.text, response.headers)
            assert response.status_code == 303, "a form would be sent again"
            target = urljoin(str(response.url), location)
            if not target.startswith(f"{self.issuer}/"):
                return Page(response.status_code, str(response.url), "", response.headers, left_for=target)
            response = self.http.get(target)
        raise AssertionError("redirects without end")


def _form_with(page: Page, names: set[str]) -> Any:
    for form in page.tree.xpath("//form"):
        if names <= {e.get("name") for e in form.xpath(".//input[@name] | .//button[@name]")}:
            return form
    raise AssertionError(f"no form with {sorted(names)} at {page.path}: {page.main[:600]}")


def query_of(address: str | None) -> dict[str, str]:
    """The parameters at a relying party; no one may stand twice (RFC 6749 section 3.1)."""
    assert address is not None, "the browser is still at the provider"
    pairs = parse_qsl(urlsplit(address).query, keep_blank_values=True, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)
