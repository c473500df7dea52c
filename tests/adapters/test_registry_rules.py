"""The business registry's rules: what is asked, what is dropped, what is refused, how it fails; its sandbox likewise."""

import base64
import json

import httpx
import pydantic
import pytest
import structlog

from adapters import CHANNELS
from adapters.http import Transient
from adapters.registry import e_licence, four_elements, organisations, record
from adapters.registry.four_elements import Elements
from adapters.sandbox.credentials import ISSUED, registry_settings
from idp.domain.channel import Form, Reason, Rejected, Scan, SubjectKind, Verified
from idp.domain.claims import ORGANISATION_CLAIMS, ClaimName
from idp.domain.errors import Distrusted, InvalidInput, Unavailable
from idp.domain.evidence import EvidenceType, Strength
from tests.adapters.registry import (
    ABSENT,
    BRACKETS,
    LI_SI,
    NAME,
    OTHER_COMPANY,
    QIAN_DA,
    TEST_COMPANY,
    ZHANG_SAN,
    ask,
    attempt_of,
    channel_of,
    decide,
    organisation_claims,
)
from tests.adapters.rigs import SANDBOX, World, streamed

WAYS = ("record", "four_elements", "e_licence")
OPERATIONS = {"record": "qyjbxxyz", "four_elements": "checkFourItem"}


# ---- what it is -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "strength", "evidence"),
    [
        ("record", Strength.KNOWLEDGE, EvidenceType.ELECTRONIC_RECORD),
        ("four_elements", Strength.KNOWLEDGE, EvidenceType.ELECTRONIC_RECORD),
        ("e_licence", Strength.POSSESSION, EvidenceType.ELECTRONIC_SIGNATURE),
    ],
)
def test_every_way_says_what_it_proves_about_an_organisation(way: str, strength: Strength, evidence: EvidenceType):
    facts = channel_of(World(), way).facts
    assert (facts.strength, [shape.type for shape in facts.evidence]) == (strength, [evidence])
    of_the_citizen = {ClaimName.NAME, ClaimName.ID_NUMBER} if way == "e_licence" else set()
    assert (SubjectKind.CITIZEN in facts.subjects) is bool(of_the_citizen)
    assert SubjectKind.LEGAL_PERSON in facts.subjects
    assert facts.proves - ORGANISATION_CLAIMS == of_the_citizen
    assert (ClaimName.ORGANISATION_ROLE in facts.proves) is (way != "record")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("known", [{}, {ClaimName.NAME: "钱大"}, {ClaimName.ID_NUMBER: "37010219040404001X"}])
def test_an_account_that_has_proved_nobody_is_refused_unasked(way: str, known: dict):
    world = World()
    channel = channel_of(world, way)
    assert channel.begin(attempt_of(known)) == Rejected(Reason.BAD_INPUT)
    assert ask(channel, TEST_COMPANY, known) == Rejected(Reason.BAD_INPUT)
    assert world.control.get("/__control/requests").json == []


@pytest.mark.parametrize("way", OPERATIONS)
def test_the_form_asks_for_the_organisation_alone(way: str):
    assert channel_of(World(), way).begin(attempt_of()) == Form(("organisation_name", "credit_code"))


# ---- input ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (" 山东测试 科技有限公司 ", "91370100ma0text00h"),
        ("山东测试科技有限公司", "9137 0100 MA0T EXT0 0H"),
        ("山东测试科技有限公司", "９１３７０１００ＭＡ０ＴＥＸＴ００Ｈ"),
        ("山东测试科技有限公司", "91370100-MA0TEXT00-H"),
    ],
)
def test_a_name_and_a_code_are_taken_as_people_type_them(name: str, code: str):
    outcome = ask(channel_of(World()), {"organisation_name": name, "credit_code": code})
    assert isinstance(outcome, Verified)
    assert outcome.claims == organisation_claims(TEST_COMPANY)


