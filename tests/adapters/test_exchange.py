"""The exchange platforms' shared room: profiles against their vectors, secrets, refusals, and every parser under fire."""

import base64
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qsl

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from adapters import signatures
from adapters.exchange import csb, package, population, soap
from adapters.exchange.customer import Customer
from adapters.exchange.gateway import GatewaySigner
from adapters.exchange.md5 import Md5Signer
from adapters.exchange.national import NationalSigner
from adapters.exchange.service import SignedService
from adapters.exchange.signers import CachedSigner, Signed, Signer, Unsigned
from adapters.http import Answer, Request, Transient
from adapters.police import nciic
from adapters.sandbox import ciphers
from idp.domain.channel import Reason
from idp.domain.errors import ChannelError, Distrusted, Unavailable
from tests.adapters.net import Handler, Net
from tests.adapters.rigs import streamed
from tests.adapters.test_police_vectors import CSB, GATEWAY, MD5, NATIONAL
from tests.contract.channel import ANY_INPUT

CHANNEL = "test_channel"
FAR = 4e9
GATEWAY_CUSTOMER = Customer(CHANNEL, GATEWAY["inputs"]["gateway_appid"], GATEWAY["inputs"]["app_key"])
NATIONAL_CUSTOMER = Customer(
    CHANNEL, NATIONAL["inputs"]["rid"], NATIONAL["inputs"]["app_key"], sid=NATIONAL["inputs"]["sid"]
)
MD5_CUSTOMER = Customer(CHANNEL, MD5["inputs"]["appKey"], MD5["inputs"]["appSecret"])
GRANTED = {
    "gateway": GATEWAY["step1_token"]["response_ok"],
    "national": NATIONAL["step1_refresh_secret"]["response_ok"],
    "md5": {
        "code": "00",
        "datas": {
            "requestSecret": MD5["inputs"]["requestSecret"],
            "requestSecretEndTime": 1_735_690_200_000,
            "refreshSecret": "renewal",
            "refreshSecretEndTime": 1_735_690_800_000,
        },
    },
}


def says(body: object, status: int = 200) -> Handler:
    return lambda _: streamed(status, orjson.dumps(body))


def signer_of(profile: str, net: Net, **changes) -> CachedSigner:
    make, customer = {
        "gateway": (GatewaySigner, GATEWAY_CUSTOMER),
        "national": (NationalSigner, NATIONAL_CUSTOMER),
        "md5": (Md5Signer, MD5_CUSTOMER),
    }[profile]
    return make(net.upstream, replace(customer, **changes), net.clock)


def service_of(signer: Signer, net: Net) -> SignedService:
    return SignedService(CHANNEL, net.upstream, signer)


def ask(service: SignedService) -> bytes:
    return service.ask("check", lambda send, _: send(Request("/check")).body, deadline=FAR)


# ---- the profiles, as the vectors have them -------------------------------------------------------------------------


def test_a_gateway_call_carries_the_vectors_headers():
    net = Net(says(GRANTED["gateway"]))
    signed = signer_of("gateway", net).sign(FAR)
    assert net.requests[0].headers["gateway_sig"] == GATEWAY["step1_token"]["gateway_sig"]
    assert net.requests[0].url.path == "/base/auth/token"
    assert signed.headers == {
        "gateway_appid": GATEWAY["inputs"]["gateway_appid"],
        "gateway_rtime": GATEWAY["inputs"]["gateway_rtime"],
        "gateway_sig": GATEWAY["step2_service_call"]["gateway_sig"],
    }


def test_a_gateway_call_of_a_later_second_is_signed_with_the_time_of_its_token():
    net = Net(says(GRANTED["gateway"]))
    signer = signer_of("gateway", net)
    first = signer.sign(FAR)
    net.clock.advance(300)
    assert signer.sign(FAR) == first


def test_a_national_call_carries_the_vectors_values_where_the_service_wants_them():
    net = Net(says(GRANTED["national"]))
    values = NATIONAL["step2_service_call"]["headers"]
    rest = signer_of("national", net).sign(FAR)
    assert orjson.loads(net.requests[0].content) == NATIONAL["step1_refresh_secret"]["body"]
    assert (rest.headers, rest.soap_header) == (values, {})
    over_soap = NationalSigner(net.upstream, NATIONAL_CUSTOMER, net.clock, soap=True).sign(FAR)
    assert (over_soap.headers, over_soap.soap_header) == ({}, values)


