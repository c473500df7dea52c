"""The face scan as it is: recorded people before Chromium's camera, real pictures, the real judge, the police's answer."""

from contextlib import ExitStack

import numpy as np
import pytest

from idp.domain.capturing import Live, Movement, NotLive
from liveness import faces
from tests.browser.place import open_place, visits
from tests.browser.recorded_camera import WatchedJudge, film
from tests.browser.test_camera import FACE, at_the_portal, faces_of, open_the_camera, to_the_camera
from tests.browser.test_camera import before_the_camera as before_the_button
from tests.browser.visitor import PHONE

MOVEMENTS = (Movement.TURN_LEFT, Movement.OPEN_MOUTH, Movement.TURN_RIGHT, Movement.OPEN_MOUTH)
PERSON = "rendered/live_p03_2.zip"
TRIES = 3
PATIENCE = 60_000  # milliseconds: a film lasts twenty seconds


def distance(first: bytes, second: bytes) -> float:
    return float(np.linalg.norm(faces.portrait(first) - faces.portrait(second)))


@pytest.fixture
def judge():
    return WatchedJudge(MOVEMENTS)


@pytest.fixture
def place(tmp_path, _database_template, fast_wire, judge):
    plain = {FACE: {"allow_plain_http": "true"}}
    more = (FACE, "counter_verify")
    with open_place(tmp_path, _database_template, fast_wire, more=more, judge=judge, changes=plain) as made:
        house = made.provider.sandbox.app.extensions["sandbox"]
        house.portraits.distance = distance
        yield made


@pytest.fixture
def before_the_camera(chromiums, place, tmp_path):
    """Begin a visit with a film for a camera: ``before_the_camera(still=False)``."""

    def begin(*, still: bool):
        reel = film(tmp_path / "person.mjpeg", PERSON, MOVEMENTS, still=still)
        arguments = (
            "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-video-capture={reel}",
        )  # fmt: skip
        browser = opened.enter_context(chromiums.alone(*arguments))
        visitor = opened.enter_context(visits(browser, place, tmp_path))(script=True, language="zh-CN", size=PHONE)
        visitor.page.set_default_timeout(PATIENCE)
        to_the_camera(visitor, place)
        open_the_camera(visitor)
        return visitor

    with ExitStack() as opened:
        yield begin


def try_again(visitor):
    """A film cannot wait for a slow machine as a person does: what was asked too late is tried again, as people do."""
    visitor.refused(400, 409, 429, 503)
    begin = visitor.page.get_by_role("button", name=visitor.words("Begin again"))
    if begin.is_visible():
        begin.click()
        before_the_button(visitor)
    open_the_camera(visitor)


def test_a_person_who_does_what_is_asked_reaches_the_highest_level(before_the_camera, place, judge):
    visitor = before_the_camera(still=False)
    visitor.page.wait_for_selector("dialog[data-phase='live']")
    for _ in range(TRIES):
        visitor.page.wait_for_selector("main h1:text-is('Portal'), .summary[role='alert']")
        if visitor.at("PORTAL_A"):
            break
        try_again(visitor)
    at_the_portal(visitor, place)
    assert isinstance(judge.judged[-1], Live)
    [evidence] = faces_of(place)
    assert evidence.channel == FACE


def test_a_picture_before_the_camera_is_refused(before_the_camera, place, judge):
    visitor = before_the_camera(still=True)
    visitor.page.wait_for_selector(".summary[role='alert']")
    assert judge.judged
    assert all(isinstance(each, NotLive) for each in judge.judged)
    assert faces_of(place) == []
    assert not visitor.at("PORTAL_A")
