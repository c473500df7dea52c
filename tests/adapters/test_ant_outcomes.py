"""The outcome tables of the Ant channels as data: codes, business failures, verdicts, personas (channels.md 7.4, 8.3)."""

import json
from pathlib import Path

import pytest

from adapters import alipay_account, zhima_face
from adapters.ant import gateway
from adapters.ant.signing import Node, node_name
from adapters.http import Transient
from adapters.sandbox.population import personas
from idp.domain.channel import Reason, Redirect, Rejected, Verified
from idp.domain.errors import Distrusted, Unavailable
from tests.adapters.ant import ALIPAY, ZHIMA, begin, channel_of, comes_back, resume
from tests.adapters.rigs import World

BOTH = pytest.mark.parametrize("name", [ALIPAY, ZHIMA])
PRECONSULT, TOKEN, CONSULT = alipay_account.PRECONSULT, alipay_account.TOKEN, alipay_account.CONSULT
INITIALIZE, QUERY = zhima_face.CERTIFY_OPEN.initialize, zhima_face.CERTIFY_OPEN.query
EVERY = (PRECONSULT, TOKEN, CONSULT, INITIALIZE, QUERY)
ALERT, CALM, RETRY, LIE, LEAK = "alert", "unavailable", "transient", "distrusted", "leak"


def outcome_of(method: gateway.Method, code: str, sub_code: str, *, outer: bool = False) -> Reason | str | None:
    fields = {"code": code, "msg": "m", "sub_code": sub_code, "sub_msg": "张三 370102190103070012"}
    name = "error_response" if outer else node_name(method.name)
    try:
        return gateway.read("c", method, Node(name, "", fields)).reason
    except Transient:
        return RETRY
    except Unavailable as error:
        return LEAK if "370102" in str(error) else ALERT if error.alert else CALM
    except Distrusted:
        return LIE


# ---- codes (7.4, 8.3) -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outer", [True, False])
@pytest.mark.parametrize("method", EVERY, ids=lambda method: method.name)
@pytest.mark.parametrize(
    ("code", "sub_code", "expected"),
    [
        ("20000", "isp.unknow-error", RETRY),
        ("20000", "aop.unknow-error", RETRY),
        ("20001", "aop.invalid-auth-token", Reason.EXPIRED),
        ("20001", "aop.auth-token-time-out", Reason.EXPIRED),
        ("40001", "isv.missing-signature", ALERT),
        ("40002", "isv.invalid-signature", ALERT),
        ("40002", "isv.invalid-timestamp", ALERT),
        ("40002", "isv.invalid-app-id", ALERT),
        ("40002", "isv.code-invalid", Reason.REPLAYED),
        ("40003", "isv.anything", Reason.RISK_CONTROL),
        ("40005", "isv.app-call-limited", CALM),
        ("40006", "isv.insufficient-isv-permissions", ALERT),
        ("99999", "new", LIE),
        ("", "", LIE),
    ],
)
def test_each_code_of_the_gateway_comes_to_its_outcome(
    method: gateway.Method, code: str, sub_code: str, expected: Reason | str, *, outer: bool
):
    assert outcome_of(method, code, sub_code, outer=outer) == expected


@pytest.mark.parametrize(
    ("method", "sub_code", "expected"),
    [
        (PRECONSULT, "USER_NOT_EXIST", Reason.NOT_FOUND),
        (PRECONSULT, "INVALID_PARAMETER", Reason.BAD_INPUT),
        (TOKEN, "ANY", Reason.RISK_CONTROL),
        (CONSULT, "VERIFY_ID_INVALID", Reason.EXPIRED),
        (CONSULT, "ANY", Reason.RISK_CONTROL),
        (INITIALIZE, "CERTIFY_IDENTITY_MISMATCH", Reason.MISMATCH_NAME),
        (INITIALIZE, "CERTIFY_IDENTITY_NOT_EXIST", Reason.NOT_FOUND),
        (INITIALIZE, "CERTIFY_UNDER_AGE", Reason.UNDER_AGE),
        (INITIALIZE, "ANY", Reason.BAD_INPUT),
        (QUERY, "OPEN_CERTIFY_BILL_NOT_EXIST", ALERT),
        (QUERY, "ANY", ALERT),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_each_business_failure_comes_to_its_outcome(method: gateway.Method, sub_code: str, expected: Reason | str):
    assert outcome_of(method, "40004", sub_code) == expected


def test_a_success_in_the_error_node_is_distrusted():
    for method in EVERY:
        assert outcome_of(method, "10000", "", outer=True) == LIE


def test_only_the_token_answer_may_lack_a_code():
    for method in EVERY:
        node = Node(node_name(method.name), "", {"access_token": "x", "passed": "T"})
        if method is TOKEN:
            assert gateway.read("c", method, node).reason is None
        else:
            with pytest.raises(Distrusted):
                gateway.read("c", method, node)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"passed": "T"}, None),
        ({"passed": "F", "fail_params": '["user_name"]'}, Reason.MISMATCH_NAME),
        ({"passed": "F", "fail_params": '["cert_no"]'}, Reason.MISMATCH_NUMBER),
        ({"passed": "F", "fail_params": '["user_name","cert_no"]'}, Reason.MISMATCH_PERSON),
        ({"passed": "F", "fail_params": '["mobile"]'}, Reason.MISMATCH_PERSON),
        ({"passed": "F", "fail_params": "[]"}, Reason.MISMATCH_PERSON),
        ({"passed": "F"}, Reason.MISMATCH_PERSON),
    ],
)
def test_each_verdict_of_the_consult_comes_to_its_reason(fields: dict, expected: Reason | None):
    assert alipay_account.verdict(fields) is expected


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"passed": True},
        {"passed": "t"},
        {"passed": ["T"]},
        {"passed": "F", "fail_params": "user_name"},
        {"passed": "F", "fail_params": '{"user_name":1}'},
        {"passed": "F", "fail_params": "[1]"},
        {"passed": "F", "fail_params": ["user_name"]},
        {"passed": "F", "fail_params": "[" * 100_000},
    ],
)
def test_a_verdict_of_another_shape_is_distrusted(fields: dict):
    with pytest.raises(Distrusted):
        alipay_account.verdict(fields)


# ---- personas -------------------------------------------------------------------------------------------------------

EXPECTED = {
    "match": None,
    ("mismatch", ALIPAY): Reason.MISMATCH_NAME,
    ("not_found", ALIPAY): Reason.NOT_FOUND,
    ("not_found", ZHIMA): Reason.NOT_FOUND,
    ("rejected", ZHIMA): Reason.UNDER_AGE,
}


def persona_rows() -> dict[str, dict]:
    path = Path(__file__).parent.parent / "vectors" / "channels" / "personas.json"
    return {row["key"]: row for row in json.loads(path.read_text(encoding="utf-8"))["people"]}


@BOTH
@pytest.mark.parametrize("key", [person.key for person in personas()])
def test_each_persona_ends_as_the_vectors_say(name: str, key: str):
    row, world = persona_rows()[key], World()
    channel = channel_of(world, name)
    attempt, outcome = begin(channel, {"name": row["name"], "id_number": row["id18"]})
    if isinstance(outcome, Redirect):
        press = {"face": "mine"} if name == ZHIMA else {"decision": "agree"}
        outcome = resume(channel, attempt, comes_back(world, outcome, **press))
    expected = row["expected"][name]
    reason = None if expected == "match" else EXPECTED[expected, name]
    assert (outcome.reason if isinstance(outcome, Rejected) else None) is reason
    assert isinstance(outcome, Verified) is (reason is None)
