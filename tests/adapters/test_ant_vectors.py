"""Both sides, the adapters and the sandbox, against the published Alipay vectors."""

import json
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import alipay_account, zhima_face
from adapters.ant import gateway, signing
from adapters.ant.gateway import Method, Said
from adapters.ant.settings import AntSettings, private_key, public_key
from adapters.ant.subject import Subject, subject_of
from adapters.http import Transient
from adapters.sandbox import rsa2
from adapters.sandbox.credentials import ant_settings
from idp.domain.attempt import Attempt
from idp.domain.channel import Reason, Redirect
from idp.domain.errors import Distrusted, Unavailable
from idp.domain.id_numbers import IdNumber
from tests.adapters.ant import ALIPAY, METHODS, ZHANG_SAN, ZHIMA, channel_of, known
from tests.adapters.rigs import World

VECTORS = Path(__file__).parent.parent / "vectors" / "channels"
ALIPAY_JSON = json.loads((VECTORS / "alipay.json").read_text(encoding="utf-8"))
OURS = private_key((VECTORS / ALIPAY_JSON["keys"]["app_private"]).read_text(encoding="ascii"))
THEIRS = public_key((VECTORS / ALIPAY_JSON["keys"]["platform_public"]).read_text(encoding="ascii"))
BY_NAME: dict[str, Method] = {
    method.name: method
    for method in (
        alipay_account.PRECONSULT,
        alipay_account.TOKEN,
        alipay_account.CONSULT,
        zhima_face.CERTIFY_OPEN.initialize,
        zhima_face.CERTIFY_OPEN.query,
    )
}
BY_NODE = {signing.node_name(name): method for name, method in BY_NAME.items()}
REQUESTS = pytest.mark.parametrize("name", ALIPAY_JSON["requests"])
RESPONSES = pytest.mark.parametrize("row", ALIPAY_JSON["responses"], ids=lambda row: f"{row['node']}: {row['outcome']}")


def answer(row: dict) -> tuple[Method, signing.Node]:
    # The one error_response of the file is the token method's.
    method = BY_NODE.get(row["node"], alipay_account.TOKEN)
    return method, signing.verified_node("c", row["raw"].encode(), method.name, THEIRS)


@REQUESTS
def test_each_request_is_signed_as_in_the_vector(name: str):
    row = ALIPAY_JSON["requests"][name]
    assert signing.string_to_sign(row["params"]) == row["string_to_sign"]
    assert signing.sign(OURS, row["params"]) == row["sign"]


@REQUESTS
def test_the_sandbox_verifies_each_vector_and_refuses_any_change(name: str):
    row = ALIPAY_JSON["requests"][name]
    signed = row["params"] | {"sign": row["sign"]}
    assert rsa2.signed_text(signed) == row["string_to_sign"]
    assert rsa2.good(signed)
    for changed in (*row["params"], "sign", "more"):
        assert not rsa2.good(signed | {changed: signed.get(changed, "")[1:] + "0"})
    assert not rsa2.good({k: v for k, v in signed.items() if k != "sign_type"})


@RESPONSES
def test_each_answer_is_verified_over_its_raw_text(row: dict):
    _, node = answer(row)
    assert node.name == row["node"]
    assert node.raw == row["signed_content"]
    assert rsa2.sign(row["signed_content"]) == json.loads(row["raw"])["sign"]


@RESPONSES
def test_each_answer_comes_to_its_outcome(row: dict):
    method, node = answer(row)
    if row["outcome"] in {"unavailable", "not_found"}:
        # "not_found" is a certify_id that they do not know. We sent it, so it is our fault and no finding about the
        # person (channels.md 8.3).
        with pytest.raises(Unavailable) as caught:
            gateway.read("c", method, node)
        assert caught.value.alert is (row["outcome"] == "not_found")
        assert isinstance(caught.value, Transient) is (row["outcome"] == "unavailable")
        return
    said = gateway.read("c", method, node)
    reached = {
        "rejected": said.reason in {Reason.REPLAYED, Reason.EXPIRED},
        "token": "user_id" in said.fields and "access_token" in said.fields,
        "token (open_id mode)": "open_id" in said.fields and "access_token" in said.fields,
        "continue": bool({"verify_id", "certify_id"} & set(said.fields)),
        "match": said.fields.get("passed") == "T",
        "mismatch": said.fields.get("passed") == "F",
        "mismatch if the user has returned, else pending": said.fields.get("passed") == "F",
    }
    assert reached[row["outcome"]]
    if method is alipay_account.CONSULT and said.reason is None:
        expected = {"match": None, "mismatch": Reason.MISMATCH_NAME}[row["outcome"]]
        assert alipay_account.verdict(said.fields) is expected