@pytest.mark.parametrize(
    ("name", "code", "field"),
    [
        ("", "91370100MA0TEXT00H", "organisation_name"),
        ("山", "91370100MA0TEXT00H", "organisation_name"),
        ("山" * 101, "91370100MA0TEXT00H", "organisation_name"),
        ("山东<b>", "91370100MA0TEXT00H", "organisation_name"),
        ("山东\ud800", "91370100MA0TEXT00H", "organisation_name"),
        ("山东测试", "", "credit_code"),
        ("山东测试", "91370100MA0TEXT00", "credit_code"),
        ("山东测试", "91370100MA0TEXT00A", "credit_code"),
        ("山东测试", "9137010OMA0TEXT00H", "credit_code"),
        ("山东测试", "山" * 18, "credit_code"),
    ],
)
def test_fields_that_cannot_be_right_are_named(name: str, code: str, field: str):
    with pytest.raises(InvalidInput) as caught:
        organisations.parse(name, code)
    assert caught.value.field == field


def test_a_code_of_another_registry_is_not_found_unasked():
    world = World()
    social = {"organisation_name": "济南测试基金会", "credit_code": "53370100MJ0TEXT00" + "0123456789"[0]}
    from stdnum.cn import uscc

    social["credit_code"] = social["credit_code"][:17] + uscc.calc_check_digit(social["credit_code"][:17])
    assert ask(channel_of(world), social) == Rejected(Reason.NOT_FOUND)
    assert world.requests("qyjbxxyz") == []


# ---- the record check -----------------------------------------------------------------------------------------------


def test_the_true_value_that_the_register_volunteers_is_dropped():
    with structlog.testing.capture_logs() as events:
        outcome = ask(channel_of(World()), TEST_COMPANY, ZHANG_SAN)
    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.MISMATCH_NAME
    assert "钱大" not in repr((outcome, events))


@pytest.mark.parametrize(
    ("keys", "reason", "alone"),
    [
        (["name"], Reason.MISMATCH_NAME, False),
        (["entname"], Reason.MISMATCH_NAME, True),
        (["uniscid"], Reason.MISMATCH_NUMBER, False),
        (["uniscid", "name"], Reason.MISMATCH_NAME, False),
        (["entname", "name"], Reason.MISMATCH_NAME, False),
        ([], Reason.MISMATCH_NAME, False),
    ],
)
def test_what_differs_decides_the_reason(keys: list[str], reason: Reason, alone):
    asked = record.Question("甲公司", "91370100MA0TEXT00H", "钱大", 0)
    body = answer(asked, "04", diff_list=[{"chk_key": key, "in_val": "", "out_val": "秘密"} for key in keys])
    assert record.read(body, asked) == record.Finding(reason, name_differs=alone)


def answer(asked: record.Question, key: str, **more) -> dict:
    idx = {"entname": asked.entname, "uniscid": asked.uniscid}
    return {"ent_idx": idx, "regstateCn": "存续（在营、开业、在册）", "entchk_checkres_key": key, **more}


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("存续（在营、开业、在册）", None),
        ("存续(在营、开业、在册)", None),
        ("吊销,未注销", Reason.LICENCE_REVOKED),
        ("注销", Reason.LICENCE_REVOKED),
        ("迁出", Reason.LICENCE_REVOKED),
    ],
)
def test_only_an_enterprise_in_business_matches(state: str, reason: Reason | None):
    asked = record.Question("甲公司", "91370100MA0TEXT00H", "钱大", 0)
    assert record.read(answer(asked, "03", regstateCn=state), asked).reason is reason


