"""A way dies under the citizen's hands: they go on by another one, and neither type nor prove anything twice."""

import pytest

import adapters
from adapters.sandbox.credentials import unionpay_settings
from idp.domain.channel import FieldKind, Form, Redirect, Verified
from idp.domain.circuits import Operation
from idp.domain.claims import ClaimName
from idp.domain.errors import Unavailable
from idp.domain.evidence import Strength
from idp.stores.redis.breakers import RedisBreakers
from idp.stores.redis.connect import open as open_wire
from idp.web import cookies
from tests.adapters.rigs import SANDBOX
from tests.people.doubles import ScriptedChannel, facts_of, says_yes

ZHANG = {"name": "张三", "id_number": "370102190103070012"}
CARD = {"bank_card": "6222021234567890128", "mobile": "13800138001"}
MOBILE = "19900000001"


def same_person(attempt, reply):
    known = {name: attempt.known[name] for name in (ClaimName.NAME, ClaimName.ID_NUMBER)}
    return Verified(known, txn="T2")


def script(house, name: str, label: str, **how) -> ScriptedChannel:
    facts = {"label_zh": label, **how.pop("facts", {})}
    made = house.provider.channels[name] = ScriptedChannel(facts_of(name, **facts), **how)
    return made


@pytest.fixture
def archive(house):
    """A second way to level 1 that asks for a name, a number and a mobile."""
    kinds = (FieldKind.NAME, FieldKind.ID_NUMBER, FieldKind.MOBILE)
    return script(house, "archive", "档案", begins_with=Form(kinds), answers=[says_yes])


def test_what_was_typed_at_the_police_register_stands_in_the_next_form(house, surfer, archive):
    portal = house.portal(level=1, consent="implied")
    begun = portal.begin(scope=["openid", "profile"])
    form = surfer.click(house.register(surfer, surfer.get(begun), MOBILE), "公安")
    house.provider.sandbox.fault("police", "http_503")
    page = surfer.submit(form, **ZHANG)
    assert page.status == 503
    form = surfer.click(page, "档案")
    assert form.status == 200
    assert not form.alerts
    assert {name: form.value(name) for name in ZHANG} == ZHANG
    assert form.value("mobile") == ""
    held = portal.finish(surfer.submit(form, **ZHANG, mobile="13800138001"), begun)
    assert held.claims["acr"] == "urn:yihaotong:realname:1"


def test_what_was_typed_goes_back_and_forth_between_two_ways_that_die(house, surfer, archive):
    portal = house.portal(level=1, consent="implied")
    form = surfer.click(house.register(surfer, surfer.get(portal.begin(scope=["openid"])), MOBILE), "公安")
    house.provider.sandbox.fault("police", "http_503")
    archive.answers = [Unavailable("archive", "down")]
    form = surfer.click(surfer.submit(form, **ZHANG), "档案")
    page = surfer.submit(form, **{**ZHANG, "name": "张叁"}, mobile="13800138001")
    assert page.status == 503
    form = surfer.click(page, "公安")
    assert (form.value("name"), form.value("id_number")) == ("张叁", ZHANG["id_number"])
    form = surfer.click(surfer.submit(form, **ZHANG), "档案")
    assert (form.value("name"), form.value("mobile")) == ("张三", "13800138001")


def test_a_bank_that_dies_half_way_loses_neither_the_proof_nor_the_mobile_number(house, surfer):
    script(
        house, "savings", "存折",
        facts={"strength": Strength.POSSESSION, "source": "savings"},
        begins_with=Form((FieldKind.BANK_CARD, FieldKind.MOBILE)),
        answers=[same_person],
    )  # fmt: skip
    bank = adapters.CHANNELS["unionpay_card"](unionpay_settings(SANDBOX), house.provider.sandbox.around())
    house.provider.channels["unionpay_card"] = bank
    portal = house.portal(level=2, consent="implied")
    begun = portal.begin(scope=["openid"])
    page = surfer.click(house.register(surfer, surfer.get(begun), MOBILE), "公安")
    page = surfer.submit(page, **ZHANG)
    assert page.step == "prove", page.main
    house.provider.sandbox.fault("unionpay", "http_503")
    page = surfer.submit(surfer.click(page, "银联"), **CARD)
    assert page.status == 503, page.main
    ways = [link.get("href").rsplit("/", 1)[1] for link in page.tree.xpath("//a[@class='way']")]
    strengths = [house.provider.channels[name].facts.strength for name in ways]
    alike = strengths.count(Strength.POSSESSION)
    assert strengths[:alike] == [Strength.POSSESSION] * alike, "the same strength comes first"
    form = surfer.click(page, "存折")
    assert {name: form.value(name) for name in CARD} == CARD
    held = portal.finish(surfer.submit(form, **CARD), begun)
    assert held.claims["acr"] == "urn:yihaotong:realname:2"


