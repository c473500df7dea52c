"""Text messages: the signature, the text, the gateway's codes, and the inbox where tests and people read them."""

import json
from pathlib import Path

import httpx
import pytest

from adapters import signatures, sms
from adapters.sandbox import ciphers
from adapters.sandbox.credentials import ISSUED, sms_settings
from idp.domain.errors import Distrusted, InvalidInput, LimitReached, Rule, Unavailable
from idp.domain.ports import SmsPurpose
from tests.adapters.rigs import SANDBOX, World, streamed

VECTOR = json.loads((Path(__file__).parent.parent / "vectors/channels/sms.json").read_text(encoding="utf-8"))
RPC = VECTOR["aliyun_rpc_v1"]
MOBILE = "+8619900000001"


def gateway(world: World, **changes: str) -> sms.AliyunSms:
    return sms.create(sms_settings(SANDBOX) | changes, world.around())


def inbox(world: World, mobile: str = "19900000001") -> list[dict]:
    return world.control.get(f"/sms/inbox/{mobile}.json").json


def test_the_rpc_signature_is_the_vector():
    params, secret = RPC["params"], RPC["access_key_secret"]
    assert signatures.aliyun_rpc_sign(secret, params, method="GET") == RPC["signature"]
    assert ciphers.aliyun(secret, "GET", params) == RPC["signature"]


@pytest.mark.parametrize("purpose", SmsPurpose)
def test_the_text_says_the_code_and_what_it_does(purpose: SmsPurpose):
    world = World()
    gateway(world).send_code(MOBILE, "048213", purpose)
    [message] = inbox(world)
    assert message["code"] == "048213"
    assert message["text"] == f"【一号通】验证码048213，用于{sms.ACTIONS[purpose]}，5分钟内有效，请勿泄露。"
    assert len(message["text"]) <= 70


def test_no_number_and_no_code_stands_in_a_url():
    urls: list[str] = []
    world = World()

    class Watching(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            urls.append(str(request.url))
            return inner.handle_request(request)

    inner, world.transport = world.transport, Watching()
    gateway(world).send_code(MOBILE, "048213", SmsPurpose.SIGN_IN)
    assert urls == [f"{SANDBOX}/sms/"]


@pytest.mark.parametrize("mobile", ["+8619900000001", "8619900000001", "19900000001"])
def test_a_mainland_number_goes_out_as_eleven_digits(mobile: str):
    world = World()
    gateway(world).send_code(mobile, "048213", SmsPurpose.BIND)
    assert len(inbox(world)) == 1


@pytest.mark.parametrize("mobile", ["+85291234567", "+4915112345678", "+86109900000", "", "１９９０００００００１a"])
def test_a_number_that_it_does_not_serve_is_refused_unsent(mobile: str):
    world = World()
    with pytest.raises(InvalidInput) as caught:
        gateway(world).send_code(mobile, "048213", SmsPurpose.BIND)
    assert (caught.value.field, caught.value.rule) == ("mobile", Rule.FORMAT)
    assert world.requests("SendSms") == []


def test_the_gateways_own_flow_control_is_a_limit_with_its_window():
    world = World()
    sender = gateway(world)
    sender.send_code(MOBILE, "000001", SmsPurpose.SIGN_IN)
    with pytest.raises(LimitReached) as caught:
        sender.send_code(MOBILE, "000002", SmsPurpose.SIGN_IN)
    assert caught.value.retry_after == 60
    for number in range(4):
        world.clock.advance(61)
        sender.send_code(MOBILE, f"00000{number + 3}", SmsPurpose.SIGN_IN)
    world.clock.advance(61)
    with pytest.raises(LimitReached) as caught:
        sender.send_code(MOBILE, "000007", SmsPurpose.SIGN_IN)
    assert caught.value.retry_after == 3600
    assert inbox(world)[0]["code"] == "000006"


def test_a_limit_never_opens_the_breaker():
    world = World()
    world.fault("sms", "quota")
    for _ in range(8):
        with pytest.raises(LimitReached):
            gateway(world).send_code(MOBILE, "048213", SmsPurpose.SIGN_IN)
    world.heal()
    gateway(world).send_code(MOBILE, "048213", SmsPurpose.SIGN_IN)


@pytest.mark.parametrize(
    "changes",
    [
        {"access_key_secret": "not the secret"},
        {"sign_name": "another"},
        {"template_code": "SMS_1"},
        {"access_key_id": "nobody"},
    ],
)
def test_a_mistake_in_our_settings_is_unavailable_and_alerts(changes: dict[str, str]):
    with pytest.raises(Unavailable) as caught:
        gateway(World(), **changes).send_code(MOBILE, "048213", SmsPurpose.SIGN_IN)
    assert caught.value.alert


@pytest.mark.parametrize("mode", ["timeout", "slow", "reset", "http_500", "http_502", "http_429"])
def test_a_failing_gateway_is_unavailable_and_a_text_is_never_sent_twice(mode: str):
    world = World()
    world.fault("sms", mode)
    with pytest.raises(Unavailable):
        gateway(world).send_code(MOBILE, "048213", SmsPurpose.SIGN_IN)
    assert len(world.requests("SendSms")) == 1
    assert len(inbox(world)) <= 1


def test_a_busy_gateway_that_did_nothing_is_asked_once_more():
    world = World()
    world.fault("sms", "maintenance", count=1)
    gateway(world).send_code(MOBILE, "048213", SmsPurpose.SIGN_IN)
    assert len(inbox(world)) == 1


@pytest.mark.parametrize("mode", ["garbage", "truncated", "big_body", "xxe"])
def test_an_answer_that_is_none_is_distrusted(mode: str):
    world = World()
    world.fault("sms", mode)
    with pytest.raises(Distrusted):
        gateway(world).send_code(MOBILE, "048213", SmsPurpose.SIGN_IN)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("isv.BUSINESS_LIMIT_CONTROL", LimitReached),
        ("isv.DAY_LIMIT_CONTROL", LimitReached),
        ("isv.MOBILE_NUMBER_ILLEGAL", InvalidInput),
        ("isv.SMS_SIGNATURE_ILLEGAL", Unavailable),
        ("isv.SMS_TEMPLATE_ILLEGAL", Unavailable),
        ("isv.TEMPLATE_MISSING_PARAMETERS", Unavailable),
        ("isv.PARAM_LENGTH_LIMIT", Unavailable),
        ("isv.AMOUNT_NOT_ENOUGH", Unavailable),
        ("isv.OUT_OF_SERVICE", Unavailable),
        ("isv.BLACK_KEY_CONTROL_LIMIT", Unavailable),
        ("isp.SYSTEM_ERROR", Unavailable),
    ],
)
def test_each_code_of_the_gateway_comes_to_its_error(code: str, error: type[Exception]):
    world = World()
    world.transport = httpx.MockTransport(lambda _: streamed(200, json.dumps({"Code": code, "Message": "x"}).encode()))  # type: ignore[assignment]
    with pytest.raises(error) as caught:
        gateway(world).send_code(MOBILE, "048213", SmsPurpose.SIGN_IN)
    if error is Unavailable:
        assert caught.value.alert is (code != "isp.SYSTEM_ERROR")


