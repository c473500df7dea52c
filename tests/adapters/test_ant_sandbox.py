"""The sandbox's Alipay: what it refuses, what it logs, and its two pages."""

import json

import pytest
from lxml import html

from adapters.ant import signing
from adapters.ant.settings import private_key, public_key
from adapters.sandbox import channel_settings
from adapters.sandbox.credentials import key_file
from adapters.sandbox.population import synthetic_people
from idp.domain.channel import Verified
from tests.adapters.ant import ALIPAY, METHODS, ZHANG_SAN, ZHIMA, begin, channel_of, comes_back, resume
from tests.adapters.rigs import SANDBOX, World

OURS = private_key(key_file("alipay_app_private").decode())
THEIRS = public_key(key_file("alipay_platform_public").decode())
IDENTITY = {"user_name": "张三", "cert_type": "IDENTITY_CARD", "cert_no": ZHANG_SAN["id_number"]}
FACE = {
    "outer_order_no": "RN1",
    "biz_code": "FACE",
    "identity_param": {
        "identity_type": "CERT_INFO",
        "cert_type": "IDENTITY_CARD",
        "cert_name": "张三",
        "cert_no": ZHANG_SAN["id_number"],
    },
    "merchant_config": {"return_url": "https://idp.test/x"},
}


def ask(
    world: World, method: str, content: dict | None = None, sign: str | None = None, **changes: str
) -> tuple[str, dict]:
    fields = {
        "app_id": "2021000000000001",
        "format": "JSON",
        "charset": "utf-8",
        "sign_type": "RSA2",
        "timestamp": "2025-01-01 08:00:00",
        "version": "1.0",
        "method": method,
        "biz_content": json.dumps(content or {}),
    } | changes
    fields = {k: v for k, v in fields.items() if v}
    fields["sign"] = signing.sign(OURS, fields) if sign is None else sign
    answer = world.control.post("/alipay/gateway.do", data=fields)
    assert answer.status_code == 200
    node = signing.verified_node("c", answer.data, method if method in METHODS.values() else "unknown", THEIRS)
    return node.name, dict(node.fields)


@pytest.mark.parametrize(
    ("changes", "code", "sub_code"),
    [
        ({"app_id": "2021000000000002"}, "40002", "isv.invalid-app-id"),
        ({"app_id": ""}, "40001", "isv.missing-app-id"),
        ({"sign": "AAAA"}, "40002", "isv.invalid-signature"),
        ({"sign": "no base64!"}, "40002", "isv.invalid-signature"),
        ({"sign": ""}, "40001", "isv.missing-sign"),
        ({"sign_type": "RSA"}, "40002", "isv.invalid-signature"),
        ({"charset": "GBK"}, "40002", "isv.invalid-signature"),
        ({"timestamp": "2025-01-01 08:15:01"}, "40002", "isv.invalid-timestamp"),
        ({"timestamp": "2025-01-01 07:44:59"}, "40002", "isv.invalid-timestamp"),
        ({"timestamp": "now"}, "40002", "isv.invalid-timestamp"),
        ({"biz_content": "["}, "40002", "isv.invalid-parameter"),
        ({"method": "alipay.trade.pay"}, "40002", "isv.invalid-method"),
    ],
)
def test_the_gateway_refuses_what_the_real_one_refuses(changes: dict[str, str], code: str, sub_code: str):
    method = changes.pop("method", METHODS["preconsult"])
    node, fields = ask(World(), method, IDENTITY, **changes)
    assert (node, fields["code"], fields["sub_code"]) == ("error_response", code, sub_code)


@pytest.mark.parametrize("timestamp", ["2025-01-01 08:15:00", "2025-01-01 07:45:00"])
def test_a_clock_that_is_fifteen_minutes_off_is_still_served(timestamp: str):
    node, fields = ask(World(), METHODS["preconsult"], IDENTITY, timestamp=timestamp)
    assert (node, fields["code"]) == (signing.node_name(METHODS["preconsult"]), "10000")


@pytest.mark.parametrize(
    ("method", "content", "sub_code"),
    [
        ("preconsult", IDENTITY | {"cert_type": "PASSPORT"}, "INVALID_PARAMETER"),
        ("preconsult", IDENTITY | {"cert_no": "370102190202020002"}, "USER_NOT_EXIST"),
        ("initialize", FACE | {"biz_code": "CERT"}, "INVALID_PARAMETER"),
        ("initialize", FACE | {"outer_order_no": "x" * 33}, "INVALID_PARAMETER"),
        ("initialize", FACE | {"outer_order_no": "a-b"}, "INVALID_PARAMETER"),
        ("initialize", FACE | {"merchant_config": {}}, "INVALID_PARAMETER"),
        ("initialize", FACE | {"identity_param": FACE["identity_param"] | {"cert_type": "X"}}, "INVALID_PARAMETER"),
        (
            "initialize",
            FACE | {"identity_param": FACE["identity_param"] | {"cert_no": "370102202001010006", "cert_name": "吴小"}},
            "CERTIFY_UNDER_AGE",
        ),
        ("query", {"certify_id": "x"}, "OPEN_CERTIFY_BILL_NOT_EXIST"),
    ],
)
def test_a_method_refuses_what_it_cannot_use(method: str, content: dict, sub_code: str):
    node, fields = ask(World(), METHODS[method], content)
    assert (node, fields["code"], fields["sub_code"]) == (signing.node_name(METHODS[method]), "40004", sub_code)


