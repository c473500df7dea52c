"""An authenticator app set up and removed over HTTP: in a journey, on the account page, and every way to get it wrong."""

import base64
import json
import re
from pathlib import Path

import pyotp
import pytest
from lxml import html

from idp.domain.channel import Redirect, Verified
from idp.domain.claims import ClaimName
from idp.domain.client import PushEndpoint
from idp.domain.evidence import Strength
from idp.domain.security_event import SecurityEventKind
from idp.oidc.security_events import EVENT_TYPES
from idp.stores.redis.wire import Wire
from tests.people.doubles import ScriptedChannel, facts_of
from tests.provider import PASSWORD, Browser, Person, Provider, answer_of, open_provider

NAME, NUMBER = "张三", "370102190103070012"
ACR_3 = "urn:yihaotong:realname:3"
ACCOUNT = "/account/authenticator"


@pytest.fixture
def counter():
    facts = facts_of("counter", strength=Strength.PRESENCE, source="counter", label_zh="窗口", label_en="Counter")
    answers = [Verified({ClaimName.NAME: NAME, ClaimName.ID_NUMBER: NUMBER}, "T1")]
    return ScriptedChannel(facts, begins_with=Redirect("https://counter.example/go"), answers=answers)


@pytest.fixture
def provider(tmp_path: Path, _database_template: Path, fast_wire: Wire, counter):
    with open_provider(tmp_path, _database_template, fast_wire, channels={"counter": counter}) as made:
        yield made


@pytest.fixture
def owner(provider) -> "Owner":
    return Owner(provider)


class Owner:
    """A citizen at level 1, with browsers."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.person: Person = provider.citizen()
        self.secret = ""

    def browser(self) -> Browser:
        browser = self.provider.browser()
        browser.sign_in(self.person)
        return browser

    @property
    def enrolled(self) -> str | None:
        return self.provider.stores.credentials.totp_secret(self.person.id)

    def code(self, secret: str = "") -> str:
        return pyotp.TOTP(secret or self.secret).at(int(self.provider.clock.now()))

    def texted(self) -> str:
        messages = self.provider.sandbox.control.get(f"/sms/inbox/{self.person.mobile}.json").json
        newest = max(messages, key=lambda message: message["sent_at"])
        assert "设置身份验证器" in newest["text"]
        return str(newest["code"])

    def begin(self, browser: Browser):
        """From the account page to the page of the text message's code."""
        page = press(browser, browser.get(ACCOUNT), ACCOUNT)
        assert page.request.path.endswith("/authenticator"), page.text
        return press(browser, page, page.request.path)

    def app_page(self, browser: Browser):
        page = self.begin(browser)
        assert page.request.path.endswith("/authenticator/code"), page.text
        page = browser.submit(page, code=self.texted())
        assert page.request.path.endswith("/authenticator/app"), page.text
        self.secret = secret_on(page)
        return page

    def enrol(self, browser: Browser):
        return browser.submit(self.app_page(browser), otp=self.code())

    def events(self, kind: str):
        self.provider.drain()
        return [e for e in self.provider.stores.audit.recent(self.person.id, limit=100) if e.kind == kind]


def press(browser: Browser, page, action: str):
    return browser.follow(browser.post(action, {"csrf_token": csrf_of(page)}))


def csrf_of(page) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found
    return found[1]


def secret_on(page) -> str:
    (shown,) = html.fromstring(page.text).xpath("//main//code/text()")
    return str(shown).replace(" ", "")


def claims_of(token: str):
    middle = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))


def journey_of(page) -> str:
    return "/".join(page.request.path.split("/")[:3])