def test_an_md5_call_carries_the_vectors_query():
    net = Net(says(GRANTED["md5"]))
    signed = signer_of("md5", net).sign(FAR)
    first = MD5["refresh_by_key"]
    assert net.requests[0].url.path == f"/base{first['path']}"
    assert net.requests[0].url.params["sign"] == first["sign"]
    assert "&".join(f"{k}={v}" for k, v in signed.query.items()) == MD5["query"]


def test_an_md5_secret_is_renewed_with_the_renewal_secret_and_after_that_with_our_own():
    net = Net(says(GRANTED["md5"]))
    signer = signer_of("md5", net)
    signer.sign(FAR)
    net.clock.advance(560)
    signer.sign(FAR)
    net.clock.advance(700)
    signer.sign(FAR)
    paths = [request.url.path.rsplit("/", 1)[1] for request in net.requests]
    assert paths == ["refreshTokenByKey.htm", "refreshTokenBySec.htm", "refreshTokenByKey.htm"]


def test_a_csb_form_is_signed_as_the_vector():
    inputs = CSB["inputs"]
    net = Net()
    fields = {name: value for name, value in inputs.items() if not name.startswith("_api_")}
    customer = Customer(CHANNEL, inputs["_api_access_key"], CSB["secret_key"])
    sent = csb.request(
        customer, net.clock, api_name=inputs["_api_name"], api_version=inputs["_api_version"], fields=fields
    )
    assert dict(parse_qsl(sent.content.decode())) == inputs | {"_api_signature": CSB["_api_signature"]}


def test_customers_and_signed_calls_print_no_key():
    net = Net(says(GRANTED["gateway"]))
    signed = signer_of("gateway", net).sign(FAR)
    printed = repr((GATEWAY_CUSTOMER, NATIONAL_CUSTOMER, MD5_CUSTOMER, signed, signed.secret))
    secrets = (GATEWAY_CUSTOMER.key, NATIONAL_CUSTOMER.key, MD5_CUSTOMER.key, signed.headers["gateway_sig"])
    assert [secret for secret in (*secrets, GATEWAY["inputs"]["secret_key_plain"]) if secret in printed] == []


# ---- what a platform answers when a secret is asked for (channels.md 3.1, 3.2, 3.6) ---------------------------------

DAMAGED = base64.b64encode(b"x" * 32).decode()


@pytest.mark.parametrize(
    ("profile", "body", "raised", "alert"),
    [
        ("national", NATIONAL["step1_refresh_secret"]["response_failed"], Transient, False),
        ("national", NATIONAL["step1_refresh_secret"]["response_not_granted"], Unavailable, True),
        ("national", {"code": 300, "message": "", "data": ""}, Unavailable, True),
        ("national", {"code": "0", "data": {"secret": DAMAGED, "secretEndTime": "1735776000000"}}, Distrusted, None),
        ("national", {"code": "0", "data": {"secret": GRANTED["national"]["data"]["secret"]}}, Distrusted, None),
        ("national", {"code": "0", "data": []}, Distrusted, None),
        ("national", {}, Distrusted, None),
        ("gateway", {"code": "401"}, Unavailable, True),
        ("gateway", {"code": "0", "body": {"access_token": DAMAGED, "expires_in": 600}}, Distrusted, None),
        ("gateway", {"code": "0", "body": {"access_token": "", "expires_in": 0}}, Distrusted, None),
        ("gateway", {"code": "0", "body": None}, Distrusted, None),
        ("gateway", {"code": True}, Distrusted, None),
        ("md5", {"code": "15"}, Unavailable, True),
        ("md5", {"code": "00", "datas": {}}, Distrusted, None),
        ("md5", {"code": "00", "datas": GRANTED["md5"]["datas"] | {"requestSecret": ""}}, Distrusted, None),
    ],
)
def test_each_answer_to_a_refresh_comes_to_its_error(profile: str, body: dict, raised: type, *, alert: bool | None):
    net = Net(says(body))
    with pytest.raises(ChannelError) as caught:
        signer_of(profile, net).sign(FAR)
    assert type(caught.value) is raised
    assert len(net.requests) == (2 if raised is Transient else 1)
    if isinstance(caught.value, Unavailable):
        assert caught.value.alert is alert


