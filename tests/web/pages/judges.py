"""What holds for every page: a judge for each aspect, who looks at a page that was opened once and names its faults.

``hear`` asks them all, so that of a page with two faults both are told at once.
"""

import functools
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from lxml import html

from idp.web.pages.languages import CATALOGUES, load

CJK: Final = re.compile("[\u4e00-\u9fff]")
TITLE_ENDS: Final = {"zh-CN": "– 一号通", "en": "– Yihaotong"}
ERROR_BEGINS: Final = {"zh-CN": "错误：", "en": "Error: "}
OURS: Final = ("/assets/", "data:image/svg+xml;charset=utf-8,")
POLICY: Final = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'"
HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}


@dataclass(frozen=True)
class Seen:
    """A page as it was answered, in the ``language`` it was asked for."""

    page: Any
    language: str

    @functools.cached_property
    def tree(self) -> Any:
        """To be looked at, and left as it is."""
        return html.fromstring(self.page.text)

    @property
    def title(self) -> str:
        return str(self.tree.findtext(".//title")).strip()


Judge: TypeAlias = Callable[[Seen], Iterator[str]]


def hear(seen: Seen, judges: Sequence[Judge]) -> None:
    """Ask them all. Raises AssertionError with everything that is wrong, each with the aspect it offends."""
    faults = [f"{judge.__name__}: {fault}" for judge in judges for fault in judge(seen)]
    assert not faults, "\n".join([f"{len(faults)} faults of {seen.page.request.path}", *faults, seen.page.text])


@functools.cache
def _english() -> frozenset[str]:
    """The sentences of the source that are long enough to be no name."""
    catalogue = load(CATALOGUES / "zh_CN" / "LC_MESSAGES" / "messages.po")
    return frozenset(m for m in catalogue._catalog if isinstance(m, str) and len(m) > 12 and "%" not in m)


def is_whole_in_its_language(seen: Seen) -> Iterator[str]:
    """No Chinese on an English page, except what says of itself that it is; no English sentence on a Chinese one."""
    if seen.tree.get("lang") != seen.language:
        yield f"says that it is in {seen.tree.get('lang')!r}"
    if seen.language == "en":
        tree = html.fromstring(seen.page.text)
        for element in tree.xpath("//*[@lang='zh-CN']"):
            element.drop_tree()
        for line in tree.text_content().replace("张*", "").splitlines():
            if CJK.search(line):
                yield f"Chinese: {line.strip()}"
    else:
        text = " ".join(seen.tree.text_content().split())
        yield from (f"English: {each}" for each in sorted(_english()) if each in text)


def holds_no_script(seen: Seen) -> Iterator[str]:
    yield from (f"<{each.tag}>" for each in seen.tree.xpath("//script"))
    if "javascript:" in seen.page.text:
        yield "javascript:"


def holds_no_style_and_no_handler(seen: Seen) -> Iterator[str]:
    yield from (f"<{each.tag}>" for each in seen.tree.xpath("//style | //*[@style] | //iframe | //object | //base"))
    elements = [each for each in seen.tree.iter() if isinstance(each.tag, str)]
    yield from (name for each in elements for name in each.attrib if name.startswith("on"))


def holds_nothing_from_elsewhere(seen: Seen) -> Iterator[str]:
    yield from (source for source in seen.tree.xpath("//@src | //link/@href") if not source.startswith(OURS))


def has_one_heading_in_good_order(seen: Seen) -> Iterator[str]:
    levels = [int(each.tag[1]) for each in seen.tree.xpath("//h1 | //h2 | //h3")]
    if levels[:1] != [1] or levels.count(1) != 1:
        yield f"headings {levels}"
    if any(after - before > 1 for before, after in itertools.pairwise(levels)):
        yield f"a heading is left out: {levels}"


def has_a_title_a_skip_link_and_a_way_on(seen: Seen) -> Iterator[str]:
    if not seen.title.endswith(TITLE_ENDS[seen.language]):
        yield f"title {seen.title!r}"
    if seen.tree.xpath("//a[@class='skip']/@href") != ["#main"]:
        yield "no skip link"
    if not seen.tree.xpath("//main//a[@href] | //main//form"):
        yield "no way on"


def has_a_label_for_every_field_and_a_name_for_every_button(seen: Seen) -> Iterator[str]:
    labelled = set(seen.tree.xpath("//label/@for"))
    for field in seen.tree.xpath("//input[not(@type='hidden')]"):
        if field.get("id") not in labelled:
            yield f"no label for {field.get('name')!r}"
        if not field.get("autocomplete"):
            yield f"no autocomplete on {field.get('name')!r}"
    yield from ("a button without a name" for each in seen.tree.xpath("//button") if not each.text_content().strip())
    ids = seen.tree.xpath("//@id")
    yield from (f"id {each!r} twice" for each in set(ids) if ids.count(each) > 1)


def carries_the_headers(seen: Seen) -> Iterator[str]:
    headers = seen.page.headers
    policy = headers.get("Content-Security-Policy", "")
    if not policy.startswith(POLICY) or "frame-ancestors 'none'" not in policy or "base-uri 'none'" not in policy:
        yield f"Content-Security-Policy: {policy}"
    yield from (f"{name}: {headers.get(name)}" for name, value in HEADERS.items() if headers.get(name) != value)
    if not headers.get("Strict-Transport-Security", "").startswith("max-age=31536000"):
        yield f"Strict-Transport-Security: {headers.get('Strict-Transport-Security')}"


def says_error_in_its_title_and_leads_on(seen: Seen) -> Iterator[str]:
    if not seen.title.startswith(ERROR_BEGINS[seen.language]):
        yield f"title {seen.title!r}"
    if not seen.tree.xpath("//div[@class='ways-on']/a/@href"):
        yield "no ways on"
    if not seen.tree.xpath("//code/text()"):
        yield "no number of the error"


WITH_A_SCRIPT: Final[tuple[Judge, ...]] = (
    is_whole_in_its_language,
    holds_no_style_and_no_handler,
    holds_nothing_from_elsewhere,
    has_one_heading_in_good_order,
    has_a_title_a_skip_link_and_a_way_on,
    has_a_label_for_every_field_and_a_name_for_every_button,
    carries_the_headers,
)
EVERY_PAGE: Final[tuple[Judge, ...]] = (holds_no_script, *WITH_A_SCRIPT)
ERROR_PAGE: Final[tuple[Judge, ...]] = (says_error_in_its_title_and_leads_on, *EVERY_PAGE)