def test_a_portal_that_asks_for_level_3_gets_it_after_a_counter_and_an_app_set_up_in_the_journey(provider, owner):
    party, browser = provider.party(), provider.browser()
    page = browser.follow(party.authorize(browser, acr_values=ACR_3))
    page = browser.submit(page, username=owner.person.mobile, password=PASSWORD)
    journey = journey_of(page)
    provider.clock.advance(700)  # on the way to the counter
    browser.get(f"{journey}/prove/counter")
    page = browser.follow(browser.get(f"{journey}/prove/counter/return", query_string={"code": "c"}))
    assert page.request.path == f"{journey}/prove", "the evidence is there, the second factor is not"
    assert "您还没有身份验证器" in page.text
    page = press(browser, page, f"{journey}/prove-set-up")
    assert "请先再输入一次密码" in page.text
    page = press(browser, page, f"{journey}/authenticator")
    assert page.request.path == f"{journey}/sign-in"
    page = browser.submit(page, username=owner.person.mobile, password=PASSWORD)
    assert page.request.path == f"{journey}/authenticator"
    page = press(browser, page, f"{journey}/authenticator")
    page = browser.submit(page, code=owner.texted())
    before = browser.cookie("__Host-yht_session")
    answer = browser.submit(page, otp=owner.code(secret_on(page)))
    claims = claims_of(party.redeem(answer_of(answer)["code"]).json["id_token"])
    assert claims["acr"] == ACR_3
    assert claims["amr"] == ["pwd", "sms", "otp", "mfa"]
    assert browser.cookie("__Host-yht_session") not in {None, before}


def test_on_the_account_page_it_is_set_up_and_asked_for_at_the_next_sign_in(provider, owner):
    browser = owner.browser()
    assert "尚未设置" in browser.get("/account").text
    page = owner.enrol(browser)
    assert page.request.path == ACCOUNT
    assert "身份验证器已设置好" in page.text
    assert owner.enrolled == owner.secret
    assert "您的账户受身份验证器保护" in browser.get("/account").text
    (event,) = owner.events("second_factor_enrolled")
    assert event.detail == {}
    elsewhere = provider.browser()
    page = elsewhere.sign_in(owner.person)
    assert page.request.path.endswith("/second-factor")
    provider.clock.advance(30)
    assert elsewhere.submit(page, otp=owner.code()).request.path == "/account"


def test_the_secret_is_shown_once_as_picture_link_and_text_and_is_nowhere_in_the_clear(provider, owner, tmp_path):
    browser = owner.browser()
    page = owner.app_page(browser)
    (link,) = html.fromstring(page.text).xpath("//main//a[starts-with(@href, 'otpauth://totp/')]/@href")
    assert pyotp.parse_uri(link).secret == owner.secret
    assert NUMBER not in link
    assert owner.person.mobile not in link
    assert html.fromstring(page.text).xpath("//main//img[starts-with(@src, 'data:image/svg+xml')]")
    assert page.headers["Cache-Control"] == "no-store"
    again = browser.get(page.request.path)
    assert owner.secret not in again.text.replace(" ", "")
    assert "otpauth" not in again.text
    refused = browser.submit(again, otp=_wrong(owner))
    assert refused.status_code == 400
    assert "otpauth" not in refused.text
    assert browser.submit(refused, otp=owner.code()).request.path == ACCOUNT, "the app has it all the same"
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("provider.db*"))
    assert owner.secret.encode() not in stored


def test_a_head_request_does_not_use_the_secret_up(owner):
    browser = owner.browser()
    page = owner.begin(browser)
    path = f"{journey_of(page)}/authenticator/app"
    sent = browser.post(page.request.path, {"csrf_token": csrf_of(page), "code": owner.texted()})
    assert sent.headers["Location"].endswith("/authenticator/app")
    browser.http.head(path, base_url="https://id.example")
    assert secret_on(browser.get(path))


def test_the_confirming_code_opens_nothing_afterwards(provider, owner):
    browser = owner.browser()
    page = owner.app_page(browser)
    code = owner.code()
    browser.submit(page, otp=code)
    elsewhere = provider.browser()
    asked = elsewhere.sign_in(owner.person)
    assert elsewhere.submit(asked, otp=code).status_code == 400


