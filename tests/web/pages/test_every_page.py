"""What holds for every page, in both languages."""

import pytest
from lxml import html

from idp.web.pages import TABLE
from tests.web.pages.conftest import ERRORS, ONLY_REDIRECTS, PAGES, VARIANTS
from tests.web.pages.judges import ERROR_PAGE, EVERY_PAGE, Seen, hear

LANGUAGES = ("zh-CN", "en")


def _in(walk, language):
    """The walk of a citizen who chose the language, where it is not the one that is given."""
    if language != "zh-CN":
        walk.browser.submit(walk.get("/"), language=language)
    return walk


def test_the_list_of_pages_is_complete():
    gets = {endpoint for method, _, endpoint, _ in TABLE if method == "GET"}
    assert gets - ONLY_REDIRECTS == set(PAGES) - VARIANTS


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(PAGES))
def test_every_judge_finds_a_page_without_fault(walk, name, language):
    page = PAGES[name](_in(walk, language))
    assert page.status_code == 200, page.text
    hear(Seen(page, language), EVERY_PAGE)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(ERRORS))
def test_every_judge_finds_an_error_page_without_fault(walk, name, language):
    way, status = ERRORS[name]
    page = way(_in(walk, language))
    assert page.status_code == status, page.text
    hear(Seen(page, language), ERROR_PAGE)


def test_only_journey_pages_may_post_towards_the_client(walk):
    assert "https://hall.example" in walk.authorize().headers["Content-Security-Policy"]
    assert "https://hall.example" not in walk.get("/").headers["Content-Security-Policy"]


def test_client_names_are_escaped_everywhere(walk):
    for name in ("show_sign_in", "show_consent"):
        page = PAGES[name](walk)
        assert "<b>" not in page.text
        assert "办事&lt;b&gt;大厅&lt;/b&gt;" in page.text


def test_assets_are_cacheable_and_everything_else_is_not(walk):
    address = html.fromstring(walk.get("/").text).xpath("//link[@rel='stylesheet']/@href")[0]
    with walk.get(address) as asset:
        assert asset.status_code == 200
        assert asset.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert walk.get("/assets/none.css").headers["Cache-Control"] == "no-store"


def test_large_type_is_a_class_on_the_root_and_stays(walk):
    page = walk.browser.submit(walk.get("/privacy"), elder="on")
    assert page.request.path == "/privacy"
    assert html.fromstring(walk.get("/").text).get("class") == "elder"
    page = walk.browser.submit(walk.get("/"), elder="off")
    assert html.fromstring(page.text).get("class") is None


@pytest.mark.parametrize(("header", "language"), [
    ("en-GB,en;q=0.9", "en"), ("zh-TW", "zh-CN"), ("fr", "zh-CN"), ("", "zh-CN"), ("zh-CN,en;q=0.5", "zh-CN"),
])  # fmt: skip
def test_the_browsers_language_is_followed(walk, header, language):
    page = walk.browser.get("/", headers={"Accept-Language": header})
    assert html.fromstring(page.text).get("lang") == language


def test_the_clients_language_wins_over_the_browsers_and_the_citizens_over_both(walk):
    assert html.fromstring(walk.authorize(ui_locales="en zh-CN").text).get("lang") == "en"
    walk.browser.submit(walk.browser.get("/", headers={"Accept-Language": "en"}), language="zh-CN")
    assert html.fromstring(walk.authorize(ui_locales="en").text).get("lang") == "zh-CN"
