"""The roads through the pages: each step leads on, nothing is a dead end, nothing moves silently."""

import pyotp
import pytest
from lxml import html

from idp.domain.assurance import Level
from idp.domain.client import ConsentPolicy
from idp.domain.errors import Distrusted, StoreUnavailable
from tests.provider import PASSWORD, answer_of
from tests.web.pages.conftest import LI, TOTP_SECRET, ZHANG


def _links(page):
    return html.fromstring(page.text).xpath("//main//a/@href")


def _cookie(walk):
    return walk.browser.cookie("__Host-yht_session")


def test_register_prove_consent_and_arrive(walk):
    page = walk.register_password()
    assert "第 3 步，共 3 步" in page.text
    page = walk.browser.submit(page, login_name="new-citizen", password=PASSWORD, password_again=PASSWORD)
    assert page.request.path.endswith("/prove")
    assert "暂不核验" not in page.text  # the portal insists
    page = walk.browser.get(walk.at(page, "prove/police_population"))
    before = _cookie(walk)
    page = walk.browser.submit(page, **LI)
    assert page.request.path.endswith("/consent")
    assert _cookie(walk) not in {None, before}  # a new token with the new level
    assert "您的姓名" in page.text
    assert "您的证件号码" not in page.text  # not asked for
    answer = answer_of(walk.browser.submit(page, decision="agree"))
    assert answer["code"]
    assert answer["state"] == "s-123"
    assert "code" in answer_of(walk.party.authorize(walk.browser, scope="openid profile phone"))  # no page at all


def test_refusing_goes_back_with_access_denied_and_is_not_remembered(walk):
    answer = answer_of(walk.browser.submit(walk.consent(), decision="refuse"))
    assert answer["error"] == "access_denied"
    assert answer["iss"] == "https://id.example"
    assert walk.authorize().request.path.endswith("/consent")


def test_the_consent_form_cannot_widen_what_was_asked(walk):
    walk.browser.submit(walk.consent(), decision="agree")
    page = walk.authorize(scope="openid realname")
    token = html.fromstring(page.text).xpath("//input[@name='csrf_token']/@value")[0]
    walk.browser.post(page.request.path, {"csrf_token": token, "decision": "agree", "scope": "id_number"})
    consent = walk.provider.stores.consents.of(walk.proved.id, "hall")
    assert consent.scopes == {"openid", "profile", "phone", "realname"}


def test_cancelling_goes_back_to_the_client_from_any_page(walk):
    for way in (walk.authorize, walk.prove):
        page = way()
        action = walk.at(page, "cancel")
        token = html.fromstring(page.text).xpath("//input[@name='csrf_token']/@value")[0]
        assert answer_of(walk.browser.post(action, {"csrf_token": token}))["error"] == "access_denied"


def test_a_refused_proof_says_one_sentence_keeps_the_form_and_counts(walk):
    page = walk.browser.submit(walk.channel(), name="李四", id_number=LI["id_number"])
    unknown = walk.browser.submit(page, name="无名", id_number="37010219040404001X")
    for each, left in ((page, "4"), (unknown, "3")):
        assert "姓名与证件号码未能核实一致，可更换方式或到窗口办理。" in each.text
        assert f"您还可以再试 {left} 次。" in each.text
    assert html.fromstring(unknown.text).xpath("//input[@id='name']/@value") == ["无名"]
    assert walk.browser.submit(unknown, **LI).request.path.endswith("/consent")


def test_without_tries_left_there_is_a_way_on(walk):
    page = walk.channel()
    for _ in range(5):
        page = walk.browser.submit(page, name="李四", id_number=LI["id_number"])
    assert "暂时没有剩余次数" in page.text
    assert not html.fromstring(page.text).xpath("//input[@id='name']")
    assert walk.at(page, "prove") in _links(page)


def test_a_number_held_elsewhere_leads_to_that_account_in_the_same_journey(walk):
    page = walk.merge()
    assert page.request.path.endswith("/merge")
    assert walk.provider.stores.citizens.by_id(walk.fresh.id).id_number is None
    token = html.fromstring(page.text).xpath("//input[@name='csrf_token']/@value")[0]
    page = walk.browser.follow(walk.browser.post(page.request.path, {"csrf_token": token}))
    assert page.request.path.endswith("/sign-in")
    assert not walk.provider.stores.sessions.of_citizen(walk.fresh.id, now=walk.provider.clock.now())
    page = walk.browser.submit(page, username=walk.proved.mobile, password=PASSWORD)
    assert page.request.path.endswith("/join")
    token = html.fromstring(page.text).xpath("//input[@name='csrf_token']/@value")[0]
    page = walk.browser.follow(walk.browser.post(f"{page.request.path}/leave", {"csrf_token": token}))
    assert page.request.path.endswith("/consent")
    assert walk.provider.stores.citizens.by_id(walk.fresh.id).merged_into is None