@pytest.mark.parametrize("profile", GRANTED)
def test_the_old_secret_serves_until_it_ends_while_the_platform_gives_no_new_one(profile: str):
    net = Net(says(GRANTED[profile]), lambda _: streamed(503, b""))
    signer = signer_of(profile, net)
    old = signer.sign(FAR).secret
    assert old
    net.clock.advance(old.renew_at - net.clock.now())
    assert signer.sign(FAR).secret is old
    assert len(net.requests) > 1
    net.clock.advance(old.ends_at - net.clock.now())
    with pytest.raises(Unavailable):
        signer.sign(FAR)


def test_a_refusal_that_is_ours_to_repair_is_not_hidden_by_the_old_secret():
    net = Net(says(GRANTED["gateway"]), says({"code": "401"}))
    signer = signer_of("gateway", net)
    old = signer.sign(FAR).secret
    assert old
    net.clock.advance(old.renew_at - net.clock.now())
    with pytest.raises(Unavailable) as caught:
        signer.sign(FAR)
    assert caught.value.alert


def test_an_old_refusal_never_makes_a_newer_secret_forgotten():
    net = Net(says(GRANTED["gateway"]))
    signer = signer_of("gateway", net)
    first = signer.sign(FAR)
    signer.forget(first)
    second = signer.sign(FAR)
    signer.forget(first)
    assert signer.sign(FAR).secret is second.secret
    assert len(net.requests) == 2


# ---- calls ----------------------------------------------------------------------------------------------------------


def by_path(**answers: list[Handler]) -> Handler:
    """An upstream that answers each path's calls in turn, the last one for ever."""

    def handle(request: httpx.Request) -> httpx.Response:
        waiting = answers[request.url.path.rsplit("/", 1)[1]]
        return (waiting.pop(0) if len(waiting) > 1 else waiting[0])(request)

    return handle


def paths_of(net: Net) -> list[str]:
    return [request.url.path.rsplit("/", 1)[1] for request in net.requests]


def test_a_secret_that_ended_is_replaced_once():
    ended = says({"code": "403"}, 401)
    net = Net(by_path(token=[says(GRANTED["gateway"])], check=[ended, says({})]))
    assert ask(service_of(signer_of("gateway", net), net)) == b"{}"
    assert paths_of(net) == ["token", "check", "token", "check"]


def test_a_platform_that_always_says_ended_is_asked_twice_and_no_more():
    net = Net(by_path(token=[says(GRANTED["gateway"])], check=[says({"code": "403"}, 403)]))
    with pytest.raises(Unavailable):
        ask(service_of(signer_of("gateway", net), net))
    assert paths_of(net) == ["token", "check"] * 2


@pytest.mark.parametrize("body", [b'{"code":"401"}', b"<html>", b"", b"[]", b'{"code":null}'])
def test_another_refusal_is_ours_to_repair(body: bytes):
    net = Net(by_path(token=[says(GRANTED["gateway"])], check=[lambda _: streamed(401, body)]))
    with pytest.raises(Unavailable) as caught:
        ask(service_of(signer_of("gateway", net), net))
    assert caught.value.alert
    assert paths_of(net) == ["token", "check"]


def test_a_secret_that_was_refused_is_not_kept_until_its_end():
    net = Net(by_path(token=[says(GRANTED["gateway"])], check=[says({"code": "401"}, 401), says({})]))
    service = service_of(signer_of("gateway", net), net)
    with pytest.raises(Unavailable):
        ask(service)
    assert ask(service) == b"{}"
    assert paths_of(net) == ["token", "check", "token", "check"]


def test_signed_values_join_the_callers_own():
    class Both(Unsigned):
        def sign(self, deadline: float) -> Signed:
            return Signed(headers={"signed": "1"}, query={"sign": "2"})

    net = Net(says({}))
    request = Request("/check", headers={"own": "3"}, query={"q": "4"})
    service_of(Both(), net).ask("check", lambda send, _: send(request), deadline=FAR)
    sent = net.requests[0]
    assert (sent.headers["own"], sent.headers["signed"]) == ("3", "1")
    assert dict(sent.url.params) == {"q": "4", "sign": "2"}


