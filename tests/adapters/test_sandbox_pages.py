"""The pages of the sandbox: the index, the control desk without script, the masked log."""

import json
import re

import pytest

from adapters.sandbox.catalogue import UPSTREAMS
from adapters.sandbox.masking import masked, masked_body
from tests.adapters import police, unionpay
from tests.adapters.rigs import World

TOKEN = "token-1"


def key_of(page: str) -> str:
    found = re.search(r'name="key" value="(\w+)"', page)
    assert found
    return found[1]


def press(world: World, act: str, **form: str):
    key = key_of(world.control.get("/control").text)
    return world.control.post(f"/control/{act}", data={"key": key, **form})


@pytest.mark.parametrize("path", ["/", "/control", "/control/requests"])
def test_pages_are_chinese_say_sandbox_and_need_no_script(path: str):
    answer = World().control.get(path)
    assert answer.status_code == 200
    assert '<html lang="zh-CN">' in answer.text
    assert "沙箱 SANDBOX" in answer.text
    assert "<script" not in answer.text
    assert "style=" not in answer.text
    labels = set(re.findall(r'<label for="([^"]+)"', answer.text))
    assert labels == set(re.findall(r'<(?:select|input) id="([^"]+)"', answer.text))


def test_the_first_page_names_every_upstream_and_every_expectation():
    page = World().control.get("/").text
    for upstream in UPSTREAMS:
        assert upstream.title in page
        for _, path in upstream.pages:
            assert path in page
    assert "curl -X PUT" in page
    assert page.count("<td>不一致</td>") == 4


def test_every_link_of_the_first_page_leads_somewhere():
    world = World()
    for path in set(re.findall(r'href="(/[^"]*)"', world.control.get("/").text)):
        assert world.control.get(path).status_code == 200, path


def test_the_token_is_traded_for_a_cookie_and_leaves_the_address():
    world = World(control_token=TOKEN)
    assert world.control.get("/control").status_code == 401
    assert world.control.get("/control?token=wrong").status_code == 401
    traded = world.control.get(f"/control?token={TOKEN}")
    assert (traded.status_code, traded.headers["Location"]) == (303, "/control")
    assert "HttpOnly" in traded.headers["Set-Cookie"]
    assert "SameSite=Strict" in traded.headers["Set-Cookie"]
    assert TOKEN not in traded.headers["Set-Cookie"]
    assert world.control.get("/control").status_code == 200


def test_a_form_without_its_key_changes_nothing():
    world = World()
    answer = world.control.post("/control/faults", data={"at": "police", "mode": "http_500"})
    assert answer.status_code == 403
    assert world.control.get("/__control/state").json["faults"] == []


def test_faults_are_put_and_cleared_by_forms():
    world = World()
    first = press(world, "faults", at="police/2109", mode="http_500", rate="0.5", count="3", latency_ms="")
    assert first.status_code == 303
    press(world, "faults", at="sms", mode="slow", rate="1", count="", latency_ms="100")
    shown = world.control.get("/__control/state").json["faults"]
    assert [(f["channel"], f["operation"], f["rate"], f["count"]) for f in shown] == [
        ("police", "2109", 0.5, 3),
        ("sms", None, 1.0, None),
    ]
    assert "http_500" in world.control.get("/control").text
    press(world, "clear", at="police/2109")
    assert len(world.control.get("/__control/state").json["faults"]) == 1
    press(world, "clear")
    assert world.control.get("/__control/state").json["faults"] == []


@pytest.mark.parametrize(
    ("act", "form", "status"),
    [
        ("faults", {"at": "sms", "mode": "wrong_cert"}, 422),
        ("faults", {"at": "nobody", "mode": "slow"}, 400),
        ("faults", {"at": "sms", "mode": "slow", "count": "many"}, 400),
        ("faults", {}, 400),
        ("latency", {"channel": "nobody"}, 400),
        ("clock", {"advance": "soon"}, 400),
        ("nothing", {}, 404),
    ],
)
def test_a_form_that_makes_no_sense_is_told_why(act: str, form: dict[str, str], status: int):
    answer = press(World(), act, **form)
    assert answer.status_code == status
    assert 'role="alert"' in answer.text