def test_the_merge_page_alone_says_nothing(walk):
    page = walk.prove()
    assert walk.browser.follow(walk.get(walk.at(page, "merge"))).request.path.endswith("/prove")


def test_a_channel_that_is_down_keeps_what_was_typed_and_spends_nothing(walk):
    page = walk.channel()
    walk.provider.sandbox.fault("police", "http_500")
    page = walk.browser.submit(page, **LI)
    assert page.status_code == 503
    assert "没有消耗次数" in page.text
    assert html.fromstring(page.text).xpath("//input[@id='id_number']/@value") == [LI["id_number"]]
    walk.provider.sandbox.heal()
    walk.provider.clock.advance(120)
    assert walk.browser.submit(page, **LI).request.path.endswith("/consent")


def test_an_answer_that_cannot_be_trusted_is_an_apology_with_a_number(walk, monkeypatch):
    page = walk.channel()
    proving = walk.provider.app.extensions["yihaotong"].proving

    def distrusted(*_args: object):
        raise Distrusted("police_population", "signature")

    monkeypatch.setattr(type(proving), "reply", distrusted)
    page = walk.browser.submit(page, **LI)
    assert page.status_code == 502
    assert "非常抱歉" in page.text
    assert html.fromstring(page.text).xpath("//code/text()")
    assert walk.at(page, "prove") in _links(page)


def test_a_form_sent_twice_gives_one_result(walk):
    page = walk.channel()
    tree = html.fromstring(page.text)
    data = {**LI, "csrf_token": tree.xpath("//form//input[@name='csrf_token']/@value")[0]}
    first = walk.browser.post(page.request.path, data)
    second = walk.browser.post(page.request.path, data)
    assert first.status_code == second.status_code == 303
    assert walk.browser.follow(second).request.path.endswith("/consent")
    assert len(walk.provider.stores.citizens.evidence_of(walk.fresh.id)) == 1


def test_an_unknown_channel_leads_on(walk):
    page = walk.get(walk.at(walk.prove(), "prove/no_such_channel"))
    assert page.status_code in {404, 409}
    assert _links(page)


def test_known_number_is_told_only_after_its_code_and_sign_in_is_filled_in(walk):
    known, unknown = walk.register_code(walk.proved.mobile), walk.register_code("19900000009")
    plain = [html.fromstring(p.text).xpath("//h1")[0].text for p in (known, unknown)]
    assert plain[0] == plain[1]
    walk.provider.clock.advance(61)
    page = walk.register_existing()
    assert page.request.path.endswith("/register/existing")
    assert html.fromstring(page.text).xpath("//input[@id='username']/@value") == [walk.proved.mobile]
    assert walk.browser.submit(page, username=walk.proved.mobile, password=PASSWORD).request.path.endswith("/consent")


@pytest.mark.parametrize(
    "page_name",
    [
        "register/code",
        "register/existing",
        "register/password",
        "second-factor",
        "prove",
        "consent",
        "merge",
        "choose-account",
    ],
)
def test_a_page_ahead_of_its_step_leads_to_the_step(walk, page_name):
    page = walk.authorize()
    answer = walk.browser.follow(walk.get(walk.at(page, page_name)))
    assert answer.request.path.endswith("/sign-in")


def test_the_back_button_after_signing_in_leads_forward(walk):
    page = walk.consent()
    assert walk.browser.follow(walk.get(walk.at(page, "sign-in"))).request.path.endswith("/consent")


def test_a_finished_journey_names_the_portal_and_leads_there(walk):
    page = walk.consent()
    walk.browser.submit(page, decision="agree")
    page = walk.get(walk.at(page))
    assert page.status_code == 410
    assert _links(page)[0] == "https://hall.example/login"


def test_an_expired_journey_and_a_lost_cookie_lead_on(walk):
    page = walk.authorize()
    other = walk.provider.browser().get(page.request.path)
    walk.provider.clock.advance(1801)
    for lost in (other, walk.get(page.request.path)):
        assert lost.status_code == 410
        assert "/account" in _links(lost)


def test_a_journey_of_another_browser_takes_no_password(walk):
    page = walk.authorize()
    attacker = walk.provider.browser()
    token = html.fromstring(attacker.get("/").text).xpath("//input[@name='csrf_token']/@value")[0]
    answer = attacker.post(
        page.request.path, {"csrf_token": token, "username": walk.proved.mobile, "password": PASSWORD}
    )
    assert attacker.follow(answer).status_code == 410
    assert attacker.cookie("__Host-yht_session") is None