def test_a_tampered_answer_is_distrusted():
    with pytest.raises(Distrusted, match="wrong signature"):
        signing.verified_node("c", ALIPAY_JSON["tampered"]["raw"].encode(), METHODS["consult"], THEIRS)


def test_an_answer_of_another_method_is_distrusted():
    row = next(row for row in ALIPAY_JSON["responses"] if row["outcome"] == "match")
    for method in set(METHODS.values()) - {METHODS["consult"]}:
        with pytest.raises(Distrusted, match="not one node"):
            signing.verified_node("c", row["raw"].encode(), method, THEIRS)


@pytest.mark.parametrize("name", ["oauth_token", "certverify_preconsult", "certverify_consult", "certify_query"])
def test_the_adapters_send_the_parameters_of_the_vectors(name: str):
    """Everything but the numbers of the day comes from the running channel: same names, same order in the content."""
    row = ALIPAY_JSON["requests"][name]["params"]
    sent = gateway.Gateway(ALIPAY, settings(), World().around())._signed(
        row["method"], {k: row[k] for k in ("grant_type", "code", "auth_token", "biz_content") if k in row}
    )
    assert {k: v for k, v in sent.items() if k != "sign"} == row
    assert sent["sign"] == ALIPAY_JSON["requests"][name]["sign"]


def settings() -> AntSettings:
    return AntSettings.model_validate(ant_settings("") | {"base_url": "https://openapi.alipay.com"})


def test_the_content_of_each_request_is_written_as_in_the_vectors():
    rows = ALIPAY_JSON["requests"]
    for name in ("certverify_preconsult", "certverify_consult", "certify_initialize", "certify_query", "certify_page"):
        text = rows[name]["params"]["biz_content"]
        assert gateway.biz_content(json.loads(text)) == text
    subject = subject_of(Attempt("a", ALIPAY, 0, "", known=known(ZHANG_SAN)), 1_735_689_600.0)
    assert isinstance(subject, Subject)
    assert alipay_account._lodge(subject) == {"biz_content": rows["certverify_preconsult"]["params"]["biz_content"]}
    session = zhima_face._session(subject, "RN20250101080000000000000000001", "https://sso.example.gov.cn/cb/zhima")
    assert gateway.biz_content(session) == rows["certify_initialize"]["params"]["biz_content"]


def test_the_address_of_the_face_page_is_byte_for_byte_the_vector():
    row = ALIPAY_JSON["requests"]["certify_page"]
    door = gateway.Gateway(ZHIMA, settings(), World().around())
    content = {"biz_content": row["params"]["biz_content"]}
    assert door.page_url(zhima_face.CERTIFY_OPEN.certify, content) == row["get_url"]


def test_the_address_of_the_consent_page_is_byte_for_byte_the_vector():
    world = World()
    official = "https://openauth.alipay.com/oauth2/publicAppAuthorize.htm"
    channel = channel_of(world, ALIPAY, authorize_url=official)
    keep = {"verify_id": "671ffcda5447bc87e9ed2f669eb143d4", "state": "s-1"}
    step = channel._redirect("https://sso.example.gov.cn/cb/alipay", keep)
    assert isinstance(step, Redirect)
    assert step.url == ALIPAY_JSON["authorize_urls"]["id_verify"]
    assert [k for k, _ in parse_qsl(urlsplit(step.url).query)][-2:] == ["cert_verify_id", "state"]


# ---- answers without trust ------------------------------------------------------------------------------------------


def signed(raw: str, node: str = "alipay_user_certify_open_query_response", tail: str = "") -> bytes:
    return f'{{"{node}":{raw}{tail},"sign":"{rsa2.sign(raw)}"}}'.encode()


