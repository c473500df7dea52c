"""What holds for every page, in both languages."""

import itertools
import re

import pytest
from lxml import html

from idp.web.pages import TABLE
from idp.web.pages.languages import CATALOGUES, load
from tests.web.pages.conftest import ERRORS, ONLY_REDIRECTS, PAGES, VARIANTS

CJK = re.compile("[\u4e00-\u9fff]")
ALL = sorted([*PAGES, *ERRORS])


def _open(walk, name, language="zh-CN"):
    if language != "zh-CN":
        walk.browser.submit(walk.get("/"), language=language)
    if name in PAGES:
        page, status = PAGES[name](walk), 200
    else:
        way, status = ERRORS[name]
        page = way(walk)
    assert page.status_code == status, page.text
    return page, html.fromstring(page.text)


def test_the_list_of_pages_is_complete():
    gets = {endpoint for method, _, endpoint, _ in TABLE if method == "GET"}
    assert gets - ONLY_REDIRECTS == set(PAGES) - VARIANTS


@pytest.mark.parametrize("name", ALL)
def test_a_page_is_whole_in_english_and_has_no_chinese(walk, name):
    page, tree = _open(walk, name, "en")
    assert tree.get("lang") == "en"
    for element in tree.xpath("//*[@lang='zh-CN']"):
        element.drop_tree()
    assert not CJK.search(tree.text_content().replace("张*", "")), page.text


@pytest.mark.parametrize("name", ALL)
def test_a_page_is_whole_in_chinese_and_has_no_english_sentence(walk, name):
    page, tree = _open(walk, name)
    assert tree.get("lang") == "zh-CN"
    text = " ".join(tree.text_content().split())
    catalogue = load(CATALOGUES / "zh_CN" / "LC_MESSAGES" / "messages.po")
    sentences = {str(m) for m in catalogue._catalog if isinstance(m, str) and len(m) > 12 and "%" not in m}
    assert not {each for each in sentences if each in text}, page.text


@pytest.mark.parametrize("name", ALL)
def test_a_page_holds_no_script_no_style_and_nothing_from_elsewhere(walk, name):
    page, tree = _open(walk, name)
    assert not tree.xpath("//script | //style | //*[@style] | //iframe | //object | //base")
    assert not [a for e in tree.iter() if isinstance(e.tag, str) for a in e.attrib if a.startswith("on")]
    assert all(
        src.startswith(("/assets/", "data:image/svg+xml;charset=utf-8,")) for src in tree.xpath("//@src | //link/@href")
    )
    assert "javascript:" not in page.text


@pytest.mark.parametrize("name", ALL)
def test_a_page_has_one_heading_a_title_a_skip_link_and_a_way_on(walk, name):
    _, tree = _open(walk, name)
    levels = [int(e.tag[1]) for e in tree.xpath("//h1 | //h2 | //h3")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert tree.findtext(".//title").strip().endswith("– 一号通")
    assert tree.xpath("//a[@class='skip']/@href") == ["#main"]
    assert tree.xpath("//main//a[@href] | //main//form")


@pytest.mark.parametrize("name", ALL)
def test_every_field_has_a_label_and_every_button_a_name(walk, name):
    _, tree = _open(walk, name)
    labelled = set(tree.xpath("//label/@for"))
    fields = tree.xpath("//input[not(@type='hidden')]")
    assert all(field.get("id") in labelled and field.get("autocomplete") for field in fields)
    assert all(button.text_content().strip() for button in tree.xpath("//button"))
    assert len(tree.xpath("//@id")) == len(set(tree.xpath("//@id")))


@pytest.mark.parametrize("name", ALL)
def test_every_page_carries_the_headers(walk, name):
    page, _ = _open(walk, name)
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'")
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["X-Frame-Options"] == "DENY"
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_every_error_page_says_the_word_in_its_title_and_leads_on(walk, name):
    _, tree = _open(walk, name)
    assert tree.findtext(".//title").strip().startswith("错误：")
    assert tree.xpath("//div[@class='ways-on']/a/@href")
    assert tree.xpath("//code/text()")


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