def test_a_second_form_that_dies_gives_back_what_the_first_one_asked(house, surfer, archive):
    """The first form was taken, the second (the code) meets a system that is away: its fields were not in vain."""
    two = script(
        house, "two_steps", "两步",
        begins_with=Form((FieldKind.NAME, FieldKind.ID_NUMBER, FieldKind.MOBILE)),
        answers=[Form((FieldKind.SMS_CODE,)), Unavailable("two_steps", "down")],
    )  # fmt: skip
    portal = house.portal(level=1, consent="implied")
    form = surfer.click(house.register(surfer, surfer.get(portal.begin(scope=["openid"])), MOBILE), "两步")
    code = surfer.submit(form, **ZHANG, mobile="13800138001")
    assert code.status == 200
    assert not code.alerts
    page = surfer.submit(code, sms_code="123456")
    assert page.status == 503
    assert page.value("sms_code") == ""
    assert two.answers == []
    form = surfer.click(page, "档案")
    assert {name: form.value(name) for name in (*ZHANG, "mobile")} == {**ZHANG, "mobile": "13800138001"}


def test_a_way_without_a_form_that_dies_keeps_what_was_typed_before_it(house, surfer, archive):
    script(
        house, "wallet", "钱包", begins_with=Redirect("https://wallet.example"), answers=[Unavailable("wallet", "down")]
    )
    portal = house.portal(level=1, consent="implied")
    form = surfer.click(house.register(surfer, surfer.get(portal.begin(scope=["openid"])), MOBILE), "公安")
    house.provider.sandbox.fault("police", "http_503")
    wallet = surfer.click(surfer.submit(form, **ZHANG), "钱包")
    back = surfer.get(f"{wallet.journey}/prove/wallet/return?state=s")
    assert back.status == 503
    form = surfer.click(back, "档案")
    assert {name: form.value(name) for name in ZHANG} == ZHANG


def test_what_one_person_typed_is_not_shown_to_the_next_at_the_same_browser(house, surfer, archive):
    portal = house.portal(level=1, consent="implied")
    page = house.register(surfer, surfer.get(portal.begin(scope=["openid"])), MOBILE)
    house.provider.sandbox.fault("police", "http_503")
    page = surfer.submit(surfer.click(page, "公安"), **ZHANG)
    surfer.http.cookies.delete(cookies.SESSION)
    other = house.provider.citizen(7, level=0)
    page = house.sign_in(surfer, surfer.get(page.journey), other)
    form = surfer.click(page, "档案")
    assert (form.value("name"), form.value("id_number")) == ("", "")


# ---- what is known of other workers ---------------------------------------------------------------------------------


@pytest.fixture
def colleague(standalone):
    """The breakers of another worker: its own connections to the same server."""
    wire = open_wire(standalone.url)
    yield RedisBreakers(wire)
    wire.close()


def break_police(colleague, now: float) -> None:
    operation = Operation("police_population", "sandbox.test", "2109")
    for _ in range(5):
        colleague.leave(operation, colleague.enter(operation, now=now), failed=True, now=now)


def test_a_way_that_failed_other_workers_is_shown_with_when_to_try_and_comes_back_by_itself(
    house, surfer, archive, colleague
):
    house.clock.advance(15)  # 08:00:15 in China: the breaker's 30 s end at 08:00:45, said as 08:01
    portal = house.portal(level=1, consent="implied")
    begun = portal.begin(scope=["openid"])
    page = house.register(surfer, surfer.get(begun), MOBILE)
    assert "暂不可用" not in page.main
    break_police(colleague, house.clock.now())
    page = surfer.get(page.address)
    assert "暂不可用，预计 08:01 后可试。" in page.main
    assert [a.text_content().split()[0] for a in page.tree.xpath("//a[@class='way']")] == ["档案"]
    house.clock.advance(30)
    page = surfer.get(page.address)
    assert "暂不可用" not in page.main
    assert portal.finish(surfer.submit(surfer.click(page, "公安"), **ZHANG), begun)


def test_a_citizen_who_insists_gets_the_form_and_the_breakers_own_answer(house, surfer, archive, colleague):
    portal = house.portal(level=1, consent="implied")
    page = house.register(surfer, surfer.get(portal.begin(scope=["openid"])), MOBILE)
    break_police(colleague, house.clock.now())
    form = surfer.click(surfer.get(page.address), "仍要试一试")
    assert form.status == 200
    assert "暂不可用，预计" in form.main
    assert "档案" in form.main
    page = surfer.submit(form, **ZHANG)
    assert page.status == 503
    assert house.provider.sandbox.requests("2109") == []
    assert (page.value("name"), page.value("id_number")) == (ZHANG["name"], ZHANG["id_number"])
