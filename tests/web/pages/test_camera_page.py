"""Pages with a camera: the consent before it, their headers and words, the phone's pages, and the account's section.

What holds for every page holds for these as well; they are there only where somebody judges.
"""

import re
from types import SimpleNamespace

import pytest
from lxml import html

from idp.domain.audit import FaceConsentGiven
from idp.domain.capturing import Hint, Movement
from idp.web import cookies
from idp.web.pages import camera_words
from idp.web.pages.qr_code import data_address
from idp.web.pages.render import STATIC
from tests.capture_judge import ScriptedJudge
from tests.provider import ISSUER, open_provider
from tests.web.pages import judges
from tests.web.pages.conftest import Walk

FACE = "local_face"
PHONE_BROWSER = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) Chrome/140 Mobile Safari/537.36"}
ACR_3 = "urn:yihaotong:realname:3"


@pytest.fixture
def provider(tmp_path, _database_template, fast_wire):
    more, judge = (FACE, "counter_verify"), ScriptedJudge(certified=False)
    with open_provider(tmp_path, _database_template, fast_wire, more=more, judge=judge) as made:
        yield made


@pytest.fixture
def walk(provider):
    return Walk(provider)


def consent(walk):
    return walk.get(walk.at(walk.sign_in(acr_values=ACR_3), f"prove/{FACE}"))


def camera(walk):
    return walk.browser.follow(press(walk, consent(walk), "consent"))


def code(walk):
    return walk.browser.follow(press(walk, camera(walk), "phone"))


def number(walk):
    """The phone is another browser, in the language of the PC."""
    code(walk)
    return phone_of(walk).get(address_of(walk))


def phone_camera(walk):
    phone = phone_of(walk)
    page = phone.get(address_of(walk, begin=True))
    return phone.submit(page, match=handed(walk).match)


def phone_done(walk):
    return phone_of(walk).get("/face/any/done")


def over(walk):
    return walk.get("/face/unknown")


def account(walk):
    camera(walk)
    return walk.get("/account")


PAGES = {
    "consent": consent,
    "camera": camera,
    "code": code,
    "number": number,
    "phone_camera": phone_camera,
    "phone_done": phone_done,
    "account": account,
}
WITH_CAMERA = {"camera", "phone_camera"}


def press(walk, page, name):
    """Press the button that leads to an address below the channel's."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    return walk.browser.post(walk.at(page, f"prove/{FACE}/{name}"), {"csrf_token": token[1]})


def phone_of(walk):
    phone = walk.provider.browser()
    if walk.browser.last is not None and '<html lang="en"' in walk.browser.last.text:
        phone.submit(phone.get("/"), language="en")
    return phone


def handed(walk):
    """What the citizen's one attempt was handed over by."""
    services = walk.provider.app.extensions["yihaotong"]
    journey = re.search(r"/journey/([^/]+)", walk.browser.last.request.path)[1]
    kept = services.conductor.journeys.read(journey, now=services.clock.now())
    return services.handovers.offered(kept.value["attempt_id"])


def address_of(walk, *, begin=False):
    if begin:
        code(walk)
    return f"/face/{handed(walk).token}"


def may_use_the_camera(seen):
    if not seen.page.headers["Permissions-Policy"].startswith("camera=(self), microphone=()"):
        yield seen.page.headers["Permissions-Policy"]


def has_one_script_of_ours(seen):
    scripts = seen.tree.xpath("//script")
    if [each.get("type") for each in scripts] != ["module"]:
        yield f"scripts {scripts}"
    for script in scripts:
        if not re.fullmatch(r"/assets/camera\.js\?v=[0-9a-f]{12}", script.get("src", "")) or script.text is not None:
            yield f"script {html.tostring(script)}"


def may_use_no_camera_and_runs_nothing(seen):
    if not seen.page.headers["Permissions-Policy"].startswith("camera=(), "):
        yield seen.page.headers["Permissions-Policy"]
    if "script-src" in seen.page.headers["Content-Security-Policy"]:
        yield seen.page.headers["Content-Security-Policy"]