def test_a_password_alone_sets_nothing_up(provider, owner):
    """Whoever learned the password and not the phone gets to the text message's page, and no further."""
    thief = owner.browser()
    page = owner.begin(thief)
    refused = thief.submit(page, code=f"{(int(owner.texted()) + 1) % 10**6:06d}")
    assert refused.status_code == 400
    assert thief.follow(thief.get(f"{journey_of(page)}/authenticator/app")).request.path.endswith("/authenticator")
    assert owner.enrolled is None


def test_five_wrong_codes_of_the_text_message_burn_it(owner):
    browser = owner.browser()
    page = owner.begin(browser)
    right = owner.texted()
    for n in range(5):
        page = browser.submit(page, code=f"{(int(right) + 1 + n) % 10**6:06d}")
    assert browser.submit(page, code=right).status_code == 400


def test_a_sign_in_that_is_not_fresh_shows_the_password_first(provider, owner):
    browser = owner.browser()
    provider.clock.advance(601)
    page = press(browser, browser.get(ACCOUNT), ACCOUNT)
    assert page.request.path.endswith("/sign-in")
    assert browser.submit(page, username=owner.person.mobile, password=PASSWORD).request.path.endswith("/authenticator")


def test_every_other_session_ends_and_its_relying_parties_are_told(provider, owner):
    party = provider.party(security_events=PushEndpoint("https://hall.example/events"))
    thief, browser = owner.browser(), owner.browser()
    asked = thief.follow(party.authorize(thief, scope="openid offline_access", prompt="consent"))
    tokens = party.redeem(answer_of(thief.submit(asked, decision="agree"))["code"]).json
    owner.enrol(browser)
    assert thief.follow(thief.get("/account")).request.path.endswith("/sign-in")
    assert party.refresh(tokens["refresh_token"]).status_code == 400
    assert browser.get("/account").status_code == 200
    (ended,) = owner.events("signed_out")
    assert ended.detail["cause"] == "second_factor"
    assert provider.notified() == ["https://hall.example/logout"]
    told = {kind for _address, event, _bearer in provider.pushed for kind in claims_of(event)["events"]}
    kinds = SecurityEventKind.SESSIONS_REVOKED, SecurityEventKind.CREDENTIAL_CHANGED
    assert told == {EVENT_TYPES[kind] for kind in kinds}


def test_no_form_works_without_its_token(provider, owner):
    browser = owner.browser()
    page = owner.begin(browser)
    journey, texted = journey_of(page), owner.texted()
    for name in ("authenticator", "authenticator/code", "authenticator/leave"):
        assert browser.follow(browser.post(f"{journey}/{name}", {"code": texted})).status_code == 400
    owner.secret = secret_on(browser.submit(page, code=texted))
    assert browser.follow(browser.post(f"{journey}/authenticator/app", {"otp": owner.code()})).status_code == 400
    assert owner.enrolled is None
    browser.submit(browser.get(f"{journey}/authenticator/app"), otp=owner.code())
    assert owner.enrolled
    provider.clock.advance(30)
    for address in (ACCOUNT, f"{ACCOUNT}/remove"):
        assert browser.post(address, {"otp": owner.code()}).status_code == 400
    assert owner.enrolled


def test_a_setup_is_of_no_use_in_another_browser_and_to_another_citizen(provider, owner):
    browser = owner.browser()
    page = owner.app_page(browser)
    elsewhere = owner.browser()
    assert elsewhere.get(page.request.path).status_code == 410, "the journey is of another browser"
    other = provider.citizen(2, name="李思", id_number="370102190204150003")
    browser.get("/sign-out")
    press(browser, browser.last, "/sign-out")
    browser.sign_in(other)
    page = browser.follow(browser.get(f"{journey_of(page)}/authenticator/app"))
    assert page.request.path.endswith("/authenticator")
    assert "没有任何改动" in page.text
    assert provider.stores.credentials.totp_secret(other.id) is None