def test_latency_windows_quotas_and_clock_are_forms_too():
    world = World()
    before = world.control.get("/__control/state").json["now"]
    press(world, "latency", channel="police", median_ms="300", p95_ms="2000")
    press(world, "windows", channel="unionpay", on="yes")
    press(world, "quotas", channel="wechat", per_day="100")
    press(world, "clock", advance="60")
    state = world.control.get("/__control/state").json
    assert state["latency"] == {"police": [300, 2000]}
    assert state["windows"] == {"unionpay": {"from": "22:30", "to": "00:30"}}
    assert [(q["channel"], q["per_day"]) for q in state["quotas"]] == [("wechat", 100)]
    assert state["now"] == before + 60
    press(world, "latency", plausible="yes")
    press(world, "windows", channel="unionpay", on="no")
    press(world, "quotas", channel="wechat", per_day="")
    state = world.control.get("/__control/state").json
    assert set(state["latency"]) == {u.name for u in UPSTREAMS}
    assert (state["windows"], state["quotas"]) == ({}, [])


def test_the_log_page_shows_what_was_judged_and_no_person():
    world = World(sms_flow_control=False)
    police.ask(police.channel_of(world), police.ZHANG_SAN)
    unionpay.details(unionpay.channel_of(world), world, unionpay.ZHANG_SAN)
    page = world.control.get("/control/requests?channel=police").text
    assert "verified" in page
    assert "3701**********0012" in page
    assert "police / 2109" in page
    assert "unionpay / " not in page
    told = page + json.dumps(world.control.get("/__control/requests").json, ensure_ascii=False)
    for value in (*police.ZHANG_SAN.values(), *unionpay.ZHANG_SAN.values()):
        assert value not in told


def test_a_refused_request_says_why_and_shows_its_shape():
    world = World()
    world.control.post("/police/httpproxy", json={"datalist": [{"xm": "张三", "sfzh": "370102190103070012"}]})
    [row] = world.requests("httpproxy")
    assert row["verdict"] == "refused: -1"
    assert row["status"] == 200
    assert row["body"] == {"datalist": [{"xm": "张*", "sfzh": "3701**********0012"}]}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"certNo": "370102190103070012"}, {"certNo": "3701**********0012"}),
        ({"PhoneNumbers": "19900000001"}, {"PhoneNumbers": "199****0001"}),
        ({"accNo": "6221550000000000018"}, {"accNo": "6221***********0018"}),
        ({"user_name": "JOHN"}, {"user_name": "***"}),
        ({"biz_content": '{"cert_name": "张三"}'}, {"biz_content": {"cert_name": "张*"}}),
        ({"TemplateParam": '{"code":"048213"}'}, {"TemplateParam": {"code": "***"}}),
        ({"in0": "<A><XM>张三</XM><XM>李思</XM></A>"}, {"in0": {"A": {"XM": ["张*", "李*"]}}}),
        ({"张三": 1, "370102190103070012": True}, {"张*": "1", "3701**********0012": True}),
        ({"sign": "aGVsbG8+d29ybGQ="}, {"sign": "(16 characters)"}),
        ({"version": "5.1.0", "txnType": "72", "encoding": "UTF-8"}, {"version": "5.1.0", "txnType": "72", "encoding": "(5 characters)"}),
    ],
)  # fmt: skip
def test_what_the_log_may_show(value: dict, shown: dict):
    assert masked(value) == shown


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"", ""),
        (b"\xff\xfe", "(2 octets)"),
        (b"{not json", "(9 octets)"),
        (b"<not xml", "(8 octets)"),
        (b"[1]", ["1"]),
    ],
)
def test_a_body_that_cannot_be_read_is_counted(body: bytes, shown: object):
    assert masked_body(body) == shown


def test_an_entity_in_a_body_is_never_resolved_for_the_log():
    told = masked_body(b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]><a><b>&e;</b></a>')
    assert told == {"a": {"b": ""}}
