"""The road through a channel: sent elsewhere and back, a code to scan, several forms, and every way to get lost."""

from urllib.parse import urlsplit

import pytest
from lxml import html

from idp.domain.attempt import Attempt, Reply
from idp.domain.channel import FieldKind, Form, Reason, Redirect, Rejected, Scan, Verified
from idp.domain.claims import ClaimName
from idp.domain.errors import Distrusted, Unavailable
from tests.web.pages.conftest import LI, REDIRECT, SCAN

YES = Verified({ClaimName.NAME: LI["name"], ClaimName.ID_NUMBER: LI["id_number"]}, "T1")
SENT = {"state": "s1", "auth_code": "c1"}


def _text(page):
    return " ".join(html.fromstring(page.text).text_content().split())


def _targets(page):
    policy = page.headers["Content-Security-Policy"]
    return next(part.split()[1:] for part in policy.split("; ") if part.startswith("form-action"))


def _token(page):
    return html.fromstring(page.text).xpath("//input[@name='csrf_token']/@value")[0]


def _press(walk, page, action):
    assert action in html.fromstring(page.text).xpath("//form/@action")
    return walk.browser.post(action, {"csrf_token": _token(page)})


def _link(page, text):
    return html.fromstring(page.text).xpath(f"//a[normalize-space()='{text}']/@href")[0]


def _back(walk, page, fields=None, *, browser=None):
    """What the upstream makes the browser do in the end."""
    return (browser or walk.browser).get(f"{walk.at(page, 'prove/trial')}/return", query_string=fields or SENT)


# ---- sent elsewhere -------------------------------------------------------------------------------------------------


def test_a_page_says_where_one_is_sent_and_a_button_leads_there(walk):
    page = walk.redirected()
    assert "核验将在 upstream.example 进行" in _text(page)
    answer = _press(walk, page, f"{page.request.path}/leave")
    assert (answer.status_code, answer.headers["Location"]) == (303, REDIRECT.url)
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("url", "target"), [
    ("https://upstream.example/a", "https:"),  # it may lead on to hosts of its own
    ("http://127.0.0.1:8100/a", "http://127.0.0.1:8100"),
])  # fmt: skip
def test_the_policy_lets_the_button_lead_to_the_upstream_and_no_other_page(walk, url, target):
    walk.script(begins_with=Redirect(url))
    assert target in _targets(walk.way())
    assert target not in _targets(walk.browser.get(walk.at(walk.browser.last, "prove")))


def test_what_the_upstream_sends_back_reaches_the_channel_with_the_journeys_own_attempt(walk):
    trial = walk.script(begins_with=REDIRECT, answers=[YES])
    page = walk.way()
    [attempt] = trial.begun
    assert attempt.return_uri == f"https://id.example{page.request.path}/return"
    answer = _back(walk, page, {**SENT, "attempt_id": "another", "channel": "police_population"})
    assert answer.status_code == 303
    assert urlsplit(answer.headers["Location"]).query == ""
    assert walk.browser.follow(answer).request.path.endswith("/consent")
    [reply] = trial.replies
    assert (reply.attempt_id, reply.channel) == (attempt.id, "trial")
    assert reply.unverified_fields == {**SENT, "attempt_id": "another", "channel": "police_population"}
    assert reply.unverified_body == b""


def test_an_upstream_may_send_the_browser_back_by_a_form_of_its_own(walk):
    trial = walk.script(begins_with=REDIRECT, answers=[YES])
    page = walk.way()
    answer = walk.browser.post(f"{page.request.path}/return?state=s1", {"auth_code": "c1", "name": "值"})
    assert walk.browser.follow(answer).request.path.endswith("/consent")
    [reply] = trial.replies
    assert reply.unverified_fields == {"state": "s1", "auth_code": "c1", "name": "值"}
    assert reply.unverified_body == b"auth_code=c1&name=%E5%80%BC"