@pytest.mark.parametrize(
    "change",
    [
        {"regstateCn": ""},
        {"regstateCn": None},
        {"entchk_checkres_key": "07"},
        {"entchk_checkres_key": 3},
        {"entchk_checkres_key": "04", "diff_list": None},
        {"entchk_checkres_key": "04", "diff_list": ["name"]},
        {"entchk_checkres_key": "04", "diff_list": [{}]},
        {"ent_idx": {}},
        {"ent_idx": {"entname": "乙公司", "uniscid": "91370100MA0TEXT00H"}},
        {"ent_idx": {"entname": "甲公司", "uniscid": "91370600MA0DEMX001"}},
    ],
)
def test_another_shape_or_another_organisation_is_distrusted(change: dict):
    asked = record.Question("甲公司", "91370100MA0TEXT00H", "钱大", 0)
    with pytest.raises(Distrusted):
        record.read({**answer(asked, "03"), **change}, asked)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda inner: inner,
        lambda inner: {"status": "0", "msg": "查询成功", "data": inner},
        lambda inner: {"status": 0, "data": json.dumps(inner)},
        lambda inner: {"code": "200", "msg": "", "data": json.dumps({"status": "0", "data": inner})},
        lambda inner: {"code": 200, "message": "", "data": inner},
    ],
)
def test_every_wrapper_of_the_platforms_is_opened(wrap):
    inner = {"entchk_checkres_key": "03"}
    assert record.unwrapped(wrap(inner)) == inner


@pytest.mark.parametrize(
    ("body", "alert"),
    [
        ({"status": "-1", "data": ""}, False),
        ({"code": 300, "data": {}}, False),
        ({"code": "-1", "data": ""}, False),
        ({"code": "E-106", "data": ""}, True),
        ({"code": "401"}, True),
    ],
)
def test_a_refusal_of_the_platform_is_unavailable(body: dict, alert):
    with pytest.raises(Unavailable) as caught:
        record.unwrapped(body)
    assert caught.value.alert is alert


def test_a_name_without_brackets_is_never_asked_twice():
    world = World()
    outcome = ask(channel_of(world), {**TEST_COMPANY, "organisation_name": "山东试测科技有限公司"})
    assert isinstance(outcome, Rejected)
    assert len(world.requests("qyjbxxyz")) == 1


@pytest.mark.parametrize("profile", ["gateway", "national"])
def test_one_secret_serves_many_checks_and_is_renewed_in_time(profile: str):
    world = World(gateway_seconds=600, national_seconds=600)
    channel = channel_of(world, "record", profile)
    token = {"gateway": "token", "national": "refresh"}[profile]
    for expected in (1, 1, 2):
        assert isinstance(ask(channel, TEST_COMPANY), Verified)
        assert len(world.requests(token)) == expected
        world.clock.advance(290)


def test_a_secret_that_ended_early_is_replaced_within_the_same_check():
    world = World(gateway_seconds=600)
    channel = channel_of(world)
    assert isinstance(ask(channel, TEST_COMPANY), Verified)
    world.control.put("/__control/clock", json={"advance": 290})  # the platform's clock runs ahead of ours
    world.clock.advance(320)
    assert isinstance(ask(channel, TEST_COMPANY), Verified)
    assert [row["verdict"] for row in world.requests("qyjbxxyz")] == ["verified", "refused: gateway 403", "verified"]


@pytest.mark.parametrize("change", [{"app_key": "another"}, {"basic_password": "another"}, {"app_id": "another"}])
def test_our_own_mistakes_call_the_operator(change: dict):
    with pytest.raises(Unavailable) as caught:
        ask(channel_of(World(), **change), TEST_COMPANY)
    assert caught.value.alert


