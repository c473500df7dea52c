"""A PC without a camera and a phone that lends it one: two browsers, one code, one number."""

import re

import pytest
from playwright.sync_api import expect

from idp.domain.capturing import Shown
from tests.adapters.judge import blurred, jpeg
from tests.browser.place import visits
from tests.browser.test_camera import (  # noqa: F401  fixtures
    at_the_portal,
    before_the_camera,
    faces_of,
    judge,
    open_the_camera,
    place,
    seeing,
    to_the_camera,
)
from tests.browser.visitor import DESKTOP, PHONE

LANGUAGES = pytest.mark.parametrize("language", ["zh-CN", "en"])


@pytest.fixture
def two(place, seeing, chromium, tmp_path):  # noqa: F811  fixtures
    """A PC on which no script runs, and a phone: ``two(language)``. They share nothing."""
    for name in ("pc", "phone"):
        (tmp_path / name).mkdir()
    with (
        visits(chromium, place, tmp_path / "pc") as at_pc,
        visits(seeing, place, tmp_path / "phone") as at_phone,
    ):
        yield lambda language="zh-CN": (
            at_pc(script=False, language=language, size=DESKTOP),
            at_phone(script=True, language=language, size=PHONE),
        )


def hand_over(pc, place):  # noqa: F811
    """From the camera's page to the code; its address and its number."""
    to_the_camera(pc, place)
    pc.press(pc.words("Go on with my phone"))
    return code_of(pc, place)


def code_of(pc, place):  # noqa: F811
    """What the code and the page beside it say."""
    [(journey, token)] = [
        (each.attempt_id, each.token)
        for each in [place.provider.app.extensions["yihaotong"].handovers.offered(attempt_of(pc, place))]
    ]
    assert journey
    number = pc.page.locator(".match strong").inner_text()
    return f"/face/{token}", number


def attempt_of(pc, place):  # noqa: F811
    """The attempt of the journey that the PC is on."""
    found = re.search(r"/journey/([^/]+)/", pc.page.url)
    services = place.provider.app.extensions["yihaotong"]
    kept = services.conductor.journeys.read(found[1], now=services.clock.now())
    return kept.value["attempt_id"]


@LANGUAGES
def test_the_phone_lends_its_camera_and_the_pc_goes_on_by_itself(two, place, judge, language):  # noqa: F811
    pc, phone = two(language)
    words = phone.words
    address, number = hand_over(pc, place)
    pc.look("code")
    phone.refused(400)
    phone.go("PROVIDER", address)
    phone.look("number")
    portal = {"zh-CN": "办事大厅", "en": "Service hall"}[language]
    assert phone.shows(
        words("It is for %(portal)s. Whoever passes it goes on there, on that computer, as you.", portal=portal)
    )
    phone.fill("match", f"{(int(number) + 1) % 100:02d}")
    phone.press(words("Go on"))
    phone.look("wrong-number")
    phone.fill("match", number)
    phone.press(words("Go on"))
    before_the_camera(phone)
    phone.look("phone-before")
    assert not re.search(r"张三|3701|1990000", phone.page.locator("main").inner_text())
    pc.page.get_by_text(words("Your phone is connected. Please go on there.")).wait_for()
    pc.look("joined")
    open_the_camera(phone)
    phone.page.get_by_role("heading", name=words("Finished on this phone")).wait_for()
    phone.look("phone-done")
    at_the_portal(pc, place)
    assert len(faces_of(place)) == 1


def test_bad_pictures_are_told_on_the_phone_and_a_refusal_on_the_pc(two, place, judge):  # noqa: F811
    pc, phone = two("zh-CN")
    words = phone.words
    address, number = hand_over(pc, place)
    phone.go("PROVIDER", address)
    phone.fill("match", number)
    phone.press(words("Go on"))
    before_the_camera(phone)
    judge.sees = blurred()
    open_the_camera(phone)
    phone.page.get_by_role("heading", name=words("It could not be seen well enough")).wait_for()
    judge.sees = jpeg("zhang_san", live=False)
    open_the_camera(phone)
    phone.page.get_by_role("heading", name=words("Finished on this phone")).wait_for()
    pc.page.get_by_role("heading", name=words("Not confirmed")).wait_for()
    pc.look("refused")
    phone.refused(410)
    phone.go("PROVIDER", address)
    assert phone.shows(words("This code is over"))
    phone.look("over")


def test_another_browser_and_an_older_code_get_nowhere(two, place):  # noqa: F811
    pc, phone = two("en")
    phone.refused(410)
    pc.refused(410)
    older, _number = hand_over(pc, place)
    pc.press("Make a new code")
    address, number = code_of(pc, place)
    phone.go("PROVIDER", older)
    assert phone.shows("This code is over")
    phone.go("PROVIDER", address)
    phone.fill("match", number)
    phone.press("Go on")
    before_the_camera(phone)
    pc.page.goto(f"{place.origin('PROVIDER')}{address}")  # the same address, in a browser that typed no number
    assert pc.shows("This code is over")


def test_a_code_that_is_too_old_is_made_anew(two, place):  # noqa: F811
    pc, phone = two("zh-CN")
    phone.refused(410)
    address, _number = hand_over(pc, place)
    place.provider.clock.advance(301)
    pc.page.get_by_text(pc.words("The code is too old now. Nothing was used up.")).wait_for()
    pc.look("too-old")
    phone.go("PROVIDER", address)
    assert phone.shows(phone.words("This code is over"))
    pc.press(pc.words("Make a new code"))
    assert code_of(pc, place)[0] != address


def test_a_code_begun_anew_stops_the_phone_that_had_the_older_one(two, place, judge):  # noqa: F811
    pc, phone = two("en")
    address, number = hand_over(pc, place)
    phone.refused(409, 410)
    phone.go("PROVIDER", address)
    phone.fill("match", number)
    phone.press("Go on")
    before_the_camera(phone)
    judge.tells = Shown(None, None, None, 0, 2)
    open_the_camera(phone)
    expect(phone.page.locator("dialog .instruction")).to_have_text("Look straight into the camera and hold still")
    pc.press("Make a new code")
    phone.page.get_by_role("heading", name="This code is over").wait_for()
    phone.forgive("409 for /face/")
