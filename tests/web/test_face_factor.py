"""The face as a second factor over HTTP: opted in to, signed in by, refused, gone round, and taken back."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest
from werkzeug.test import TestResponse

from idp.domain.evidence import CheckMethod, Evidence, Strength
from idp.stores.redis.wire import Wire
from tests.capture_judge import ScriptedJudge, blurred, frames, jpeg, packed
from tests.provider import PASSWORD, POLICE_ALONE, Browser, Person, Provider, answer_of, open_provider
from tests.valkey import everything_in

ACR_3 = "urn:yihaotong:realname:3"
FACE, STRANGER = jpeg("zhang_san"), jpeg("li_si")
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
OFFERED = POLICE_ALONE | {"local_face", "counter_verify"}


@pytest.fixture
def provider(tmp_path: Path, _database_template: Path, fast_wire: Wire) -> Iterator[Provider]:
    with open_provider(tmp_path, _database_template, fast_wire, offered=OFFERED, judge=ScriptedJudge()) as made:
        yield made


@pytest.fixture
def owner(provider: Provider) -> "Owner":
    return Owner(provider)


class Lens:
    """What the script of a camera page sends."""

    def __init__(self, browser: Browser, page: TestResponse) -> None:
        found = re.search(r'data-base="([^"]+)"', page.text)
        assert found, page.text
        self.browser, self.base, self.token = browser, found[1], csrf_of(page)

    def start(self) -> TestResponse:
        return self.browser.post(f"{self.base}/start", {"csrf_token": self.token})

    def look(self, picture: bytes) -> TestResponse:
        """A whole run; the page that it leads to."""
        step = self.start()
        assert step.status_code == 200, step.text
        run, at, want = step.json["capture"], step.json["next"], step.json["want"]
        headers = {"X-CSRFToken": self.token, "X-Capture": run}
        while want is None:
            body = packed(frames(picture, at))
            answer = self.browser.post(
                f"{self.base}/frames", body, headers=headers, content_type="application/octet-stream"
            )
            assert answer.status_code == 200, answer.text
            at, want = answer.json["next"], answer.json["want"]
        answer = self.browser.post(f"{self.base}/picture", picture, headers=headers, content_type="image/jpeg")
        return self.browser.follow(self.browser.get(answer.json["go"]))


class Owner:
    """A citizen who was recognised by the camera once, with browsers."""

    def __init__(self, provider: Provider, *, recognised: bool = True) -> None:
        self.provider = provider
        self.person: Person = provider.citizen()
        if recognised:
            evidence = Evidence(
                id="f" * 32, citizen_id=self.person.id, channel="local_face", source="police",
                check_methods=(CheckMethod.BVP,), strength=Strength.PRESENCE, txn="t",
                verified_at=provider.clock.now(),
            )  # fmt: skip
            provider.stores.citizens.record_proof(evidence, name="张三", id_number="370102190103070012")

    def browser(self) -> Browser:
        browser = self.provider.browser()
        browser.sign_in(self.person)
        return browser

    def texted(self, about: str) -> str:
        messages = self.provider.sandbox.control.get(f"/sms/inbox/{self.person.mobile}.json").json
        newest = max(messages, key=lambda message: message["sent_at"])
        assert about in newest["text"]
        return str(newest["code"])

    def camera_page(self, browser: Browser) -> TestResponse:
        """From the account page to the camera."""
        page = press(browser, browser.get("/account/face"), "/account/face")
        assert page.request.path.endswith("/face"), page.text
        page = press(browser, page, page.request.path)
        assert page.request.path.endswith("/face/code"), page.text
        return browser.submit(page, code=self.texted("设置刷脸登录"))

    def opt_in(self, browser: Browser) -> TestResponse:
        page = Lens(browser, self.camera_page(browser)).look(FACE)
        self.provider.clock.advance(61)
        return page

    def half(self, browser: Browser, at: str = "/account") -> TestResponse:
        """The password was right."""
        page = browser.submit(browser.follow(browser.get(at)), username=self.person.mobile, password=PASSWORD)
        assert page.request.path.endswith("/second-factor"), page.request.path
        return page

    @property
    def enrolled(self) -> bool:
        return self.provider.stores.credentials.has_face(self.person.id)

    def enrol(self) -> None:
        """Opted in, long ago."""
        faces, now = self.provider.stores.faces, self.provider.clock.now()
        faces.give_consent(self.person.id, "1", now=now)
        assert faces.enrol(self.person.id, "opaque", b"zhang_san", now=now)

    def amr(self) -> tuple[str, ...]:
        (session,) = self.provider.stores.sessions.of_citizen(self.person.id, now=self.provider.clock.now())
        return session.amr

    def events(self, kind: str) -> list[Any]:
        self.provider.drain()
        return [e for e in self.provider.stores.audit.recent(self.person.id, limit=100) if e.kind == kind]


def csrf_of(page: TestResponse) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def press(browser: Browser, page: TestResponse, action: str) -> TestResponse:
    assert f'action="{action}"' in page.text, page.text
    return browser.follow(browser.post(action, {"csrf_token": csrf_of(page)}))


def at_camera(browser: Browser, page: TestResponse) -> Lens:
    address = f"{page.request.path}/face"
    assert f'href="{address}"' in page.text
    return Lens(browser, browser.get(address))


def claims_of(token: str) -> dict[str, Any]:
    middle = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4))))


def test_opted_in_on_the_account_page_and_every_other_session_is_over(owner, provider):
    elsewhere, browser = owner.browser(), owner.browser()
    before = browser.cookie("__Host-yht_session")
    page = owner.opt_in(browser)
    assert page.request.path == "/account/face"
    assert owner.enrolled
    assert owner.amr() == ("pwd", "sms", "face", "mfa")
    assert browser.cookie("__Host-yht_session") != before
    assert elsewhere.follow(elsewhere.get("/account")).request.path.endswith("/sign-in")
    assert len(owner.events("face_factor_enrolled")) == 1


def test_relying_parties_are_told_when_it_is_set_up(owner, provider):
    party = provider.party()
    elsewhere = owner.browser()
    party.code(elsewhere)
    owner.opt_in(owner.browser())
    assert provider.notified() == ["https://hall.example/logout"]


def test_who_was_never_recognised_is_told_what_to_do_first(provider):
    owner = Owner(provider, recognised=False)
    browser = owner.browser()
    page = browser.get("/account/face")
    assert 'action="/account/face"' not in page.text
    page = browser.follow(browser.post("/account/face", {"csrf_token": csrf_of(page)}))
    assert page.request.path.endswith("/face")
    page = browser.follow(browser.post(page.request.path, {"csrf_token": csrf_of(page)}))
    assert page.request.path.endswith("/face")
    assert provider.sandbox.control.get(f"/sms/inbox/{owner.person.mobile}.json").json == []


def test_an_old_sign_in_shows_the_password_once_more(owner, provider):
    browser = owner.browser()
    provider.clock.advance(700)
    page = press(browser, browser.get("/account/face"), "/account/face")
    assert page.request.path.endswith("/sign-in")
    page = browser.submit(page, username=owner.person.mobile, password=PASSWORD)
    assert page.request.path.endswith("/face")


def test_a_print_before_the_camera_sets_nothing_up(owner):
    browser = owner.browser()
    page = Lens(browser, owner.camera_page(browser)).look(jpeg("zhang_san", live=False))
    assert page.request.path.endswith("/face")
    assert not owner.enrolled


def test_bad_pictures_lead_back_to_the_camera_with_what_helps(owner):
    browser = owner.browser()
    page = Lens(browser, owner.camera_page(browser)).look(blurred())
    assert page.request.path.endswith("/face/camera")
    assert 'role="alert"' in page.text
    assert Lens(browser, page).look(FACE).request.path == "/account/face"
    assert owner.enrolled


def test_a_setup_that_is_too_old_is_begun_again(owner, provider):
    browser = owner.browser()
    page = owner.camera_page(browser)
    provider.clock.advance(601)
    lens = Lens(browser, page)
    answer = lens.start()
    assert answer.status_code == 409
    page = browser.follow(browser.get(answer.json["go"]))
    assert page.request.path.endswith("/face")
    assert not owner.enrolled


def test_leaving_changes_nothing(owner):
    browser = owner.browser()
    page = owner.camera_page(browser)
    journey = page.request.path.removesuffix("/camera")
    assert press(browser, page, f"{journey}/leave").request.path == "/account/face"
    assert not owner.enrolled


def test_signed_in_at_a_portal_by_the_face_at_the_highest_level(owner, provider):
    owner.enrol()
    party, browser = provider.party(), provider.browser()
    page = browser.follow(party.authorize(browser, acr_values=ACR_3))
    page = browser.submit(page, username=owner.person.mobile, password=PASSWORD)
    answer = at_camera(browser, page).look(FACE)
    claims = claims_of(party.redeem(answer_of(answer)["code"]).json["id_token"])
    assert claims["amr"] == ["pwd", "face", "mfa"]
    assert claims["acr"] == ACR_3


def test_somebody_elses_face_is_told_nothing_and_the_text_message_is_untouched(owner):
    owner.enrol()
    browser = owner.provider.browser()
    page = at_camera(browser, owner.half(browser)).look(STRANGER)
    assert page.request.path.endswith("/second-factor")
    assert len(owner.events("second_factor_failed")) == 1
    page = press(browser, page, f"{page.request.path}/text/send")
    assert page.request.path.endswith("/second-factor/text")
    page = browser.submit(page, code=owner.texted("登录"))
    assert page.request.path == "/account"
    assert owner.amr() == ("pwd", "sms", "mfa")


def test_after_three_faces_the_camera_stays_closed_for_an_hour(owner):
    owner.enrol()
    browser = owner.provider.browser()
    page = owner.half(browser)
    lens = at_camera(browser, page)
    for _ in range(3):
        lens.look(STRANGER)
    answer = lens.start()
    assert answer.status_code == 429
    page = browser.get(answer.json["go"])
    assert page.status_code == 429
    assert page.request.path.endswith("/second-factor")
    page = press(browser, page, f"{page.request.path}/text/send")
    assert browser.submit(page, code=owner.texted("登录")).request.path == "/account"


def test_bad_pictures_at_sign_in_are_no_try(owner):
    owner.enrol()
    browser = owner.provider.browser()
    page = at_camera(browser, owner.half(browser)).look(blurred())
    for _ in range(3):
        assert page.request.path.endswith("/second-factor/face")
        page = Lens(browser, page).look(blurred())
    assert Lens(browser, page).look(FACE).request.path == "/account"


def test_the_app_is_the_other_way_where_there_is_one(owner, provider):
    owner.enrol()
    provider.stores.credentials.set_totp_secret(owner.person.id, SECRET, now=provider.clock.now())
    browser = provider.browser()
    page = owner.half(browser)
    assert "/second-factor/text" not in page.text
    sent = browser.follow(browser.post(f"{page.request.path}/text/send", {"csrf_token": csrf_of(page)}))
    assert sent.request.path.endswith("/second-factor")
    assert provider.sandbox.control.get(f"/sms/inbox/{owner.person.mobile}.json").json == []
    form = browser.get(f"{page.request.path}/app")
    wrong = browser.submit(form, otp="000000")
    assert wrong.request.path.endswith("/second-factor/app")
    assert wrong.status_code == 400
    assert "/second-factor/face" in wrong.text
    right = pyotp.TOTP(SECRET).at(int(provider.clock.now()))
    assert browser.submit(wrong, otp=right).request.path == "/account"
    assert owner.amr() == ("pwd", "otp", "mfa")


def test_a_wrong_texted_code_is_said_beside_its_field(owner):
    owner.enrol()
    browser = owner.provider.browser()
    page = owner.half(browser)
    page = press(browser, page, f"{page.request.path}/text/send")
    right = owner.texted("登录")
    page = browser.submit(page, code=f"{(int(right) + 1) % 10**6:06d}")
    assert page.status_code == 400
    assert page.request.path.endswith("/second-factor/text")
    assert browser.submit(page, code=right).request.path == "/account"


def test_another_text_within_a_minute_is_said_to_come_later(owner):
    owner.enrol()
    browser = owner.provider.browser()
    page = owner.half(browser)
    page = press(browser, page, f"{page.request.path}/text/send")
    page = press(browser, page, f"{page.request.path}/send")
    assert page.status_code == 429
    assert browser.submit(page, code=owner.texted("登录")).request.path == "/account"


def test_a_capture_is_of_its_browser_and_journey_alone(owner):
    """The picture of one sign-in under the address of another: the same person, another browser."""
    owner.enrol()
    first, second = owner.provider.browser(), owner.provider.browser()
    mine = at_camera(first, owner.half(first))
    theirs = at_camera(second, owner.half(second))
    run = mine.start().json["capture"]
    headers = {"X-CSRFToken": theirs.token, "X-Capture": run}
    answer = second.post(
        f"{theirs.base}/frames", packed(frames(FACE, 0)), headers=headers, content_type="application/octet-stream"
    )
    assert answer.status_code == 409
    assert not owner.provider.stores.sessions.of_citizen(owner.person.id, now=owner.provider.clock.now())


@pytest.mark.parametrize("what", ["start", "frames", "picture"])
def test_nothing_is_taken_without_this_browsers_token(owner, what):
    owner.enrol()
    browser = owner.provider.browser()
    lens = at_camera(browser, owner.half(browser))
    kinds = {
        "start": "application/x-www-form-urlencoded",
        "frames": "application/octet-stream",
        "picture": "image/jpeg",
    }
    answer = browser.post(f"{lens.base}/{what}", b"x", content_type=kinds[what])
    assert answer.status_code == 403


def test_a_running_session_is_stepped_up_by_the_face(owner, provider):
    party, browser = provider.party(), owner.browser()
    owner.enrol()  # by another browser, which has not ended this session yet
    page = browser.follow(party.authorize(browser, acr_values=ACR_3))
    assert page.request.path.endswith("/prove")
    page = press(browser, page, f"{page.request.path}-second-factor")
    answer = at_camera(browser, page).look(FACE)
    claims = claims_of(party.redeem(answer_of(answer)["code"]).json["id_token"])
    assert (claims["amr"], claims["acr"]) == (["pwd", "face", "mfa"], ACR_3)


def test_set_up_on_the_way_to_the_highest_level(owner, provider):
    party, browser = provider.party(), owner.browser()
    page = browser.follow(party.authorize(browser, acr_values=ACR_3))
    assert 'value="face"' in page.text
    action = f"{page.request.path}-set-up"
    page = browser.follow(browser.post(action, {"csrf_token": csrf_of(page), "by": "face"}))
    assert page.request.path.endswith("/face")
    page = press(browser, page, page.request.path)
    page = browser.submit(page, code=owner.texted("设置刷脸登录"))
    answer = Lens(browser, page).look(FACE)
    claims = claims_of(party.redeem(answer_of(answer)["code"]).json["id_token"])
    assert (claims["amr"], claims["acr"]) == (["pwd", "sms", "face", "mfa"], ACR_3)


def test_taken_back_after_a_fresh_sign_in_with_it(owner, provider):
    owner.enrol()
    browser = provider.browser()
    at_camera(browser, owner.half(browser)).look(FACE)
    provider.clock.advance(700)
    page = browser.get("/account/face")
    assert "/account/face/remove" not in page.text
    assert browser.post("/account/face/remove", {"csrf_token": csrf_of(page)}).status_code == 200
    assert owner.enrolled
    page = press(browser, page, "/account/face")
    page = browser.submit(page, username=owner.person.mobile, password=PASSWORD)
    page = at_camera(browser, page).look(FACE)
    assert page.request.path == "/account/face"
    assert press(browser, page, "/account/face/remove").request.path == "/account"
    assert not owner.enrolled
    assert len(owner.events("face_factor_removed")) == 1
    again = provider.browser()
    assert again.sign_in(owner.person).request.path == "/account"


def test_withdrawing_the_consent_takes_it_back_too(owner, provider):
    owner.enrol()
    browser = provider.browser()
    page = at_camera(browser, owner.half(browser)).look(FACE)
    action = re.search(r'action="(/account/face[^"]*)"', page.text)
    assert action, page.text
    assert press(browser, page, action[1]).request.path == "/account"
    assert not owner.enrolled


@pytest.fixture
def judgeless(tmp_path: Path, _database_template: Path, fast_wire: Wire) -> Iterator[Provider]:
    """An installation whose judge was taken away."""
    with open_provider(tmp_path, _database_template, fast_wire) as made:
        yield made


def test_where_the_judge_is_gone_the_text_message_lets_its_owner_in(judgeless):
    owner = Owner(judgeless)
    owner.enrol()
    browser = judgeless.browser()
    page = owner.half(browser)
    assert "/second-factor/face" not in page.text
    assert browser.get(f"{page.request.path}/face").status_code == 404
    page = press(browser, page, f"{page.request.path}/text/send")
    assert browser.submit(page, code=owner.texted("登录")).request.path == "/account"


def test_neither_picture_nor_template_lies_anywhere_in_the_clear(owner, provider, fast_wire, tmp_path):
    browser = owner.browser()
    owner.opt_in(browser)
    again = provider.browser()
    at_camera(again, owner.half(again)).look(FACE)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert owner.person.id.encode() in kept
    for place in (kept, repr(everything_in(fast_wire)).encode()):
        assert b"zhang_san" not in place
        assert b"sandbox-face" not in place