@pytest.mark.parametrize("code", ["401", "é", 403, None, ["403"]])
def test_a_refusal_at_the_gate_is_unavailable_whatever_its_code(code: object):
    def answers(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/auth/token"):
            return honest.handle_request(request)
        return streamed(401, json.dumps({"code": code}).encode())

    world = World()
    honest, world.transport = world.transport, httpx.MockTransport(answers)  # type: ignore[assignment]
    with pytest.raises(Unavailable):
        ask(channel_of(world), TEST_COMPANY)


def test_an_address_that_is_not_on_the_list_calls_the_operator():
    world = World(allowed_addresses=frozenset({"192.0.2.7"}))
    with pytest.raises(Unavailable) as caught:
        ask(channel_of(world), TEST_COMPANY)
    assert caught.value.alert
    assert isinstance(ask(channel_of(world, caller_address="192.0.2.7"), TEST_COMPANY), Verified)


# ---- four elements --------------------------------------------------------------------------------------------------


def test_a_namesake_is_no_legal_representative():
    world = World()
    outcome = ask(
        channel_of(world, "four_elements"),
        TEST_COMPANY,
        {ClaimName.NAME: "钱大", ClaimName.ID_NUMBER: "370102190103070012"},
    )
    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.NOT_LEGAL_REPRESENTATIVE


def test_the_charged_check_is_not_asked_about_somebody_the_free_one_refuses():
    world = World()
    assert isinstance(ask(channel_of(world, "four_elements"), TEST_COMPANY, ZHANG_SAN), Rejected)
    assert world.requests("checkFourItem") == []


def test_the_number_travels_in_the_body_never_in_the_address():
    world, seen = World(), []
    honest = world.transport

    class Watching(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            seen.append((str(request.url), request.read().decode()))
            return honest.handle_request(request)

    world.transport = Watching()  # type: ignore[assignment]
    assert isinstance(ask(channel_of(world, "four_elements"), TEST_COMPANY), Verified)
    assert not any("37010219040404001X" in url for url, _ in seen)
    assert sum("37010219040404001X" in body for _, body in seen) == 1


@pytest.mark.parametrize(
    ("code", "reason"), [(200, None), ("201", Reason.NOT_LEGAL_REPRESENTATIVE), (202, Reason.NOT_FOUND)]
)
def test_each_result_of_the_four_elements_comes_to_its_outcome(code, reason: Reason | None):
    body = {"status": 200, "data": {"resultCode": code, "userTransId": "t"}}
    assert four_elements.read(body, "t") is reason


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"status": 401}, Unavailable),
        ({"status": 500}, Unavailable),
        ({"status": 200, "data": {"resultCode": 500, "userTransId": "t"}}, Transient),
        ({"status": 200, "data": {"resultCode": 299, "userTransId": "t"}}, Distrusted),
        ({"status": 200, "data": {"resultCode": 200, "userTransId": "another"}}, Distrusted),
        ({"status": 200, "data": {"resultCode": True, "userTransId": "t"}}, Distrusted),
        ({"status": 200, "data": {"resultCode": 200}}, Distrusted),
        ({"status": 200}, Distrusted),
        ({}, Distrusted),
    ],
)
def test_other_answers_to_the_four_elements_are_failures(body: dict, error: type[Exception]):
    with pytest.raises(error):
        four_elements.read(body, "t")


@pytest.mark.parametrize(
    "mode", ["timeout", "slow", "reset", "http_500", "http_502", "http_429", "quota", "maintenance"]
)
def test_four_elements_that_fail_are_unavailable_in_time(mode: str):
    world = World()
    world.fault(NAME, mode, operation="checkFourItem")
    before = world.clock.now()
    with pytest.raises(Unavailable):
        ask(channel_of(world, "four_elements"), TEST_COMPANY)
    assert world.clock.now() - before <= 30


@pytest.mark.parametrize("mode", ["garbage", "truncated", "big_body", "xxe", "stale"])
def test_four_elements_that_lie_are_distrusted(mode: str):
    world = World()
    channel = channel_of(world, "four_elements")
    assert isinstance(ask(channel, TEST_COMPANY), Verified)
    world.fault(NAME, mode, operation="checkFourItem")
    with pytest.raises(Distrusted):
        ask(channel, TEST_COMPANY)