@pytest.mark.parametrize("body", [{"Code": "OK"}, {"BizId": "1"}, {"Code": 1}, []])
def test_an_ok_without_its_receipt_is_distrusted(body: object):
    world = World()
    world.transport = httpx.MockTransport(lambda _: streamed(200, json.dumps(body).encode()))  # type: ignore[assignment]
    with pytest.raises(Distrusted):
        gateway(world).send_code(MOBILE, "048213", SmsPurpose.SIGN_IN)


def test_neither_number_nor_code_nor_secret_is_printed():
    world = World()
    settings = sms.SmsSettings.model_validate(sms_settings(SANDBOX))
    world.fault("sms", "garbage")
    with pytest.raises(Distrusted) as caught:
        gateway(world).send_code(MOBILE, "048213", SmsPurpose.SIGN_IN)
    printed = repr(settings) + repr(caught.value) + json.dumps(world.requests("SendSms"))
    assert [v for v in ("19900000001", "048213", ISSUED.sms_access_key_secret) if v in printed] == []


# ---- the inbox ------------------------------------------------------------------------------------------------------


def test_the_inbox_shows_the_newest_text_first_and_lists_the_numbers():
    world = World(sms_flow_control=False)
    sender = gateway(world)
    for code in ("111111", "222222"):
        sender.send_code(MOBILE, code, SmsPurpose.SIGN_IN)
    sender.send_code("+8619900000002", "333333", SmsPurpose.REGISTER)
    assert [m["code"] for m in inbox(world)] == ["222222", "111111"]
    page = world.control.get("/sms/inbox/19900000001").text
    assert page.index("222222") < page.index("111111")
    listing = world.control.get("/sms/inbox").text
    assert "19900000001</a>：2 条" in listing
    assert "19900000002</a>：1 条" in listing


def test_a_late_text_arrives_late_a_lost_one_never_and_a_double_one_twice():
    world = World(sms_flow_control=False)
    sender = gateway(world)
    world.fault("sms", "late_delivery", count=1)
    sender.send_code(MOBILE, "111111", SmsPurpose.SIGN_IN)
    assert inbox(world) == []
    world.clock.advance(240)
    assert [m["code"] for m in inbox(world)] == ["111111"]
    world.fault("sms", "undelivered", count=1)
    sender.send_code(MOBILE, "222222", SmsPurpose.SIGN_IN)
    world.fault("sms", "duplicate_delivery", count=1)
    sender.send_code(MOBILE, "333333", SmsPurpose.SIGN_IN)
    assert [m["code"] for m in inbox(world)] == ["333333", "333333", "111111"]