@pytest.mark.parametrize(
    "raw",
    ['{"a":"}"}', '{"a":"{\\"b\\":1}"}', '{ "a" : "\\\\" }', '{"a":{"b":[{"c":"]}"}]}}', '{"a":"，}{"}', "{}"],
)
@pytest.mark.parametrize("tail", ["", " ", "\n\t"])
def test_braces_quotes_and_spaces_do_not_move_the_end_of_the_node(raw: str, tail: str):
    node = signing.verified_node("c", signed(raw, tail=tail), METHODS["query"], THEIRS)
    assert node.raw == raw
    assert dict(node.fields) == json.loads(raw)


GOOD = signed('{"code":"10000"}').decode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        GOOD.encode("utf-16"),
        GOOD[:-1].encode(),
        (GOOD + "x").encode(),
        (GOOD + GOOD).encode(),
        signed('{"code":"1","code":"1"}'),
        signed('{"a":{"b":1,"b":2}}'),
        signed('{"a":NaN}'),
        signed('["code"]'),
        signed('"code"'),
        ('{"alipay_user_certify_open_query_response":{"passed":"T"},' + GOOD[1:]).encode(),
        ('{"error_response":{"code":"40002"},' + GOOD[1:]).encode(),
        ('{"more":1,' + GOOD[1:]).encode(),
        (GOOD[:-1] + ',"sign":"x"}').encode(),
        b'{"alipay_user_certify_open_query_response":{"code":"10000"}}',
        b'{"alipay_user_certify_open_query_response":{"code":"10000"},"sign":1}',
        b'{"alipay_user_certify_open_query_response":{"code":"10000"},"sign":"no base64!"}',
        b'{"alipay_user_certify_open_query_response":{"code":"10000"},"sign":""}',
        b'{"alipay_user_certify_open_query_response":{"code":"10000"},"sign":"\\ud800"}',
        b'{"alipay_user_certify_open_query_response":' + b"[" * 100_000,
        b'{"alipay_user_certify_open_query_response":' + b"9" * 5_000 + b',"sign":""}',
    ],
)
def test_an_answer_of_another_shape_is_distrusted(body: bytes):
    with pytest.raises(Distrusted):
        signing.verified_node("c", body, METHODS["query"], THEIRS)


def test_a_signature_over_the_same_json_in_another_spelling_is_refused():
    raw = '{"passed":"T"}'
    body = f'{{"alipay_user_certify_open_query_response":{{"passed": "T"}},"sign":"{rsa2.sign(raw)}"}}'
    with pytest.raises(Distrusted, match="wrong signature"):
        signing.verified_node("c", body.encode(), METHODS["query"], THEIRS)


@given(body=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_distrusted_when_the_platform_did_not_sign_them(body: bytes):
    with pytest.raises(Distrusted):
        signing.verified_node("c", body, METHODS["query"], THEIRS)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.sampled_from(["T", "F", "10000", "40004"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["code", "sub_code", "passed", "fail_params", "identity_info", "verify_id"])


@given(fields=st.dictionaries(NAMES, JSON | st.text(max_size=20)), method=st.sampled_from(list(BY_NAME.values())))
def test_any_signed_fields_end_in_an_answer_or_a_channel_error(fields: dict, method: Method):
    raw = json.dumps(fields, ensure_ascii=False)
    subject = Subject("张三", IdNumber("370102190103070012"))
    try:
        node = signing.verified_node("c", signed(raw, signing.node_name(method.name)), method.name, THEIRS)
        said = gateway.read("c", method, node)
        if said.reason is None:
            zhima_face.check_identity(said.fields, subject)
            verdict = alipay_account.verdict(said.fields)
            assert verdict is None or isinstance(verdict, Reason)
    except (Distrusted, Unavailable):
        return
    assert isinstance(said, Said)


@given(value=JSON)
def test_whatever_is_signed_is_read_back_as_it_is(value: object):
    raw = json.dumps({"v": value}, ensure_ascii=False)
    node = signing.verified_node("c", signed(raw), METHODS["query"], THEIRS)
    assert node.raw == raw
