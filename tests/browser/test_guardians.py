"""A child's account and its guardian's: the code, what it is agreed to, and its end, in real Chromium."""

import pytest

from tests.browser.place import open_place, password, visits
from tests.browser.road import tab_to
from tests.browser.test_steps_of_a_channel import VIEWS
from tests.browser.visitor import DESKTOP, Visitor
from tests.provider import Person


@pytest.fixture
def place(tmp_path, _database_template, fast_wire):
    with open_place(tmp_path, _database_template, fast_wire) as made:
        yield made


@pytest.fixture
def visit(place, chromium, tmp_path):
    with visits(chromium, place, tmp_path) as begin:
        yield begin


@pytest.fixture
def family(place, person) -> tuple[Person, Person]:
    """A mother of level 2, and a child of five."""
    child = person("minor")
    mother = place.provider.citizen(1)
    place.provider.possesses(mother)
    return mother, place.provider.citizen(2, name=child.name, id_number=child.id_number)


def page_of(visitor: Visitor, who: Person) -> None:
    visitor.go("PROVIDER", "/account")
    password(visitor, who)
    visitor.look("account")
    visitor.follow(visitor.words("Guardians and children"))


@VIEWS
def test_a_guardian_agrees_for_a_child_by_the_code_it_shows_and_either_ends_it(visit, family, language, size):
    mother, child = (visit(language=language, size=size) for _ in range(2))
    words = mother.words
    page_of(child, family[1])
    child.look("child")
    child.press(words("Show a code for my guardian"))
    child.look("code")
    code = child.page.locator("main .match strong").inner_text()
    mother.refused(422)
    page_of(mother, family[0])
    mother.look("guardian")
    mother.fill("guardian_code", "12345")
    mother.press(words("Go on"))
    mother.look("refused")
    mother.fill("guardian_code", code)
    mother.press(words("Go on"))
    mother.look("agree")
    mother.press(words("I am the guardian, and I agree"))
    assert mother.shows(words("You have agreed. The child can use these checks now."))
    mother.look("agreed")
    mother.follow(words("Guardians and children"))
    mother.look("wards")
    child.go("PROVIDER", "/account/guardian")
    child.look("guardians-of-the-child")
    child.press(words("End this"))
    child.look("ended")
    assert child.shows(words("The agreement is ended."))


def test_who_cannot_be_a_guardian_is_told_why(visit, place):
    visitor = visit(language="zh-CN", size=DESKTOP)
    visitor.go("PROVIDER", "/account")
    password(visitor, place.provider.citizen())
    visitor.go("PROVIDER", "/account/guardian")
    visitor.look("not-a-guardian")
    assert visitor.page.locator("main input[name='guardian_code']").count() == 0


def test_the_keyboard_alone_agrees_for_a_child(visit, family):
    child, mother = (visit(language="en", size=DESKTOP, script=True) for _ in range(2))
    page, keys, words = mother.page, mother.page.keyboard, mother.words
    page_of(child, family[1])
    child.press(words("Show a code for my guardian"))
    page_of(mother, family[0])
    mother.refused(422)
    for code in ("0000000000", child.page.locator("main .match strong").inner_text()):
        tab_to(mother, name="guardian_code")
        keys.press("Control+A")
        keys.type(code)
        with page.expect_navigation():
            keys.press("Enter")
        if code == "0000000000":
            assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    tab_to(mother, text=words("I am the guardian, and I agree"))
    with page.expect_navigation():
        keys.press("Enter")
    assert mother.shows(words("You have agreed. The child can use these checks now."))