def test_a_setup_lives_for_ten_minutes(provider, owner):
    browser = owner.browser()
    page = owner.app_page(browser)
    provider.clock.advance(601)
    page = browser.submit(page, otp=owner.code())
    assert page.request.path.endswith("/authenticator")
    assert owner.enrolled is None


def test_of_two_setups_the_newer_one_counts(provider, owner):
    browser = owner.browser()
    older = owner.app_page(browser)
    first = owner.secret
    provider.clock.advance(61)
    newer = owner.app_page(browser)
    page = browser.submit(older, otp=owner.code(first))
    assert page.request.path.endswith("/authenticator")
    assert owner.enrolled is None
    assert browser.submit(newer, otp=owner.code()).request.path == ACCOUNT
    assert owner.enrolled == owner.secret


def test_nothing_is_set_up_over_an_app_that_is_there(provider, owner):
    browser = owner.browser()
    page = owner.app_page(browser)
    provider.stores.credentials.set_totp_secret(owner.person.id, "JBSWY3DPEHPK3PXP", now=provider.clock.now())
    assert browser.submit(page, otp=owner.code()).request.path == ACCOUNT
    assert owner.enrolled == "JBSWY3DPEHPK3PXP"


def test_whoever_does_not_want_to_goes_back_to_the_ways(provider, owner):
    party, browser = provider.party(), provider.browser()
    page = browser.follow(party.authorize(browser, acr_values=ACR_3))
    page = browser.submit(page, username=owner.person.mobile, password=PASSWORD)
    journey = journey_of(page)
    page = press(browser, page, f"{journey}/prove-set-up")
    assert press(browser, page, f"{journey}/authenticator/leave").request.path == f"{journey}/prove"


def test_the_app_is_removed_with_a_code_of_it(provider, owner):
    browser = owner.browser()
    owner.enrol(browser)
    other = provider.browser()
    provider.clock.advance(30)
    other.submit(other.sign_in(owner.person), otp=owner.code())
    page = browser.get(ACCOUNT)
    refused = browser.submit(page, otp=owner.code())
    assert refused.status_code == 422, "the other browser used this one"
    provider.clock.advance(30)
    page = browser.submit(refused, otp=owner.code())
    assert page.request.path == "/account"
    assert owner.enrolled is None
    assert "身份验证器已移除" in page.text
    assert len(owner.events("second_factor_removed")) == 1
    assert other.follow(other.get("/account")).request.path.endswith("/sign-in")
    assert provider.browser().sign_in(owner.person).request.path == "/account"


def test_a_phone_left_on_a_table_removes_nothing(provider, owner):
    browser = owner.browser()
    owner.enrol(browser)
    form = browser.get(ACCOUNT)
    provider.clock.advance(601)
    stale = browser.submit(form, otp=owner.code())
    assert owner.enrolled
    page = press(browser, stale, ACCOUNT)
    assert page.request.path.endswith("/sign-in")
    page = browser.submit(page, username=owner.person.mobile, password=PASSWORD)
    page = browser.submit(page, otp=owner.code())
    assert page.request.path == ACCOUNT
    provider.clock.advance(30)
    browser.submit(page, otp=owner.code())
    assert owner.enrolled is None


def test_guessing_at_the_removal_meets_the_limit_of_the_second_factor(provider, owner):
    browser = owner.browser()
    owner.enrol(browser)
    page = browser.get(ACCOUNT)
    statuses = [browser.submit(page, otp=_wrong(owner)).status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]
    assert owner.enrolled


def _wrong(owner: Owner) -> str:
    around = {pyotp.TOTP(owner.secret).at(int(owner.provider.clock.now()) + 30 * n) for n in (-1, 0, 1)}
    return next(code for n in range(9) if (code := f"{n:06d}") not in around)