# ---- the package and its record (channels.md 3.3.2) -----------------------------------------------------------------

TXN = "0" * 32


def answer_of(head: str, records: str) -> str:
    return f"<PACKAGE><PACKAGEHEAD>{head}</PACKAGEHEAD><DATA>{records}</DATA></PACKAGE>"


def head(fhdm: str = "10", txn: str = TXN) -> str:
    return f"<FFQQBH>{txn}</FFQQBH><FHDM>{fhdm}</FHDM>"


@pytest.mark.parametrize("fhdm", ["10", "11"])
def test_both_codes_of_success_lead_to_the_record(fhdm: str):
    assert package.record_of(CHANNEL, answer_of(head(fhdm), "<RECORD/>"), txn=TXN).tag == "RECORD"


@pytest.mark.parametrize("fhdm", ["", "0", "12", "20", "30", "99", "接口"])
def test_every_other_code_is_unavailable(fhdm: str):
    with pytest.raises(Unavailable):
        package.record_of(CHANNEL, answer_of(head(fhdm), "<RECORD/>"), txn=TXN)


@pytest.mark.parametrize(
    "text",
    [
        answer_of(head(txn="1" * 32), "<RECORD/>"),
        answer_of("<FHDM>10</FHDM>", "<RECORD/>"),
        answer_of(head(), ""),
        answer_of(head(), "<RECORD/><RECORD/>"),
        answer_of(head() + head(), "<RECORD/>"),
        "<RECORD/>",
        "",
        "{}",
    ],
)
def test_another_shape_or_another_requests_answer_is_distrusted(text: str):
    with pytest.raises(Distrusted):
        package.record_of(CHANNEL, text, txn=TXN)


# GMSFHM_PPDDM, XM_PPDDM, SWBS: the whole table, and what is in no table.
@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        (("1", "1", "0"), None),
        (("1", "0", "0"), Reason.MISMATCH_NAME),
        (("1", "0", "1"), Reason.MISMATCH_NAME),
        (("0", "0", "0"), Reason.NOT_FOUND),
        (("0", "1", "0"), Reason.NOT_FOUND),
        (("1", "1", "1"), Reason.CANCELLED_OR_DECEASED),
        (("1", "1", "2"), Reason.CANCELLED_OR_DECEASED),
        (("1", "1", "x"), Reason.CANCELLED_OR_DECEASED),
        (("2", "1", "0"), Distrusted),
        (("1", "", "0"), Distrusted),
        (("1", "1", ""), Distrusted),
        (("１", "1", "0"), Distrusted),
    ],
)
def test_each_row_of_the_marks_comes_to_its_outcome(marks: tuple[str, str, str], expected: object):
    if expected is Distrusted:
        with pytest.raises(Distrusted):
            population.judge(CHANNEL, *marks)
    else:
        assert population.judge(CHANNEL, *marks) is expected


@pytest.mark.parametrize(
    ("text", "kind", "alert"),
    [
        ("签名验证失败", Unavailable, True),
        ("授权校验失败", Unavailable, True),
        ("用户名或密码错误，无权限", Unavailable, True),
        ("调用次数超限", Unavailable, False),
        ("系统维护中", Unavailable, False),
        ("内部错误", Transient, False),
        ("", Transient, False),
    ],
)
@pytest.mark.parametrize("status", [200, 500])
def test_each_soap_fault_comes_to_its_error(text: str, kind: type, status: int, *, alert: bool):
    fault = f"<s:Fault><faultcode>s:Server</faultcode><faultstring>{text}</faultstring></s:Fault>"
    body = f'<s:Envelope xmlns:s="{soap.ENVELOPE}"><s:Body>{fault}</s:Body></s:Envelope>'
    with pytest.raises(Unavailable) as caught:
        soap.out_of(Answer(CHANNEL, status, body.encode()), "op")
    assert type(caught.value) is kind
    assert caught.value.alert is alert