def test_an_order_number_is_taken_once():
    world = World()
    assert ask(world, METHODS["initialize"], FACE)[1]["code"] == "10000"
    assert ask(world, METHODS["initialize"], FACE)[1]["sub_code"] == "INVALID_PARAMETER"


def test_a_token_that_was_never_given_consults_nothing():
    _, fields = ask(World(), METHODS["consult"], {"verify_id": "x"}, auth_token="compose1")
    assert (fields["code"], fields["sub_code"]) == ("20001", "aop.invalid-auth-token")


def test_a_code_lives_three_minutes():
    world = World()
    channel = channel_of(world, ALIPAY)
    attempt, step = begin(channel)
    back = comes_back(world, step, decision="agree")
    world.clock.advance(181)
    assert resume(channel, attempt, back).reason == "replayed"


def test_a_page_method_that_is_posted_leads_to_a_login_page():
    answer = World().control.post("/alipay/gateway.do", data={"method": "alipay.user.certify.open.certify"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/alipay/login")


def test_the_consent_page_wants_a_request_that_makes_sense():
    world = World()
    _, step = begin(channel_of(world, ALIPAY))
    address = step.url.removeprefix(SANDBOX)
    assert world.control.get(address).status_code == 200
    for good, bad in (
        ("app_id=2021", "app_id=2022"),
        ("scope=id_verify", "scope=everything"),
        ("cert_verify_id=", "cert_verify_id=0"),
        ("redirect_uri=https", "redirect_uri=javascript"),
        ("state=", "state=%E5%BC%A0"),
        ("state=", f"state={'x' * 100}"),
    ):
        assert world.control.get(address.replace(good, bad)).status_code == 400
    world.clock.advance(1_801)
    assert world.control.get(address).status_code == 400


def test_the_face_page_opens_by_a_fresh_signed_address_only():
    world = World()
    _, step = begin(channel_of(world, ZHIMA))
    address = step.url.removeprefix(SANDBOX)
    assert world.control.get(address).status_code == 200
    assert world.control.get(address.replace("certify_id", "certify_ix")).status_code == 400
    assert world.control.get(address.replace("open.certify", "open.query")).status_code == 400
    world.clock.advance(901)
    assert world.control.get(address).status_code == 400


@pytest.mark.parametrize("name", [ALIPAY, ZHIMA])
def test_a_page_is_plain_labelled_and_says_that_it_is_the_sandbox(name: str):
    world = World()
    _, step = begin(channel_of(world, name))
    page = world.control.get(step.url.removeprefix(SANDBOX))
    root = html.fromstring(page.text)
    assert "沙箱 SANDBOX" in root.text_content()
    assert root.get("lang") == "zh-CN"
    assert root.findall(".//script") == []
    assert len(root.findall(".//h1")) == 1
    labelled = {label.get("for") for label in root.findall(".//label")}
    asked = [e for e in root.iter("input", "select") if e.get("type") != "hidden"]
    assert asked
    assert {e.get("id") for e in asked} <= labelled
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_who_walks_away_is_sent_nowhere():
    world = World()
    channel = channel_of(world, ZHIMA)
    _, step = begin(channel)
    page = world.control.get(step.url.removeprefix(SANDBOX))
    form = html.fromstring(page.text).forms[0]
    left = world.control.post(form.action, data=dict(form.form_values()) | {"face": "away"})
    assert left.status_code == 200
    assert "Location" not in left.headers


@pytest.mark.parametrize("path", ["/alipay/oauth2/decision", "/alipay/certify/decision"])
def test_a_form_that_makes_no_sense_is_refused(path: str):
    assert World().control.post(path, data={"face": "mine", "decision": "agree"}).status_code == 400


def test_generated_people_have_accounts_and_faces_too():
    world = World(synthetic=3)
    [row] = synthetic_people(1)
    person = {"name": row.name, "id_number": row.id18}
    for name, press in ((ALIPAY, {"decision": "agree"}), (ZHIMA, {"face": "mine"})):
        channel = channel_of(world, name)
        attempt, step = begin(channel, person)
        assert isinstance(resume(channel, attempt, comes_back(world, step, **press)), Verified)


def test_the_log_masks_people_and_knows_both_channels():
    world = World()
    for name, press in ((ALIPAY, {"decision": "agree"}), (ZHIMA, {"face": "mine"})):
        channel = channel_of(world, name)
        attempt, step = begin(channel)
        resume(channel, attempt, comes_back(world, step, **press))
    rows = world.control.get("/__control/requests").json
    assert [(row["channel"], row["operation"]) for row in rows] == [
        (ALIPAY, METHODS["preconsult"]),
        (ALIPAY, METHODS["token"]),
        (ALIPAY, METHODS["consult"]),
        (ZHIMA, METHODS["initialize"]),
        (ZHIMA, METHODS["query"]),
    ]
    assert {row["verdict"] for row in rows} == {"verified"}
    text = json.dumps(rows, ensure_ascii=False)
    assert [value for value in ZHANG_SAN.values() if value in text] == []
    assert "3701**********0012" in text


def test_the_settings_hold_keys_as_the_vendor_writes_them():
    values = channel_settings(SANDBOX)
    assert "\n" not in values[ALIPAY]["app_private_key"]
    assert set(values[ALIPAY]) - set(values[ZHIMA]) == {"authorize_url"}
