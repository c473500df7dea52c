"""The officers' pages: plain HTML that works without script, labelled, and closed to what makes no sense."""

import re

import pytest
from lxml import html

from tests.adapters.counter import FIRST, SECOND, TYPED, Visit
from tests.adapters.rigs import World


def pages_of_a_visit() -> dict[str, str]:
    visit = Visit(World())
    client = visit.world.control
    found = {
        "officers": client.get("/counter/desk").text,
        "desk": client.get(f"/counter/desk/{FIRST}").text,
        "no such code": visit.post(code="0000-0000").text,
        "opened": visit.open().text,
        "no card": visit.read(condition="empty").text,
        "read": visit.read().text,
        "expired": visit.read(condition="expired").text,
        "refused": visit.vouch().text,
        "typed": visit.post("type", **TYPED).text,
        "waits": visit.vouch().text,
    }
    second = client.get(f"/counter/desk/{SECOND}")
    found["second desk"] = second.text
    found["second"] = visit.open(SECOND).text
    found["receipt"] = visit.post("confirm", SECOND, agrees="yes").text
    return found


PAGES = pages_of_a_visit()


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_plain_and_says_that_it_is_a_sandbox(name: str):
    page = html.document_fromstring(PAGES[name])
    assert "沙箱 SANDBOX" in page.text_content()
    assert not page.xpath("//script | //*[@style] | //*[starts-with(name(@*), 'on')]")
    assert len(page.xpath("//h1")) == 1
    assert page.xpath("//html/@lang") == ["zh-CN"]


@pytest.mark.parametrize("name", PAGES)
def test_every_field_has_a_label_and_every_form_posts(name: str):
    page = html.document_fromstring(PAGES[name])
    labelled = set(page.xpath("//label/@for"))
    fields = page.xpath("//input | //select")
    assert {field.get("id") for field in fields} <= labelled
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert all(form.get("method") == "post" and form.xpath(".//button") for form in page.xpath("//form"))


def test_a_refusal_is_announced_and_nothing_personal_is_in_an_address():
    assert html.document_fromstring(PAGES["refused"]).xpath("//*[@role='alert']")
    assert html.document_fromstring(PAGES["no such code"]).xpath("//*[@role='alert']")
    addresses = [a for page in PAGES.values() for a in html.document_fromstring(page).xpath("//@href | //@action")]
    assert addresses
    assert not [a for a in addresses if re.search(r"\d{17}|[^\x00-\x7f]", a)]


def test_the_receipt_names_its_number_and_both_officers():
    assert "C-20250101-0001" in PAGES["receipt"]
    assert "赵六" in PAGES["receipt"]
    assert "复核员甲" in PAGES["receipt"]


def test_the_frames_are_there_for_whoever_is_curious():
    assert "AA AA AA 96 69 00 03 30 01 32" in PAGES["read"]
    assert "(1295 B)" in PAGES["read"]


def test_the_browser_may_send_the_forms():
    policy = World().control.get("/counter/desk").headers["Content-Security-Policy"]
    assert "form-action 'self'" in policy
    assert "script-src" not in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize("path", ["/counter/desk/W-9", f"/counter/desk/{FIRST}/{'0' * 32}"])
def test_an_unknown_officer_or_case_is_not_found(path: str):
    assert World().control.get(path).status_code == 404


def test_a_step_that_does_not_exist_is_not_found():
    visit = Visit(World())
    visit.open()
    assert visit.post("steal").status_code == 404


@pytest.mark.parametrize(
    ("step", "form"),
    [
        ("read", {}),
        ("read", {"card": "nobody"}),
        ("read", {"card": "zhang_san", "condition": "odd"}),
        ("decide", {}),
        ("decide", {"decision": "vouched", "officer_states": "yes", "citizen_confirms": "yes"}),
        ("confirm", {}),
        ("confirm", {"agrees": "yes"}),
        ("register", {}),
    ],
)
def test_a_form_out_of_turn_changes_nothing(step: str, form: dict):
    visit = Visit(World())
    visit.open()
    before = visit.poll()
    assert visit.post(step, **form).status_code == 409
    assert visit.poll() == before


def test_a_decision_that_does_not_exist_is_refused():
    visit = Visit(World())
    visit.open()
    visit.read()
    assert visit.post("decide", decision="maybe").status_code == 409
