"""The sandbox as a house of its own: control, log, pages, what it refuses, and the server on a real socket."""

import json
import re

import pytest

from adapters import CHANNELS
from adapters.http import Surroundings
from adapters.sandbox.credentials import ISSUED, police_settings
from adapters.sandbox.faults import MODES, Fault, FaultTable
from idp.domain.attempt import Attempt, Reply
from idp.domain.channel import Verified
from tests.adapters.rigs import SANDBOX, World
from tests.doubles import SeededRandomness

PEOPLE = "370102190103070012"
ZHANG_SAN = {"name": "张三", "id_number": PEOPLE}


def ask(world: World, fields: dict[str, str] = ZHANG_SAN):
    channel = CHANNELS["police_population"](
        police_settings("gateway", SANDBOX), world.around(len(world.requests("2109")))
    )
    attempt = Attempt("a", "police_population", 4e9, "https://idp.test/return")
    return channel.resume(attempt, Reply("a", "police_population", fields))


# ---- control --------------------------------------------------------------------------------------------------------


def test_control_wants_its_token_when_there_is_one():
    world = World(control_token="token-1")
    for headers in ({}, {"Authorization": "Bearer token-2"}, {"Authorization": "Bearer"}):
        assert world.control.get("/__control/requests", headers=headers).status_code == 401
    assert world.control.get("/__control/requests", headers={"Authorization": "Bearer token-1"}).status_code == 200


def test_the_clock_is_set_and_moved():
    world = World()
    assert world.control.put("/__control/clock", json={"advance": 60}).json == {"now": world.clock.now() + 60}
    assert world.control.put("/__control/clock", json={"now": 2_000_000_000}).json == {"now": 2_000_000_000}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("put", "/__control/faults", {"channel": "police", "mode": "no such mode"}),
        ("put", "/__control/faults", {"channel": "police", "mode": "slow", "rate": 2}),
        ("put", "/__control/faults", {"channel": "police", "mode": "slow", "colour": "red"}),
        ("put", "/__control/faults", {"mode": "slow"}),
        ("put", "/__control/clock", {}),
        ("put", "/__control/clock", {"now": "soon"}),
        ("put", "/__control/register", {"name": "x"}),
        ("put", "/__control/register", {"id18": "1"}),
        ("put", "/__control/latency", {"channel": "police"}),
        ("put", "/__control/latency", "text"),
    ],
)
def test_a_control_request_that_makes_no_sense_is_refused(method: str, path: str, body: object):
    answer = getattr(World().control, method)(path, json=body)
    assert answer.status_code == 400
    assert answer.json["error"]


def test_register_edits_take_effect_and_a_row_can_vanish():
    world = World()
    world.control.put("/__control/register", json={"id18": PEOPLE, "name": "张新"})
    assert isinstance(ask(world, {"name": "张新", "id_number": PEOPLE}), Verified)
    world.control.put("/__control/register", json={"id18": PEOPLE, "absent": True})
    assert not isinstance(ask(world, {"name": "张新", "id_number": PEOPLE}), Verified)


def test_the_log_says_what_was_verified_and_masks_people():
    world = World()
    ask(world)
    [row] = world.requests("2109")
    assert row["verdict"] == "verified"
    assert row["method"] == "POST"
    assert row["path"] == "/police/wsproxy/s_1200000900000_2109"
    assert row["fields"] == {"number": "3701**********0012", "name": "张*"}
    everything = json.dumps(world.control.get("/__control/requests").json, ensure_ascii=False)
    assert "张三" not in everything
    assert PEOPLE not in everything


def test_a_fault_strikes_as_often_as_it_says():
    table = FaultTable(seed=3)
    table.put(Fault("police", "http_500", count=2))
    assert [table.take("police", "x") is not None for _ in range(4)] == [True, True, False, False]
    table.put(Fault("police", "http_500", rate=0.25))
    struck = sum(table.take("police", "x") is not None for _ in range(2000))
    assert 400 < struck < 600
    table.put(Fault("police", "flap"))
    assert [table.take("police", "x") is not None for _ in range(4)] == [True, False, True, False]
    assert table.take("sms", "x") is None
    table.clear()
    assert table.take("police", "x") is None


def test_latency_has_the_median_and_the_95th_percentile_it_was_given():
    table = FaultTable(seed=4)
    assert table.latency("police") == 0
    table.set_latency("police", 300, 2000)
    seconds = sorted(table.latency("police") for _ in range(4000))
    assert 0.27 < seconds[2000] < 0.33
    assert 1.7 < seconds[3800] < 2.3


def test_a_slow_platform_takes_its_time_on_the_sandbox_clock():
    world = World()
    world.control.put("/__control/latency", json={"channel": "police", "median_ms": 300, "p95_ms": 300})
    before = world.clock.now()
    ask(world)
    assert world.clock.now() - before == pytest.approx(0.6)


def test_every_mode_is_named_in_the_specification_of_faults():
    assert {
        "timeout",
        "slow",
        "reset",
        "http_500",
        "http_502",
        "http_429",
        "garbage",
        "truncated",
        "bad_signature",
    } <= MODES
    assert {"wrong_subject", "stale", "quota", "maintenance", "flap", "big_body", "xxe", "encoding_gbk"} <= MODES