def test_a_form_from_another_site_has_no_cookies_and_is_handed_on_by_a_page_of_ours(walk):
    trial = walk.script(begins_with=REDIRECT, answers=[YES])
    page = walk.way()
    bare = walk.provider.browser()  # what SameSite=Lax leaves of this browser
    between = bare.post(f"{page.request.path}/return?state=s1", {"auth_code": '"><script>alert(1)</script>'})
    assert between.status_code == 200
    assert "<script>" not in between.text
    assert not trial.replies
    form = html.fromstring(between.text).xpath("//main//form")[0]
    sent = dict(zip(form.xpath(".//input/@name"), form.xpath(".//input/@value"), strict=True))
    assert sent == {"state": "s1", "auth_code": '"><script>alert(1)</script>'}
    assert walk.browser.follow(walk.browser.post(form.get("action"), sent)).request.path.endswith("/consent")
    assert trial.replies[0].unverified_fields == sent


def test_a_browser_that_keeps_no_cookies_is_told_and_not_led_in_circles(walk):
    page = walk.redirected()
    bare = walk.provider.browser()
    bare.post(f"{page.request.path}/return", SENT)
    bare.http._cookies = None  # it keeps none
    answer = bare.post(f"{page.request.path}/return/here", SENT)
    assert answer.status_code == 410


def test_an_answer_in_another_browser_is_not_taken_and_says_where_to_go_on(walk):
    trial = walk.script(begins_with=REDIRECT, answers=[YES])
    page = walk.way()
    thief = walk.provider.browser()
    thief.sign_in(walk.proved)
    for browser in (thief, walk.provider.browser()):
        answer = _back(walk, page, browser=browser)
        assert answer.status_code == 410
        assert "请回到开始核验的设备上继续" in answer.text
    assert not trial.replies


def test_the_answer_of_one_channel_is_never_taken_at_the_address_of_another(walk):
    other = walk.script("other", begins_with=REDIRECT, answers=[YES])
    trial = walk.script(begins_with=REDIRECT, answers=[YES])
    page = walk.way()
    wrong = walk.browser.follow(walk.browser.get(walk.at(page, "prove/other/return"), query_string=SENT))
    assert wrong.request.path.endswith("/prove")
    assert "您可以从这里继续" in wrong.text
    assert not other.replies
    assert not trial.replies
    assert walk.browser.follow(_back(walk, page)).request.path.endswith("/consent")


def test_a_form_is_never_filled_in_by_the_address_of_the_return(walk):
    trial = walk.script()
    page = walk.way()
    assert walk.browser.follow(_back(walk, page, LI)).request.path == page.request.path
    assert not trial.replies


def test_whoever_only_looks_at_the_return_takes_nothing(walk):
    trial = walk.script(begins_with=REDIRECT, answers=[YES])
    page = walk.way()
    for name in ("return", "wait"):
        answer = walk.browser.http.head(f"{page.request.path}/{name}?state=s1", base_url="https://id.example")
        assert answer.status_code == 200
    assert not trial.replies


# ---- still pending --------------------------------------------------------------------------------------------------


def test_an_answer_that_is_still_pending_leads_to_a_page_that_waits(walk):
    trial = walk.script(begins_with=REDIRECT, answers=[REDIRECT, REDIRECT, YES])
    page = walk.browser.follow(_back(walk, walk.way()))
    assert page.request.path.endswith("/prove/trial/wait")
    assert "正在等待您的核验结果" in page.text
    assert page.headers["Refresh"] == "2"
    assert f"{walk.at(page, 'prove/trial')}/leave" in html.fromstring(page.text).xpath("//form/@action")
    page = walk.browser.follow(walk.browser.get(page.request.path))
    assert page.request.path.endswith("/consent")
    assert [dict(reply.unverified_fields) for reply in trial.replies] == [SENT, {}, {}]