def test_the_sandbox_answers_a_get_too_and_checks_the_signature():
    world = World()
    values = {
        "version": "1.0",
        "signAlgo": "HmacSHA256",
        "deviceId": ISSUED.four_device_id,
        "appId": ISSUED.four_app_id,
        "userTransId": "1",
        "enterpriseName": TEST_COMPANY["organisation_name"],
        "enterpriseMark": TEST_COMPANY["credit_code"],
        "legalPerson": "钱大",
        "legalPersonNo": "37010219040404001X",
    }
    signed = {**values, "signature": four_elements.sign(ISSUED.four_secret, values)}
    path = "/business_registry/enterprise/checkFourItem"
    assert world.control.get(path, query_string=signed).json["data"]["resultCode"] == 200
    assert world.control.get(path, query_string={**signed, "legalPerson": "张三"}).json["status"] == 401
    assert world.control.post(path, json=values).json["status"] == 401


# ---- the e-licence --------------------------------------------------------------------------------------------------


def scanning(world: World):
    channel = channel_of(world, "e_licence")
    step = channel.begin(attempt_of())
    assert isinstance(step, Scan)
    return channel, step


def test_a_scan_is_pending_until_the_holder_decides():
    world = World()
    channel, step = scanning(world)
    for seconds, every in ((0, 2), (29, 2), (1, 5)):
        world.clock.advance(seconds)
        assert ask(channel, {}, keep=step.keep) == Scan(step.payload, step.keep, poll_seconds=every, match=step.match)
    assert world.control.get(step.payload).status_code == 200
    assert isinstance(ask(channel, {}, keep=step.keep), Scan)
    assert [row["verdict"] for row in world.requests("result")][-1] == "verified: SCANNED"
    assert decide(world, step, 0) == 200
    assert isinstance(ask(channel, {}, keep=step.keep), Verified)


def test_an_agent_who_holds_the_licence_is_an_agent():
    world = World()
    channel, step = scanning(world)
    decide(world, step, 3)
    outcome = ask(channel, {}, LI_SI, keep=step.keep)
    assert isinstance(outcome, Verified)
    assert outcome.claims == organisation_claims(TEST_COMPANY, "agent", shown_by=LI_SI)
    assert outcome.txn == step.keep["biz_seq"]


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        (ZHANG_SAN, Reason.MISMATCH_PERSON),
        ({**QIAN_DA, ClaimName.NAME: "钱二"}, Reason.MISMATCH_NAME),
    ],
)
def test_somebody_elses_licence_proves_nothing(known: dict, reason: Reason):
    world = World()
    channel, step = scanning(world)
    decide(world, step, 0)
    assert ask(channel, {}, known, keep=step.keep) == Rejected(reason, step.keep["biz_seq"])


def test_a_code_that_nobody_scans_expires():
    world = World()
    channel, step = scanning(world)
    world.clock.advance(180)
    assert ask(channel, {}, keep=step.keep) == Rejected(Reason.EXPIRED, step.keep["biz_seq"])
    assert decide(world, step, 0) == 422


def test_a_challenge_that_the_service_has_forgotten_is_expired():
    channel, step = scanning(World())
    forgetful = channel_of(World(), "e_licence")
    assert ask(forgetful, {}, keep=step.keep) == Rejected(Reason.EXPIRED, step.keep["biz_seq"])
    assert isinstance(ask(channel, {}, keep=step.keep), Scan)


def test_a_decision_is_never_taken_back():
    world = World()
    channel, step = scanning(world)
    assert decide(world, step, None, "refuse") == 200
    assert decide(world, step, 0) == 422
    assert ask(channel, {}, keep=step.keep) == Rejected(Reason.USER_CANCELLED, step.keep["biz_seq"])


def test_a_choice_must_be_made():
    world = World()
    channel, step = scanning(world)
    assert decide(world, step, None) == 422
    assert decide(world, step, 99) == 422
    assert isinstance(ask(channel, {}, keep=step.keep), Scan)