@pytest.mark.parametrize(
    ("code", "kind", "alert"),
    [
        ("-1", Transient, False),
        (-1, Transient, False),
        ("401", Unavailable, True),
        ("E-106", Unavailable, True),
        ("500", Unavailable, False),
        ("15", Unavailable, False),
        (None, Distrusted, None),
    ],
)
def test_each_code_of_a_wrapper_comes_to_its_error(code: object, kind: type, *, alert: bool | None):
    with pytest.raises(ChannelError) as caught:
        population.row_of(CHANNEL, {"code": code, "data": ""}, name="张三", number="1")
    assert type(caught.value) is kind
    if isinstance(caught.value, Unavailable):
        assert caught.value.alert is alert


# ---- any bytes at all -----------------------------------------------------------------------------------------------

WORDS = ["code", "status", "body", "data", "datas", "msg", "0", "00", "200", "E-106", "secret", "access_token",
         "expires_in", "secretEndTime", "requestSecret", "refreshSecret", "gmsfzh", "xm", "swbs", "1"]  # fmt: skip
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=6),
    max_leaves=15,
)
NAMES = ["PACKAGE", "PACKAGEHEAD", "FHDM", "FFQQBH", "DATA", "RECORD", "GMSFHM", "XM", "Envelope", "Body", "Fault",
         "faultstring", "opResponse", "out", "ROWS", "ROW", "INPUT", "gmsfhm", "xm", "OUTPUT", "ITEM",
         "errormesage", "result_gmsfhm", "result_xm", "RESPONSE", "ErrorCode"]  # fmt: skip


def element(name: str, inner: list[etree._Element] | str) -> etree._Element:
    made = etree.Element(name)
    if isinstance(inner, str):
        made.text = inner
    else:
        made.extend(inner)
    return made


LEAVES = st.sampled_from(["", "0", "1", "10", TXN, "张三", "签名", "一致", "不一致", "-10"])
XML = st.recursive(
    st.builds(element, st.sampled_from(NAMES), LEAVES),
    lambda inner: st.builds(element, st.sampled_from(NAMES), st.lists(inner, max_size=4)),
    max_leaves=12,
).map(etree.tostring)
BYTES = (
    st.binary(max_size=200) | XML | JSON.map(lambda value: orjson.dumps(value, option=orjson.OPT_PASSTHROUGH_DATETIME))
)


def quiet(read: Callable[[], object]) -> None:
    try:
        read()
    except ChannelError:
        return


@pytest.mark.parametrize("profile", GRANTED)
@ANY_INPUT
@given(body=BYTES)
def test_any_answer_to_a_refresh_is_a_secret_or_a_channel_error(profile: str, body: bytes):
    net = Net(lambda _: streamed(200, body))
    quiet(lambda: signer_of(profile, net).sign(FAR))


@ANY_INPUT
@given(body=BYTES, status=st.sampled_from([200, 500]))
def test_any_envelope_is_read_or_a_channel_error(body: bytes, status: int):
    quiet(lambda: soap.out_of(Answer(CHANNEL, status, body), "op"))


@ANY_INPUT
@given(body=BYTES)
def test_any_package_is_read_or_a_channel_error(body: bytes):
    quiet(lambda: package.record_of(CHANNEL, body.decode("utf-8", "replace"), txn=TXN))


@ANY_INPUT
@given(body=BYTES)
def test_any_nciic_answer_is_read_or_a_channel_error(body: bytes):
    quiet(lambda: nciic.read(body.decode("utf-8", "replace"), name="张三", number="1"))


@ANY_INPUT
@given(body=JSON.filter(lambda value: isinstance(value, dict)))
def test_any_json_row_is_read_or_a_channel_error(body: dict):
    def read() -> None:
        row = population.row_of(CHANNEL, body, name="xm", number="1")
        if not isinstance(row, Reason):
            population.marks_of(CHANNEL, row)

    quiet(read)


@ANY_INPUT
@given(body=BYTES, status=st.sampled_from([200, 401, 403]))
def test_any_answer_to_a_signed_call_is_bytes_or_a_channel_error(body: bytes, status: int):
    net = Net(by_path(token=[says(GRANTED["gateway"])], check=[lambda _: streamed(status, body)]))
    quiet(lambda: ask(service_of(signer_of("gateway", net), net)))


def test_the_adapters_and_the_sandbox_derive_keys_apart():
    assert signatures.sha1prng_key("x") == ciphers.java_sha1prng(b"x", 16)