def test_a_code_to_scan_has_a_picture_a_text_an_end_and_a_way_on(walk):
    page = walk.scan()
    tree = html.fromstring(page.text)
    [picture] = tree.xpath("//main//img")
    assert picture.get("src").startswith("data:image/svg+xml;charset=utf-8,")
    assert picture.get("alt") == "本次核验的二维码"
    assert tree.xpath("//details//code/text()") == [SCAN.payload]
    assert _link(page, "在本机打开核验页面") == SCAN.payload
    assert "前完成本次核验" in page.text
    assert "http-equiv" not in page.text
    asked = walk.browser.get(_link(page, "我已完成，继续"))
    assert "暂无结果" in asked.text


@pytest.mark.parametrize("payload", ["javascript:alert(1)", "weixin://scan", "data:text/html,x", "HTTPS-like"])
def test_only_a_web_address_becomes_a_link(walk, payload):
    scan = Scan(payload)
    walk.script(begins_with=scan, answers=[scan] * 3)
    page = walk.way()
    shown = html.fromstring(page.text).xpath("//details//code/text() | //p[contains(@class, 'match')]/strong/text()")
    assert payload in shown
    assert payload not in html.fromstring(page.text).xpath("//a/@href")


def test_the_number_that_the_phone_asks_for_stands_beside_the_code_until_a_phone_has_joined(walk):
    beside = Scan(SCAN.payload, match="07", typed=True)
    walk.script(begins_with=beside, answers=[beside, Scan(SCAN.payload, joined=True)])
    page = walk.way()
    assert html.fromstring(page.text).xpath("//p[@class='match']/strong/text()") == ["07"]
    joined = html.fromstring(walk.browser.get(page.request.path).text)
    assert "手机已连接" in joined.text_content()
    assert not joined.xpath("//main//img | //p[@class='match']")


@pytest.mark.parametrize("step", [REDIRECT, SCAN], ids=["sent-elsewhere", "scan"])
def test_a_final_failure_is_said_and_leads_to_a_new_attempt_with_every_try_left(walk, step):
    over = Unavailable("trial", "of no use", over=True)
    trial = walk.script(begins_with=step, answers=[over, step, step])
    page = walk.way()
    told = walk.browser.follow(_back(walk, page)) if step is REDIRECT else walk.browser.follow(page)
    assert "没有消耗次数" in told.text
    assert len(trial.begun) == 2
    assert len({attempt.id for attempt in trial.begun}) == 2


def test_looking_for_the_result_can_be_stopped_and_started_and_slows_down(walk):
    page = walk.scan()
    assert page.headers["Refresh"] == "2"
    stopped = walk.browser.get(_link(page, "停止自动查询"))
    assert "Refresh" not in stopped.headers
    assert "Refresh" not in walk.browser.get(_link(stopped, "我已完成，继续")).headers
    assert "Refresh" in walk.browser.get(_link(stopped, "改为每隔几秒自动查询")).headers
    walk.provider.clock.advance(30)
    assert walk.browser.get(page.request.path).headers["Refresh"] == "5"


def test_a_failure_while_waiting_is_said_and_the_page_goes_on_asking(walk):
    trial = walk.script(begins_with=SCAN, answers=[Unavailable("trial", "down"), YES])
    page = walk.way()
    assert page.status_code == 503
    assert "没有消耗次数" in page.text
    assert page.headers["Refresh"] == "5"
    assert walk.browser.follow(walk.browser.get(page.request.path)).request.path.endswith("/consent")
    assert len(trial.replies) == 2


def test_asking_too_often_makes_the_page_wait_longer(walk):
    walk.script(begins_with=SCAN, answers=[SCAN] * 100)
    page = walk.way()
    while page.status_code == 200:
        page = walk.browser.get(page.request.path)
    assert page.status_code == 429
    assert int(page.headers["Refresh"]) > 5