def test_the_confirmation_of_another_challenge_is_distrusted():
    world = World()
    channel, theirs = scanning(world)
    mine = channel.begin(attempt_of())
    decide(world, theirs, 0)
    swapped = {**mine.keep, "biz_seq": theirs.keep["biz_seq"]}
    with pytest.raises(Distrusted, match="signature of the licence"):
        ask(channel, {}, keep=swapped)


@pytest.mark.parametrize(
    "mode", ["garbage", "truncated", "xxe", "big_body", "bad_signature", "wrong_cert", "wrong_subject"]
)
def test_a_result_that_lies_is_distrusted(mode: str):
    world = World()
    channel, step = scanning(world)
    decide(world, step, 0)
    world.fault(NAME, mode, operation="result")
    with pytest.raises(Distrusted):
        ask(channel, {}, keep=step.keep)


def confirmed(world: World, **changes):
    """The honest confirmation with fields changed on its way."""
    _, step = scanning(world)
    decide(world, step, 0)
    honest = world.transport

    class Changing(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            body = json.loads(b"".join(honest.handle_request(request).stream))  # type: ignore[arg-type]
            body["data"].update(changes)
            return streamed(200, json.dumps({**body, "data": {k: v for k, v in body["data"].items() if v}}).encode())

    world.transport = Changing()  # type: ignore[assignment]
    return ask(channel_of(world, "e_licence"), {}, keep=step.keep)


@pytest.mark.parametrize(
    "changes",
    [
        {"uniscId": OTHER_COMPANY["credit_code"]},
        {"entName": OTHER_COMPANY["organisation_name"]},
        {"uniscId": None},
        {"cert": None},
        {"cert": "no base64!"},
        {"cert": base64.b64encode(b"no certificate").decode()},
        {"signature": None},
        {"signature": "é"},
        {"signature": base64.b64encode(b"0" * 70).decode()},
        {"holderRole": "3"},
        {"holderRole": None},
        {"holderCertNo": "1"},
        {"holderCertNo": None},
        {"holderName": None},
        {"state": "DONE"},
        {"state": None},
    ],
)
def test_a_confirmation_with_anything_missing_or_wrong_is_distrusted(changes: dict):
    with pytest.raises(Distrusted):
        confirmed(World(), **changes)


def test_a_confirmation_unchanged_verifies():
    assert isinstance(confirmed(World()), Verified)


@pytest.mark.parametrize(
    "content",
    [
        "javascript:alert(1)",
        "http://sandbox.test/elicence/scan?b={b}",
        "https:///scan?b={b}",
        "https://sandbox.test/scan?b=another",
        "https://sandbox.test/scan?b={b}&b={b}",
        "https://sandbox.test/scan",
        "https://[sandbox/scan?b={b}",
        "https://sandbox.test/" + "x" * 512 + "?b={b}",
    ],
)
def test_a_code_that_leads_elsewhere_is_never_shown(content: str):
    def answers(request: httpx.Request) -> httpx.Response:
        biz_seq = json.loads(request.read())["bizSeq"]
        data = {"qrContent": content.replace("{b}", biz_seq), "rand": "0" * 32, "expiresIn": 180}
        return streamed(200, json.dumps({"code": "0", "data": data}).encode())

    world = World()
    world.transport = httpx.MockTransport(answers)  # type: ignore[assignment]
    with pytest.raises(Distrusted):
        channel_of(world, "e_licence").begin(attempt_of())


def test_a_challenge_is_never_sent_twice():
    world = World()
    world.fault(NAME, "http_502", operation="challenge", count=1)
    with pytest.raises(Unavailable):
        channel_of(world, "e_licence").begin(attempt_of())
    assert len(world.requests("challenge")) == 1


@pytest.mark.parametrize(("code", "alert"), [("1001", True), ("1002", True), ("9999", False)])
def test_a_refusal_of_the_service_is_unavailable(code: str, alert):
    world = World()
    body = json.dumps({"code": code, "data": {}}).encode()
    world.transport = httpx.MockTransport(lambda _: streamed(200, body))  # type: ignore[assignment]
    with pytest.raises(Unavailable) as caught:
        channel_of(world, "e_licence").begin(attempt_of())
    assert caught.value.alert is alert


def test_the_sandbox_refuses_what_the_service_refuses():
    world = World()

    def said(path: str, **changes: str) -> str:
        asked = {"appId": ISSUED.e_licence_app_id, "bizSeq": "EL1", "ts": "1735689600000", **changes}
        ours = e_licence.request_sign(
            ISSUED.e_licence_key, app_id=asked["appId"], biz_seq=asked["bizSeq"], ts=asked["ts"]
        )
        return world.control.post(f"/elicence/v1/{path}", json={"sign": ours, **asked}).json["code"]

    assert said("result") == "1004"
    assert said("challenge") == "0"
    assert said("challenge") == "1003"
    assert said("challenge", sign="0" * 64) == "1001"
    assert said("challenge", appId="another") == "1001"
    assert said("challenge", ts="1735689000000") == "1002"
    assert world.control.get("/elicence/scan?b=unknown").status_code == 404


# ---- failures, printing, settings -----------------------------------------------------------------------------------


@pytest.mark.parametrize("way", OPERATIONS)
def test_an_upstream_that_fails_every_other_time_is_asked_again_and_verifies(way: str):
    world = World()
    world.fault(NAME, "flap", operation=OPERATIONS[way])
    assert isinstance(ask(channel_of(world, way), TEST_COMPANY), Verified)
    assert len(world.requests(OPERATIONS[way])) == 2


def test_refusals_never_open_the_breaker():
    channel = channel_of(World())
    for _ in range(25):
        assert isinstance(ask(channel, ABSENT), Rejected)
    assert isinstance(ask(channel, TEST_COMPANY), Verified)


def test_values_on_their_way_print_nobody():
    name, number = QIAN_DA.values()
    on_their_way = (
        record.Question("甲公司", "91370100MA0TEXT00H", name, 0),
        Elements("甲公司", "91370100MA0TEXT00H", name, number, 0),
        e_licence.Holder("甲公司", "91370100MA0TEXT00H", name, number, e_licence.Role.AGENT),
        organisations.parse(BRACKETS["organisation_name"], BRACKETS["credit_code"]),
    )
    assert [value for value in (name, number, "甲公司", "青岛") if value in repr(on_their_way)] == []


def test_plain_http_is_refused_unless_allowed():
    for way in WAYS:
        values = registry_settings(way, "http://sandbox.test")
        with pytest.raises(ValueError, match="https"):
            CHANNELS[NAME](values, World().around())
        CHANNELS[NAME](values | {"allow_plain_http": "true"}, World().around())


@pytest.mark.parametrize(
    ("way", "profile"),
    [("record", "gateway"), ("record", "national"), ("four_elements", "gateway"), ("e_licence", "gateway")],
)
def test_settings_name_everything_that_a_way_lacks(way: str, profile: str):
    with pytest.raises(pydantic.ValidationError) as caught:
        CHANNELS[NAME]({"way": way, "profile": profile}, World().around())
    needed = set(registry_settings(way, SANDBOX, profile=profile)) - {"way", "profile", "basic_user", "basic_password"}
    assert all(name in str(caught.value) for name in needed)


def test_settings_print_no_secret_and_keep_a_pair_together():
    values = registry_settings("four_elements", SANDBOX)
    for broken in (values | {"unknown": "x"}, {**values, "basic_password": ""}):
        with pytest.raises(pydantic.ValidationError) as caught:
            CHANNELS[NAME](broken, World().around())
        assert ISSUED.gateway_key not in str(caught.value)
        assert ISSUED.four_secret not in str(caught.value)