JUDGES = dict.fromkeys(PAGES, (may_use_no_camera_and_runs_nothing, *judges.EVERY_PAGE)) | dict.fromkeys(
    WITH_CAMERA, (may_use_the_camera, has_one_script_of_ours, *judges.WITH_A_SCRIPT)
)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_every_judge_finds_a_page_of_the_camera_without_fault(walk, name, language):
    if language != "zh-CN":
        walk.browser.submit(walk.get("/"), language=language)
    page = PAGES[name](walk)
    assert page.status_code == 200, page.text
    judges.hear(judges.Seen(page, language), JUDGES[name])


def test_the_page_of_a_check_that_is_over_has_no_leave(walk):
    assert not list(may_use_no_camera_and_runs_nothing(judges.Seen(over(walk), "zh-CN")))


def test_an_asset_is_kept_for_ever_only_under_the_address_of_its_contents(walk):
    kept = {}
    for address in ("/assets/camera.js?v=0123456789ab", "/assets/camera-run.js"):
        with walk.get(address) as answer:
            kept[address] = answer.headers["Cache-Control"]
    assert list(kept.values()) == ["public, max-age=31536000, immutable", "no-cache"]


# ---- words ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "closed"),
    [(camera_words.MOVEMENTS, Movement), (camera_words.HINTS, Hint), (camera_words.BETTER, Hint)],
)
def test_every_word_of_the_judge_has_a_sentence(table, closed):
    assert set(table) == set(closed)


def test_the_scripts_and_the_page_know_the_same_troubles():
    scripts = "".join(path.read_text(encoding="utf-8") for path in sorted(STATIC.glob("camera*.js")))
    thrown = set(re.findall(r"(?:new Trouble|trouble|over)\(\"(\w+)\"", scripts))
    by_name = set(re.findall(r"(?:Error|40\d|42\d): \"(\w+)\"", scripts))
    words = set(re.findall(r"\? \"(\w+)\" : \"(\w+)\";", scripts)[0])  # no answer, or no room
    assert thrown | by_name | words == set(camera_words.TROUBLES)


def test_every_sentence_that_a_script_asks_for_is_in_the_page(walk):
    tree = html.fromstring(camera(walk).text)
    there = set(tree.xpath("//@data-word"))
    assert {"straight", "opening", "checking", "still_busy", "still_lost", "well_done", "progress"} <= there
    assert {str(each) for each in Movement} <= there
    assert {f"hint.{each}" for each in Hint} <= there
    assert {"{done}", "{steps}"} <= set(re.findall(r"\{\w+\}", tree.xpath("string(//*[@data-word='progress'])")))


# ---- the consent ----------------------------------------------------------------------------------------------------


def start(walk, page, base=""):
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    address = base or walk.at(page, f"prove/{FACE}")
    return walk.browser.post(f"{address}/start", {"csrf_token": token[1]})


def test_without_the_consent_no_run_begins_and_no_attempt_either(walk):
    page = consent(walk)
    answer = start(walk, page)
    assert answer.status_code == 409
    assert answer.json["go"] == page.request.path
    assert not walk.provider.judge.calls


def test_withdrawn_while_the_camera_page_is_open_nothing_begins(walk):
    page = camera(walk)
    services = walk.provider.app.extensions["yihaotong"]
    origin = SimpleNamespace(request_id="r")
    services.face_consent.withdraw(walk.proved.id, origin)
    assert start(walk, page).status_code == 409
    assert "consent" in html.fromstring(walk.get(page.request.path).text).xpath("//main//form/@action")[0]


def test_consent_is_given_by_its_own_button_alone_and_audited(walk):
    page = consent(walk)
    services = walk.provider.app.extensions["yihaotong"]
    assert walk.browser.post(f"{page.request.path}/consent", {}).status_code == 400
    assert not services.face_consent.given(walk.proved.id)
    press(walk, page, "consent")
    assert services.face_consent.given(walk.proved.id)
    walk.provider.drain()
    assert FaceConsentGiven.kind in [entry.kind for entry in services.account.overview(walk.proved.id).events]


