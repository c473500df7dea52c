"""For whom the citizen acts, in real Chromium without scripts: the choice, the register's page, consent and account."""

from pathlib import Path

import pytest

from adapters.sandbox.credentials import registry_settings
from idp.domain.client import ConsentPolicy
from idp.stores.redis.wire import Wire
from tests.adapters.registry import TEST_COMPANY
from tests.adapters.rigs import SANDBOX
from tests.browser.place import ask, choose, open_place, password, visits
from tests.browser.visitor import DESKTOP, PHONE

VIEWS = pytest.mark.parametrize(
    ("language", "size"),
    [
        pytest.param("zh-CN", PHONE, id="phone-chinese"),
        pytest.param("en", PHONE, id="phone-english"),
        pytest.param("zh-CN", DESKTOP, id="desktop-chinese"),
        pytest.param("en", DESKTOP, id="desktop-english"),
    ],
)


@pytest.fixture
def place(tmp_path: Path, _database_template: Path, fast_wire: Wire):
    settings = {"business_registry": registry_settings("four_elements", SANDBOX)}
    with open_place(tmp_path, _database_template, fast_wire, more=["business_registry"], changes=settings) as made:
        yield made


@pytest.fixture
def visit(chromium, place, tmp_path):
    with visits(chromium, place, tmp_path) as begin:
        yield begin


@VIEWS
def test_a_representative_proves_an_organisation_and_acts_for_it(place, visit, language, size):
    visitor = visit(language=language, size=size)
    words, page = visitor.words, visitor.page
    person = place.provider.citizen(name="钱大", id_number="37010219040404001X")
    place.provider.possesses(person)
    party = place.party(consent=ConsentPolicy.EXPLICIT)
    ask(visitor, party, scope="openid legal_person")
    password(visitor, person)
    assert visitor.heading == words("For whom do you act?")
    visitor.look("nobody-yet")
    choose(visitor, "business_registry")
    visitor.look("register")
    visitor.fill("organisation_name", "山东试测科技有限公司")
    visitor.fill("credit_code", TEST_COMPANY["credit_code"])
    visitor.press(words("Check"))
    visitor.look("not-confirmed")
    assert "ID number" not in page.locator("main .summary").inner_text()
    visitor.follow(words("Back to the choice for whom you act"))
    choose(visitor, "business_registry")
    for name, text in TEST_COMPANY.items():
        visitor.fill(name, text)
    visitor.press(words("Check"))
    assert visitor.shows(TEST_COMPANY["organisation_name"])
    visitor.look("consent")
    visitor.press(words("Agree and go on"))
    assert visitor.at("PORTAL_A")

    place.provider.clock.advance(1)
    ask(visitor, party, scope="openid legal_person", prompt="select_account")
    page.locator("button[value='continue']").click()
    visitor.look("choice")
    page.locator("button.way").click()
    assert visitor.at("PORTAL_A")

    visitor.go("PROVIDER", "/account")
    visitor.look("account")
    page.locator("section[aria-labelledby='organisations'] a").click()
    visitor.look("remove")
    visitor.press(words("Remove"))
    visitor.look("account-without")
    visitor.press(words("Prove an organisation"))
    assert visitor.heading == words("Prove that you act for an organisation")
    visitor.look("from-the-account")
    visitor.press(words("Back to my account"))
    assert page.url.endswith("/account")


@VIEWS
def test_a_portal_that_insists_is_left_by_who_acts_for_nobody(place, visit, language, size):
    visitor = visit(language=language, size=size)
    person = place.provider.citizen(name="钱大", id_number="37010219040404001X")
    place.provider.possesses(person)
    claims = '{"userinfo": {"urn:yihaotong:claims:legal_person": {"essential": true}}}'
    ask(visitor, place.party(), claims=claims)
    password(visitor, person)
    visitor.look("insists")
    visitor.press(visitor.words("Go back and tell the portal"))
    assert visitor.at("PORTAL_A")
