"""A check by camera in real Chromium with its own test pattern: consent, camera, every trouble, and a phone's camera."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from idp.domain.capturing import Colour, Hint, Movement, Shown
from tests.adapters.judge import blurred, jpeg
from tests.browser.place import ACR, ask, choose, open_place, password, visits
from tests.browser.seeing_judge import SeeingJudge
from tests.browser.test_steps_of_a_channel import VIEWS
from tests.browser.visitor import DESKTOP, PHONE

FACE = "local_face"
FAKE = "--use-fake-device-for-media-stream"
AGREED = "I agree, go on"
POLICY = "content-security-policy"


@pytest.fixture
def seeing(chromiums):
    """Chromium with a camera that shows a test pattern, and leave to use it."""
    return chromiums.with_(FAKE, "--use-fake-ui-for-media-stream")


@pytest.fixture
def judge():
    return SeeingJudge()


@pytest.fixture
def place(tmp_path, _database_template, fast_wire, judge):
    plain = {FACE: {"allow_plain_http": "true"}}
    more = (FACE, "counter_verify")
    with open_place(tmp_path, _database_template, fast_wire, more=more, judge=judge, changes=plain) as made:
        yield made


def visitors(browser, place, tmp_path):
    with visits(browser, place, tmp_path) as begin:
        yield lambda language="zh-CN", size=PHONE: begin(script=True, language=language, size=size)


@pytest.fixture
def visit(place, seeing, tmp_path):
    """Begin a visit with a camera."""
    with visits(seeing, place, tmp_path) as begin:
        yield lambda language="zh-CN", size=PHONE: begin(script=True, language=language, size=size)


@pytest.fixture
def refusing(chromiums, place, tmp_path):
    """Begin a visit of somebody who does not allow the camera."""
    yield from visitors(chromiums.with_(FAKE, "--deny-permission-prompts"), place, tmp_path)


@pytest.fixture
def visit_blind(chromiums, place, tmp_path):
    """Begin a visit on a device without a camera."""
    blind = chromiums.with_(f"{FAKE}=device-count=0", "--use-fake-ui-for-media-stream")
    yield from visitors(blind, place, tmp_path)


def to_the_channel(visitor, place):
    """From a portal that asks for the highest level to the page of the consent."""
    ask(visitor, place.party(), acr_values=f"{ACR}3")
    password(visitor, place.provider.citizen())
    choose(visitor, FACE)


def to_the_camera(visitor, place):
    to_the_channel(visitor, place)
    visitor.press(visitor.words(AGREED))
    before_the_camera(visitor)


def before_the_camera(visitor):
    """The page is there, and its script runs."""
    if visitor.script:
        expect(visitor.page.get_by_role("button", name=visitor.words("Open the camera"))).to_be_visible()


def open_the_camera(visitor):
    visitor.press(visitor.words("Open the camera"))


def told(visitor, sentence):
    """The one trouble on the screen."""
    trouble = visitor.page.locator("[data-trouble]:visible")
    expect(trouble.locator("h2")).to_have_text(visitor.words(sentence))
    expect(trouble).to_be_focused()


def at_the_portal(visitor, place):
    visitor.page.wait_for_url(f"{place.origin('PORTAL_A')}/cb?**")


def faces_of(place):
    """What the account has proved by its face."""
    return [each for each in place.provider.stores.citizens.evidence_of(f"{1:032x}") if each.channel == FACE]


@VIEWS
def test_from_the_consent_to_the_result(visit, place, judge, language, size):
    visitor = visit(language, size)
    words, page = visitor.words, visitor.page
    to_the_channel(visitor, place)
    visitor.look("consent")
    visitor.press(words(AGREED))
    before_the_camera(visitor)
    visitor.look("before")
    judge.tells = Shown(Movement.TURN_LEFT, Colour.WHITE, Hint.CLOSER, 1, 3)
    open_the_camera(visitor)
    dialog = page.get_by_role("dialog", name=words("Your camera"))
    expect(dialog.locator(".instruction")).to_have_text(words("Turn your head slowly to your left"))
    expect(dialog).to_have_class(re.compile("light-white"))
    expect(dialog.get_by_role("img")).to_have_accessible_name(
        words("%(done)s of %(steps)s movements done", done="1", steps="3")
    )
    visitor.look("live")
    judge.tells = Shown(Movement.BLINK, Colour.BLUE, None, 2, 3)
    expect(dialog.locator(".instruction")).to_have_text(words("Close your eyes and open them again"))
    expect(dialog).to_have_class(re.compile("light-blue"))
    visitor.look("live-blue")
    judge.tells = None
    at_the_portal(visitor, place)
    assert judge.sizes == {(640, 480)}
    assert judge.asked == [(frozenset(), True)]
    assert len(faces_of(place)) == 1


def test_a_page_sees_the_camera_only_with_leave_and_scripts_only_there(visit, place):
    visitor = visit("en", PHONE)
    answers = []

    def keep(answer):
        answers.append(answer)

    visitor.context.on("response", keep)
    to_the_camera(visitor, place)
    pages = {urlsplit(a.url).path.rpartition("/")[2]: a.headers for a in answers if a.request.is_navigation_request()}
    camera, ways = pages[FACE], pages["prove"]
    assert camera["permissions-policy"].startswith("camera=(self), microphone=()")
    assert ways["permissions-policy"].startswith("camera=(), microphone=()")
    assert "; script-src 'self'; connect-src 'self'; media-src 'self' blob:; worker-src 'none'" in camera[POLICY]
    assert "script-src" not in ways[POLICY]
    scripts = [a for a in answers if urlsplit(a.url).path.endswith(".js")]
    assert len(scripts) == 6
    assert {a.headers["cache-control"] for a in scripts if "?v=" not in a.url} == {"no-cache"}


@VIEWS
def test_too_bad_to_tell_says_how_to_do_better_and_costs_no_try(visit, place, judge, language, size):
    judge.sees = blurred()
    visitor = visit(language, size)
    to_the_camera(visitor, place)
    open_the_camera(visitor)
    better = visitor.words("Your face was not in the picture all the time. Keep it in the oval until the end.")
    visitor.page.get_by_text(better).wait_for()
    visitor.look("better")
    judge.sees = jpeg("zhang_san")
    open_the_camera(visitor)
    at_the_portal(visitor, place)


@VIEWS
def test_nobody_there_in_person_is_refused_with_other_ways(visit, place, judge, language, size):
    judge.sees = jpeg("zhang_san", live=False)
    visitor = visit(language, size)
    to_the_camera(visitor, place)
    open_the_camera(visitor)
    visitor.page.get_by_role("heading", name=visitor.words("Not confirmed")).wait_for()
    visitor.look("refused")
    assert visitor.page.locator("main a.way").count() >= 1
    assert not faces_of(place)
    visitor.press(visitor.words("Begin again"))
    before_the_camera(visitor)


@VIEWS
def test_a_camera_that_is_not_allowed(place, judge, refusing, language, size):
    visitor = refusing(language, size)
    to_the_camera(visitor, place)
    open_the_camera(visitor)
    told(visitor, "The camera is not allowed")
    visitor.look("denied")
    assert visitor.page.locator("main a.way").count() >= 1
    assert judge.asked == []
    visitor.press(visitor.words("Back to what to look out for"))
    before_the_camera(visitor)


def test_a_pc_without_a_camera_leads_to_a_phone(visit_blind, place):
    visitor = visit_blind("zh-CN", DESKTOP)
    to_the_camera(visitor, place)
    open_the_camera(visitor)
    told(visitor, "No camera was found")
    visitor.look("no-camera")
    visitor.press(visitor.words("Go on with my phone"))
    assert visitor.page.get_by_role("img", name=visitor.words("QR code for your phone")).is_visible()


def test_a_busy_judge_is_waited_for_and_nothing_is_lost(visit, place, judge):
    judge.busy = 2
    visitor = visit("zh-CN", PHONE)
    visitor.page.on("response", lambda answer: busy.append(answer) if answer.status == 503 else None)
    busy = []
    visitor.refused(503)
    to_the_camera(visitor, place)
    open_the_camera(visitor)
    waits = visitor.words("Many people are checking just now. Please stay, it goes on by itself.")
    expect(visitor.page.locator("[data-part=state]")).to_have_text(waits)
    at_the_portal(visitor, place)
    assert len(busy) == 2
    visitor.forgive("503 for /journey/")


def test_a_lost_connection_is_waited_for_and_the_same_frames_come_again(visit, place):
    visitor = visit("en", PHONE)
    lost = []

    def cut(route):
        if len(lost) < 2:
            lost.append(route.request.post_data_buffer)
            route.abort("internetdisconnected")
        else:
            route.continue_()

    visitor.page.route("**/frames", cut)
    to_the_camera(visitor, place)
    open_the_camera(visitor)
    expect(visitor.page.locator("[data-part=state]")).to_have_text("No connection. Please stay, we keep trying.")
    at_the_portal(visitor, place)
    assert lost[0] == lost[1]
    visitor.forgive("ERR_INTERNET_DISCONNECTED")


def test_what_somebody_cannot_do_is_not_asked_for(visit, place, judge):
    visitor = visit("zh-CN", PHONE)
    words, page = visitor.words, visitor.page
    to_the_camera(visitor, place)
    page.get_by_label(words("I cannot turn my head")).check()
    open_the_camera(visitor)
    told(visitor, "Without some movements this check is not possible")
    visitor.look("cannot-turn")
    assert judge.asked == []
    visitor.press(words("Back to what to look out for"))
    page.get_by_label(words("I cannot turn my head")).uncheck()
    page.get_by_label(words("I cannot close my eyes and open them again")).check()
    page.get_by_label(words("No changing colours on the screen, please")).check()
    open_the_camera(visitor)
    at_the_portal(visitor, place)
    assert judge.asked == [(frozenset({"blink"}), False)]


def test_whoever_wants_less_motion_gets_no_colours(visit, place, judge):
    visitor = visit("en", PHONE)
    visitor.page.emulate_media(reduced_motion="reduce")
    to_the_camera(visitor, place)
    assert visitor.page.get_by_label("No changing colours on the screen, please").is_checked()
    open_the_camera(visitor)
    at_the_portal(visitor, place)
    assert judge.asked == [(frozenset(), False)]


def test_by_keyboard_alone_stopped_and_begun_again(visit, place, judge):
    visitor = visit("en", DESKTOP)
    page = visitor.page
    to_the_channel(visitor, place)
    page.get_by_role("button", name="I agree, go on").focus()
    page.keyboard.press("Enter")
    before_the_camera(visitor)
    judge.tells = Shown(Movement.BLINK, None, None, 0, 2)
    for _ in range(40):  # through the page in its order, as far as the button
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "Open the camera":
            break
    page.keyboard.press("Enter")
    expect(page.locator("dialog .instruction")).to_have_text("Close your eyes and open them again")
    expect(page.get_by_role("dialog").get_by_role("button", name="Stop")).to_be_focused()
    page.keyboard.press("Escape")
    told(visitor, "You stopped the check")
    assert page.evaluate("document.querySelector('video').srcObject") is None
    visitor.look("stopped")
    judge.tells = None
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # try again
    at_the_portal(visitor, place)


def test_a_page_that_nobody_sees_switches_its_camera_off(visit, place, judge):
    judge.tells = Shown(None, None, None, 0, 2)
    visitor = visit("en", PHONE)
    page = visitor.page
    to_the_camera(visitor, place)
    open_the_camera(visitor)
    expect(page.locator("dialog .instruction")).to_have_text("Look straight into the camera and hold still")
    page.evaluate(
        """() => { Object.defineProperty(document, 'hidden', {value: true, configurable: true});
                   document.dispatchEvent(new Event('visibilitychange')); }"""
    )
    told(visitor, "The camera is off")
    assert page.evaluate("document.querySelector('video').srcObject") is None


def test_a_run_that_is_over_says_so_and_can_be_begun_again(visit, place, judge):
    judge.tells = Shown(None, None, None, 0, 2)
    visitor = visit("zh-CN", PHONE)
    to_the_camera(visitor, place)
    visitor.refused(409)
    open_the_camera(visitor)
    instruction = visitor.words("Look straight into the camera and hold still")
    expect(visitor.page.locator("dialog .instruction")).to_have_text(instruction)
    place.provider.clock.advance(181)  # the record of the run is gone
    told(visitor, "The check was interrupted")
    judge.tells = None
    visitor.press(visitor.words("Try again"))
    at_the_portal(visitor, place)
    visitor.forgive("409 for /journey/")


def test_without_a_judge_for_photographs_the_page_says_so(visit, place, judge):
    judge.certified = False
    visitor = visit("zh-CN", PHONE)
    to_the_camera(visitor, place)
    assert "未装检测模型" in visitor.page.locator("main").inner_text()
    visitor.look("development")


@VIEWS
def test_without_scripts_the_page_says_so_and_offers_other_ways(place, seeing, tmp_path, language, size):
    with visits(seeing, place, tmp_path) as begin:
        visitor = begin(script=False, language=language, size=size)
        to_the_camera(visitor, place)
        visitor.look("no-scripts")
        assert visitor.page.locator("[data-screen=none]").is_visible()
        assert visitor.page.locator("main a.way").count() >= 1


@VIEWS
def test_who_does_not_agree_finds_other_ways_and_who_withdraws_is_asked_again(visit, place, judge, language, size):
    visitor = visit(language, size)
    words, page = visitor.words, visitor.page
    to_the_channel(visitor, place)
    visitor.follow(words("I do not agree, use another way"))
    assert page.url.endswith("/prove")
    assert judge.asked == []
    choose(visitor, FACE)
    visitor.press(words(AGREED))
    visitor.go("PROVIDER", "/account")
    visitor.look("account")
    visitor.press(words("Withdraw the consent"))
    assert visitor.shows(words("Your consent is withdrawn. You are asked again before your face is examined."))
    visitor.look("withdrawn")
    page.go_back()
    page.go_back()
    page.reload()
    assert page.get_by_role("button", name=words(AGREED)).is_visible()


@pytest.mark.parametrize("size", [PHONE, {"width": 844, "height": 390}], ids=["upright", "across"])
def test_in_large_type_on_a_small_screen_everything_is_seen_at_once(visit, place, judge, size):
    visitor = visit("zh-CN", PHONE)
    page = visitor.page
    to_the_channel(visitor, place)
    page.get_by_role("button", name=visitor.words("Large type")).click()
    visitor.press(visitor.words(AGREED))
    before_the_camera(visitor)
    visitor.look("before")
    page.set_viewport_size(size)
    judge.tells = Shown(Movement.OPEN_MOUTH, None, Hint.MORE_LIGHT, 1, 4)
    open_the_camera(visitor)
    instruction = page.locator("dialog .instruction")
    expect(instruction).to_have_text(visitor.words("Open your mouth wide, then close it"))
    page.screenshot(path=visitor.album / "live.png")
    for part in (instruction, page.locator("dialog video"), page.locator("[data-stop]"), page.locator("[data-voice]")):
        box = part.bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= size["height"]
        assert box["x"] + box["width"] <= size["width"]
    assert page.locator("[data-stop]").bounding_box()["height"] >= 44