def test_token_and_csrf_secret_change_at_sign_in(walk):
    page = walk.authorize()
    before = html.fromstring(page.text).xpath("//input[@name='csrf_token']/@value")[0].split(".")[0]
    page = walk.browser.submit(page, username=walk.proved.mobile, password=PASSWORD)
    first = _cookie(walk)
    assert html.fromstring(page.text).xpath("//input[@name='csrf_token']/@value")[0].split(".")[0] != before
    walk.provider.clock.advance(1)
    walk.browser.submit(walk.authorize(prompt="login"), username=walk.proved.mobile, password=PASSWORD)
    assert first is not None
    assert _cookie(walk) not in {None, first}
    assert walk.provider.stores.sessions.read(first, now=walk.provider.clock.now()) is None


def test_the_session_cookie_is_http_only_lax_and_secure(walk):
    page = walk.authorize()
    tree = html.fromstring(page.text)
    data = {
        "csrf_token": tree.xpath("//input[@name='csrf_token']/@value")[0],
        "username": walk.proved.mobile,
        "password": PASSWORD,
    }
    cookies = walk.browser.post(page.request.path, data).headers.getlist("Set-Cookie")
    # The state that our frame at portals reads is for scripts, and says nothing: tests/web/test_session_management.py.
    closed = [cookie for cookie in cookies if not cookie.startswith("__Host-yht_state=")]
    assert (len(closed), len(cookies)) == (2, 3)
    for cookie in closed:
        assert cookie.startswith("__Host-")
        assert {"HttpOnly", "SameSite=Lax", "Secure", "Path=/"} <= {part.strip() for part in cookie.split(";")}
        assert walk.proved.mobile not in cookie


def test_somebody_else_signs_the_first_one_out(walk):
    page = walk.choose_account()
    assert "张*" in page.text
    page = _press(walk, page, choice="other")
    assert page.request.path.endswith("/sign-in")
    assert not walk.provider.stores.sessions.of_citizen(walk.proved.id, now=walk.provider.clock.now())


def _press(walk, page, action=None, **fields):
    token = html.fromstring(page.text).xpath("//input[@name='csrf_token']/@value")[0]
    return walk.browser.follow(walk.browser.post(action or page.request.path, {"csrf_token": token, **fields}))


def test_going_on_as_the_one_signed_in(walk):
    assert _press(walk, walk.choose_account(), choice="continue").request.path.endswith("/consent")


def test_the_second_factor_can_be_left_for_another_name(walk):
    page = walk.second_factor()
    assert _cookie(walk) is None
    page = _press(walk, page, walk.at(page, "start-over"))
    assert page.request.path.endswith("/sign-in")


def test_the_second_factor_opens_the_session(walk):
    page = walk.second_factor()
    code = pyotp.TOTP(TOTP_SECRET).at(int(walk.provider.clock.now()))
    assert walk.browser.submit(page, otp=code).request.path.endswith("/consent")
    session = walk.provider.stores.sessions.of_citizen(walk.proved.id, now=walk.provider.clock.now())[0]
    assert session.amr == ("pwd", "otp", "mfa")


def test_a_level_that_is_only_wanted_can_wait(walk):
    party = walk.provider.party("easy", consent=ConsentPolicy.IMPLIED)
    page = walk.browser.follow(party.authorize(walk.browser, acr_values="urn:yihaotong:realname:1"))
    page = walk.browser.submit(page, username=walk.fresh.mobile, password=PASSWORD)
    assert "暂不核验，继续" in page.text
    assert answer_of(_press(walk, page, walk.at(page, "prove-later")))["code"]


def test_a_level_out_of_reach_is_told_and_goes_back_as_unmet(walk):
    party = walk.provider.party("strict", minimum_level=Level.HIGH)
    page = walk.browser.follow(party.authorize(walk.browser))
    page = walk.browser.submit(page, username=walk.proved.mobile, password=PASSWORD)
    assert "本页的方式达不到这一等级" in page.text
    answer = answer_of(_press(walk, page, walk.at(page, "prove-not-here")))
    assert answer["error"] == "unmet_authentication_requirements"