def test_the_account_page_withdraws_it(walk):
    page = account(walk)
    form = html.fromstring(page.text).xpath("//form[@action='/account/face/withdraw']")[0]
    said = walk.browser.follow(walk.browser.post("/account/face/withdraw", dict(form.form_values())))
    assert "已撤回同意" in said.text
    assert not walk.provider.app.extensions["yihaotong"].face_consent.given(walk.proved.id)
    assert not html.fromstring(said.text).xpath("//form[@action='/account/face/withdraw']")


# ---- the camera and the phone ---------------------------------------------------------------------------------------


def test_a_judge_without_a_model_says_so(walk, provider):
    assert "未装检测模型" in camera(walk).text
    provider.judge.certified = True
    assert "未装检测模型" not in walk.get(walk.browser.last.request.path).text


def test_a_phone_is_not_sent_to_a_phone(walk):
    page = camera(walk)
    assert html.fromstring(page.text).xpath(f"//form[contains(@action, '{FACE}/phone')]")
    page = walk.browser.get(page.request.path, headers=PHONE_BROWSER)
    assert not html.fromstring(page.text).xpath(f"//form[contains(@action, '{FACE}/phone')]")


def test_the_code_leads_to_the_issuers_own_address_and_the_number_is_no_part_of_it(walk):
    page = code(walk)
    offered = handed(walk)
    picture = html.fromstring(page.text).xpath("//p[@class='scan']/img/@src")
    assert picture == [data_address(f"{ISSUER}/face/{offered.token}")]
    assert html.fromstring(page.text).xpath("string(//p[@class='match']/strong)") == offered.match
    assert page.headers["Refresh"] == "2"
    assert "Refresh" not in walk.get(f"{page.request.path}?by-itself=no").headers


def test_the_phones_pages_say_nothing_of_the_account(walk):
    phone = phone_of(walk)
    page = phone.get(address_of(walk, begin=True))
    pages = [page, phone.submit(page, match=handed(walk).match)]
    session = cookies.name(cookies.SESSION, walk.provider.settings)
    for each in pages:
        for secret in ("张三", "张*", "3701", walk.proved.mobile[-4:], walk.proved.id, "zhangsan"):
            assert secret not in each.text
        assert not [each for each in each.headers.getlist("Set-Cookie") if each.startswith(session)]
    assert phone.get("/account").status_code == 303


def test_without_the_number_the_phone_begins_nothing(walk):
    phone = phone_of(walk)
    page = phone.get(address_of(walk, begin=True))
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
    for name in ("start", "frames", "picture"):
        answer = phone.post(f"{page.request.path}/{name}", {"csrf_token": token})
        assert answer.status_code == 409
        assert answer.json["go"] == page.request.path


def test_the_phones_script_talks_to_the_phones_own_address(walk):
    page = phone_camera(walk)
    assert html.fromstring(page.text).xpath("//@data-base") == [page.request.path]


@pytest.mark.parametrize("token", ["", "forged"])
def test_no_button_does_anything_without_its_token(walk, token):
    page = camera(walk)
    assert walk.browser.post(f"{page.request.path}/phone", {"csrf_token": token}).status_code == 400
    assert handed(walk) is None
    offer = press(walk, page, "phone")
    assert offer.status_code == 303
    phone, offered = walk.provider.browser(), handed(walk)
    phone.get(f"/face/{offered.token}")
    wrong = phone.post(f"/face/{offered.token}", {"csrf_token": token, "match": offered.match})
    assert wrong.status_code == 400
    assert not handed(walk).joined


class TestWithoutAJudge:
    """A provider that looks at nobody's face."""

    @pytest.fixture
    def provider(self, tmp_path, _database_template, fast_wire):
        with open_provider(tmp_path, _database_template, fast_wire) as made:
            yield made

    def test_none_of_these_pages_is_there(self, walk):
        assert walk.get("/face/any/done").status_code == 404
        assert 'id="face"' not in Walk.account(walk).text