def test_the_expiry_is_told_and_a_button_begins_again(walk):
    trial = walk.script(begins_with=SCAN, answers=[SCAN] * 9)
    page = walk.way()
    walk.provider.clock.advance(trial.facts.attempt_seconds)
    told = walk.browser.follow(walk.browser.get(page.request.path))
    assert told.request.path.endswith("/prove/trial")
    assert "核验时间过长" in told.text or "重新开始" in told.text
    assert len(trial.begun) == 1
    again = walk.browser.follow(_press(walk, told, f"{told.request.path}/again"))
    assert again.request.path == page.request.path
    assert len(trial.begun) == 2


# ---- refused --------------------------------------------------------------------------------------------------------


def test_after_a_refusal_nothing_begins_until_one_wants_it_and_the_old_answer_costs_nothing(walk):
    trial = walk.script(begins_with=REDIRECT, answers=[Rejected(Reason.USER_CANCELLED), YES])
    page = walk.way()
    refused = walk.browser.follow(_back(walk, page))
    assert refused.request.path == page.request.path
    assert "您还可以再试 4 次" in refused.text
    for _ in range(3):  # the back button, and a second tab
        again = walk.browser.follow(_back(walk, page))
        assert "您还可以再试 4 次" in again.text
    assert (len(trial.begun), len(trial.replies)) == (1, 1)
    once_more = walk.browser.follow(_press(walk, again, f"{page.request.path}/again"))
    assert "核验将在 upstream.example 进行" in _text(once_more)
    assert walk.browser.follow(_back(walk, page)).request.path.endswith("/consent")


def test_without_tries_left_the_page_says_so_instead_of_beginning(walk):
    trial = walk.script(begins_with=REDIRECT, answers=[Rejected(Reason.USER_CANCELLED)] * 5)
    page = walk.way()
    for left in (4, 3, 2, 1):
        refused = walk.browser.follow(_back(walk, page))
        assert f"您还可以再试 {left} 次" in refused.text
        walk.browser.follow(_press(walk, refused, f"{page.request.path}/again"))
    refused = walk.browser.follow(_back(walk, page))
    assert "暂时没有剩余次数" in refused.text
    assert f"{page.request.path}/again" not in refused.text
    assert len(trial.begun) == 5


def test_a_result_is_taken_once_and_a_second_tab_is_led_on(walk):
    trial = walk.script(begins_with=REDIRECT, answers=[YES])
    page = walk.way()
    walk.browser.follow(_back(walk, page))
    for name in ("", "/return", "/wait"):
        assert walk.browser.follow(walk.browser.get(f"{page.request.path}{name}")).request.path.endswith("/consent")
    assert walk.browser.follow(_press_blind(walk, f"{page.request.path}/leave")).request.path.endswith("/consent")
    assert len(trial.replies) == 1


def _press_blind(walk, action):
    return walk.browser.post(action, {"csrf_token": _token(walk.browser.last)})


def test_an_attempt_begun_elsewhere_meanwhile_leads_on_and_keeps_the_newer_one(walk):
    walk.script("other", begins_with=REDIRECT, answers=[YES])
    walk.script(begins_with=REDIRECT, answers=[YES])
    page = walk.way()
    walk.browser.get(walk.at(page, "prove/other"))  # a second tab
    lost = walk.browser.follow(_back(walk, page))
    assert lost.request.path.endswith("/prove")
    assert "您可以从这里继续" in lost.text
    answer = walk.browser.get(walk.at(page, "prove/other/return"), query_string=SENT)
    assert walk.browser.follow(answer).request.path.endswith("/consent")


def test_an_answer_after_the_expiry_is_told(walk):
    trial = walk.script(begins_with=REDIRECT, answers=[YES])
    page = walk.way()
    walk.provider.clock.advance(trial.facts.attempt_seconds)
    told = walk.browser.follow(_back(walk, page))
    assert told.request.path == page.request.path
    assert not trial.replies
    assert f"{page.request.path}/again" in html.fromstring(told.text).xpath("//form/@action")