def test_the_account_page_masks_and_its_buttons_work(walk):
    page = walk.account()
    assert ZHANG["id_number"] not in page.text
    assert walk.proved.mobile not in page.text
    assert "3701***********012" in page.text
    other = walk.provider.browser()
    other.sign_in(walk.proved)
    page = walk.get("/account")
    assert page.text.count("退出该设备：") == 1
    action = html.fromstring(page.text).xpath(
        "//form[contains(@action, '/sessions/') and contains(@action, '/end')]/@action"
    )[0]
    assert "该设备已退出登录。" in _press(walk, page, action).text
    assert other.follow(other.get("/account")).request.path.endswith("/sign-in")
    other.sign_in(walk.proved)
    assert "已退出其他所有设备。" in _press(walk, walk.get("/account"), "/account/sessions/end-others").text
    assert other.follow(other.get("/account")).request.path.endswith("/sign-in")
    page = _press(walk, walk.get("/account/portals/hall"))
    assert "已解除连接" in page.text
    assert walk.provider.stores.consents.of(walk.proved.id, "hall") is None
    assert walk.browser.follow(walk.get("/account/portals/hall")).request.path == "/account"


def test_the_account_page_offers_the_next_level_only_where_a_way_leads_there(walk):
    walk.browser.sign_in(walk.fresh)
    page = _press(walk, walk.get("/account"), "/account/prove")
    assert page.request.path.endswith("/prove")
    page = walk.browser.get(walk.at(page, "prove/police_population"))
    page = walk.browser.submit(page, **LI)
    assert page.request.path == "/account"
    assert "李*" in page.text
    assert "/account/prove" not in page.text


def test_a_proof_signs_out_whoever_had_the_account_before(walk):
    other = walk.provider.browser()
    other.sign_in(walk.fresh)
    walk.browser.submit(walk.channel(), **LI)
    assert other.follow(other.get("/account")).request.path.endswith("/sign-in")


def test_signing_out_tells_the_portals_and_ends_here(walk):
    walk.account()
    page = _press(walk, walk.get("/sign-out"))
    assert page.request.path == "/signed-out"
    assert _cookie(walk) is None
    walk.provider.app.extensions["yihaotong"].notices.close()
    assert [address for address, _ in walk.provider.posted] == ["https://hall.example/logout"]
    assert walk.browser.follow(walk.get("/account")).request.path.endswith("/sign-in")
    walk.provider.drain()
    assert "signed_out" in {e.kind for e in walk.provider.stores.audit.recent(walk.proved.id, limit=20)}


def test_registering_without_a_portal_ends_at_the_account(walk):
    page = walk.browser.follow(walk.get("/register"))
    page = walk.browser.submit(page, mobile="19900000009")
    page = walk.browser.submit(page, code=walk.code_for("19900000009"))
    page = walk.browser.submit(page, login_name="", password=PASSWORD, password_again=PASSWORD)
    assert page.request.path == "/account"
    assert "未实名" in page.text


def test_the_login_hint_is_filled_in(walk):
    page = walk.authorize(login_hint="zhangsan")
    assert html.fromstring(page.text).xpath("//input[@id='username']/@value") == ["zhangsan"]


def test_a_text_message_that_cannot_be_sent_loses_nothing(walk):
    page = walk.register()
    walk.provider.sandbox.fault("sms", "http_500")
    page = walk.browser.submit(page, mobile="19900000009")
    assert page.status_code == 503
    assert "没有消耗次数" in page.text
    assert html.fromstring(page.text).xpath("//input[@id='mobile']/@value") == ["19900000009"]


def test_a_store_that_is_down_is_told_as_that(walk, monkeypatch):
    page = walk.authorize()

    def down(*_args: object, **_more: object):
        raise StoreUnavailable("no answer")

    monkeypatch.setattr(type(walk.provider.stores.journeys), "read", down)
    page = walk.get(page.request.path)
    assert page.status_code == 503
    assert page.headers["Retry-After"] == "5"


def test_the_unknown_becomes_a_page_with_a_number_and_the_trace_stays_in_the_log(walk, monkeypatch, request):
    def broken(*_args: object, **_more: object):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(type(walk.provider.stores.journeys), "read", broken)
    page = walk.get("/journey/x/sign-in")
    assert page.status_code == 500
    assert "secret detail" not in page.text
    number = html.fromstring(page.text).xpath("//code/text()")[0]
    log = request.getfixturevalue("_logs_hold_nothing_personal").getvalue()
    assert number in log
    assert "secret detail" in log


@pytest.mark.parametrize("cookie", ["garbage", "eyJhIjoxfQ.aaaaaa.bbbbbb", '"', "é"])
def test_a_tampered_browser_cookie_is_ignored(walk, cookie):
    walk.browser.http.set_cookie("__Host-yht_browser", cookie, domain="id.example", path="/")
    assert walk.get("/").status_code == 200
    assert walk.authorize().status_code == 200