# ---- what the police services refuse --------------------------------------------------------------------------------


def test_a_request_number_is_taken_once():
    world = World()
    around = world.around()

    class Repeating(SeededRandomness):
        def hex(self, nbytes: int) -> str:
            return "ab" * nbytes

    repeating = Surroundings(clock=around.clock, randomness=Repeating(), transport=around.transport, pause=around.pause)
    channel = CHANNELS["police_population"](police_settings("gateway", SANDBOX), repeating)
    attempt = Attempt("a", "police_population", 4e9, "https://idp.test/return")
    reply = Reply("a", "police_population", ZHANG_SAN)
    assert isinstance(channel.resume(attempt, reply), Verified)
    with pytest.raises(Exception, match="FHDM 30"):
        channel.resume(attempt, reply)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"<a", "请求报文格式错误"),
        (b"<a/>", "签名验证失败"),
        (b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]><a>&e;</a>', "签名验证失败"),
    ],
)
def test_an_unsigned_or_unreadable_call_is_a_soap_fault(body: bytes, text: str):
    answer = World().control.post("/police/wsproxy/s_1200000900000_2109", data=body)
    assert answer.status_code == 500
    assert f"<faultstring>{text}" in answer.text


def test_a_secret_that_has_ended_signs_nothing():
    world = World(national_seconds=200)
    channel = CHANNELS["police_population"](police_settings("national", SANDBOX), world.around())
    attempt = Attempt("a", "police_population", 4e9, "https://idp.test/return")
    channel.resume(attempt, Reply("a", "police_population", ZHANG_SAN))
    world.control.put("/__control/clock", json={"advance": 201})
    with pytest.raises(Exception, match="signature or grant"):
        channel.resume(attempt, Reply("a", "police_population", ZHANG_SAN))


@pytest.mark.parametrize("path", ["/police/wsproxy/s_1200000900000_2109", "/police/share/rkkjzxxcx"])
def test_a_call_that_no_token_signed_is_401_at_the_gateway(path: str):
    world = World()
    ask(world)  # a token lives
    signed = {"gateway_appid": ISSUED.gateway_appid, "gateway_rtime": "1735689600000", "gateway_sig": "AAAA"}
    headers = {"api_id": ISSUED.api_id, "from_user": ISSUED.from_user, **signed}
    answer = world.control.post(path, data=b"<a/>", headers=headers)
    assert (answer.status_code, answer.json["code"]) == (401, "401")


def test_a_requester_without_a_grant_is_told_e_106():
    answer = World().control.post(
        "/police/sysapi/auth/refreshappsecret", json={"gjgxjhpt_rid": "x", "gjgxjhpt_sign": "x"}
    )
    assert answer.json == {"code": "E-106", "message": "请求不存在于数据库授权列表中", "data": ""}


def test_the_national_proxy_serves_the_json_form_to_signed_headers():
    import hashlib
    import hmac
    from base64 import b64decode, b64encode

    from adapters import signatures

    world = World()
    values = {"rid": ISSUED.rid, "sid": "s_1200000900000_2109", "rtime": str(int(world.clock.now() * 1000))}

    def signed(key: str) -> dict[str, str]:
        text = values["sid"] + values["rid"] + values["rtime"]
        sign = b64encode(hmac.digest(key.encode(), text.encode(), hashlib.sha256)).decode()
        return {f"gjgxjhpt_{name}": value for name, value in {**values, "sign": sign}.items()}

    data = world.control.post("/police/sysapi/auth/refreshappsecret", json=signed(ISSUED.national_key)).json["data"]
    assert b64decode(data["secret"])
    secret = signatures.national_secret(ISSUED.national_key, data["secret"])
    body = {"datalist": [{"xm": "张三", "sfzh": PEOPLE}]}
    answer = world.control.post("/police/httpproxy", json=body, headers=signed(secret))
    assert json.loads(answer.json["data"])["data"][0]["xm_ppddm"] == "1"
    assert world.control.post("/police/httpproxy", json=body, headers=signed("wrong")).json["code"] == "-1"


# ---- pages ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/sms/inbox", "/sms/inbox/19900000001"])
def test_pages_are_chinese_say_sandbox_and_need_no_script(path: str):
    answer = World().control.get(path)
    assert answer.status_code == 200
    assert '<html lang="zh-CN">' in answer.text
    assert "沙箱 SANDBOX" in answer.text
    assert "<script" not in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert len(re.findall("<h1>", answer.text)) == 1


def test_the_first_page_lists_the_sandbox_people():
    page = World().control.get("/").text
    for text in ("张三", PEOPLE, "王䶮", "19900000012", "/sms/inbox"):
        assert text in page


def test_the_icon_and_the_stylesheet_are_there():
    control = World().control
    assert control.get("/favicon.ico").status_code == 204
    assert control.get("/sandbox.css").content_type.startswith("text/css")


def test_an_inbox_of_something_that_is_no_number_is_not_found():
    assert World().control.get("/sms/inbox/<b>").status_code == 404
