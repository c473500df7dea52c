"""A terminal's code, a call's request, and the number that stands there: typed by citizens in real Chromium."""

import pytest

from idp.domain.client import Ciba, ConsentPolicy
from tests.browser.place import open_place, password, visits
from tests.browser.road import tab_to
from tests.browser.test_steps_of_a_channel import VIEWS
from tests.browser.visitor import DESKTOP, PHONE
from tests.decoupled import Hotline, Terminal, other_number

HALL = "济南市政务服务中心一层 3 号自助机"


@pytest.fixture
def place(tmp_path, _database_template, fast_wire):
    with open_place(tmp_path, _database_template, fast_wire) as made:
        yield made


@pytest.fixture
def visit(place, chromium, tmp_path):
    with visits(chromium, place, tmp_path) as begin:
        yield begin


@VIEWS
def test_a_terminals_code_is_typed_compared_and_approved(visit, place, language, size):
    person, terminal = place.provider.citizen(), Terminal(place.provider, place.party(consent=ConsentPolicy.EXPLICIT))
    terminal.begin(terminal=HALL)
    visitor = visit(language=language, size=size)
    words = visitor.words
    visitor.go("PROVIDER", "/device")
    visitor.look("device")
    visitor.refused(422)
    visitor.fill("user_code", "1234 5678 9012")
    visitor.press(words("Go on"))
    visitor.look("device-wrong")
    visitor.fill("user_code", terminal.shown["user_code"])
    visitor.press(words("Go on"))
    visitor.look("sign-in-for-the-terminal")
    password(visitor, person)
    assert visitor.shows(HALL)
    visitor.look("approve-terminal")
    visitor.refused(422, 400)
    visitor.fill("match", other_number(terminal.shown["match_number"]))
    visitor.press(words("The number is the same: approve"))
    visitor.look("approve-wrong-number")
    visitor.fill("match", terminal.shown["match_number"])
    visitor.press(words("The number is the same: approve"))
    visitor.look("consent-for-the-terminal")
    visitor.press(words("Agree and go on"))
    assert visitor.heading == words("Go on at the terminal")
    visitor.look("device-approved")
    assert terminal.poll().status_code == 200


@VIEWS
def test_a_calls_request_is_found_compared_and_approved(visit, place, language, size):
    person = place.provider.citizen()
    hotline = Hotline(place.provider, place.party(ciba=Ciba()))
    visitor = visit(language=language, size=size)
    words = visitor.words
    visitor.go("PROVIDER", "/account")
    password(visitor, person)
    visitor.go("PROVIDER", "/account/requests")
    visitor.look("no-requests")
    hotline.begin(person.mobile, binding_message="12345 热线：补发社保卡（工单 7788）")
    visitor.go("PROVIDER", "/account")
    visitor.look("account-with-a-request")
    visitor.follow(words("Look at it"))
    visitor.look("requests")
    visitor.press(words("Look at it: %(name)s", name=place.provider.registry.get("hall").label(language)))
    visitor.look("approve-call")
    visitor.fill("match", hotline.told["match_number"])
    visitor.press(words("The number is the same: approve"))
    assert visitor.shows(words("You approved it. The call goes on."))
    visitor.look("approved-call")
    assert hotline.poll().status_code == 200


@VIEWS
def test_whoever_did_not_ask_refuses(visit, place, language, size):
    person, terminal = place.provider.citizen(), Terminal(place.provider, place.party())
    terminal.begin(terminal=HALL)
    visitor = visit(language=language, size=size)
    words = visitor.words
    visitor.go("PROVIDER", f"/device?user_code={terminal.shown['user_code']}")
    visitor.look("device-filled-in")
    visitor.press(words("Go on"))
    password(visitor, person)
    approve = visitor.page.url
    visitor.press(words("Refuse"))
    assert visitor.heading == words("Refused")
    visitor.look("device-refused")
    assert terminal.error() == "access_denied"
    visitor.refused(410)
    visitor.page.goto(approve)
    visitor.look("request-is-over")


def test_the_keyboard_alone_approves(visit, place):
    person, terminal = place.provider.citizen(), Terminal(place.provider, place.party())
    terminal.begin(terminal=HALL)
    visitor = visit(language="zh-CN", size=DESKTOP, script=True)
    words, page = visitor.words, visitor.page
    visitor.go("PROVIDER", "/device")
    tab_to(visitor, name="user_code")
    page.keyboard.type(terminal.shown["user_code"])
    with page.expect_navigation():
        page.keyboard.press("Enter")
    password(visitor, person)
    tab_to(visitor, name="match")
    page.keyboard.type(terminal.shown["match_number"])
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert visitor.heading == words("Go on at the terminal")


def test_in_large_type_nothing_stands_beside_the_screen(visit, place):
    person, terminal = place.provider.citizen(), Terminal(place.provider, place.party())
    terminal.begin(terminal=HALL)
    visitor = visit(language="zh-CN", size=PHONE)
    words = visitor.words
    visitor.go("PROVIDER", "/device")
    visitor.page.get_by_role("button", name=words("Large type"), exact=True).click()
    visitor.look("device-in-large-type")
    visitor.fill("user_code", terminal.shown["user_code"])
    visitor.press(words("Go on"))
    password(visitor, person)
    visitor.look("approve-in-large-type")