def test_an_answer_while_the_same_one_is_worked_on_waits_for_it(walk):
    page = None
    seen = []

    def slow(_attempt: Attempt, _reply: Reply):
        seen.append(walk.browser.get(f"{page.request.path}/return", query_string=SENT))
        return YES

    trial = walk.script(begins_with=REDIRECT, answers=[slow])
    page = walk.way()
    assert walk.browser.follow(_back(walk, page)).request.path.endswith("/consent")
    assert seen[0].headers["Location"].endswith("/prove/trial/wait")
    assert len(trial.replies) == 1


def test_a_failure_at_the_return_keeps_the_attempt_and_says_so(walk):
    trial = walk.script(begins_with=REDIRECT, answers=[Unavailable("trial", "down"), YES])
    page = walk.way()
    told = walk.browser.follow(_back(walk, page))
    assert (told.status_code, told.request.path) == (503, page.request.path)
    assert "没有消耗次数" in told.text
    assert "其他方式" in told.text
    assert walk.browser.follow(_back(walk, page)).request.path.endswith("/consent")
    assert len(trial.begun) == 1


def test_an_answer_that_cannot_be_trusted_is_an_apology(walk):
    walk.script(begins_with=REDIRECT, answers=[Distrusted("trial", "state")])
    answer = _back(walk, walk.way())
    assert answer.status_code == 502
    assert "非常抱歉" in answer.text


# ---- several forms --------------------------------------------------------------------------------------------------

CARD = Form((FieldKind.BANK_CARD, FieldKind.MOBILE))
CODE = Form((FieldKind.SMS_CODE,))
CARD_TYPED = {"bank_card": "6216261000000000018", "mobile": "19900000002"}


def _bank(walk, *answers: object):
    bank = walk.script(begins_with=CARD, answers=[CODE, *answers])
    page = walk.browser.submit(walk.way(), **CARD_TYPED)
    assert page.request.path.endswith("/prove/trial")
    return bank, page


def test_a_form_may_follow_a_form_in_one_attempt(walk):
    bank, page = _bank(walk, YES)
    assert html.fromstring(page.text).xpath("//main//form//input[not(@type='hidden')]/@name") == ["sms_code"]
    assert CARD_TYPED["bank_card"] not in page.text
    assert walk.browser.submit(page, sms_code="123456").request.path.endswith("/consent")
    assert len(bank.begun) == 1
    assert [sorted(reply.unverified_fields) for reply in bank.replies] == [["bank_card", "mobile"], ["sms_code"]]


def test_a_form_that_is_asked_for_again_says_what_was_wrong_and_costs_a_try(walk):
    bank, page = _bank(walk, *[CODE] * 9)
    for _ in range(5):
        page = walk.browser.submit(page, sms_code="000000")
        assert "验证码不正确" in page.text
    page = walk.browser.submit(page, sms_code="000000")
    assert page.status_code == 429
    assert len(bank.begun) == 1
    assert len(bank.replies) == 6


def test_the_first_form_sent_again_from_the_back_button_meets_the_second_one_kindly(walk):
    bank, page = _bank(walk, YES)
    back = walk.browser.post(page.request.path, {**CARD_TYPED, "csrf_token": _token(page)})
    page = walk.browser.follow(back)
    assert page.status_code == 400
    assert html.fromstring(page.text).xpath("//input[@name='sms_code']")
    assert walk.browser.submit(page, sms_code="123456").request.path.endswith("/consent")
    assert len(bank.replies) == 2


@pytest.mark.parametrize("then", [REDIRECT, SCAN])
def test_a_form_may_be_followed_by_a_step_elsewhere(walk, then):
    trial = walk.script(answers=[then, *[then] * 2, YES])
    page = walk.browser.submit(walk.way(), **LI)
    assert page.request.path.endswith("/prove/trial" if then is REDIRECT else "/prove/trial/wait")
    stale = walk.browser.follow(walk.browser.post(walk.at(page, "prove/trial"), {**LI, "csrf_token": _token(page)}))
    assert stale.status_code == 200
    assert stale.request.path == page.request.path
    assert LI["id_number"] not in stale.text
    assert len(trial.begun) == 1
