"""Both sides, the adapter and the sandbox, against the published vectors; and an independent SOAP client against the sandbox."""

import json
from pathlib import Path

import httpx
import pytest
import zeep
from lxml import etree

from adapters import signatures
from adapters.exchange import soap
from adapters.http import Answer, Transient
from adapters.police import nciic, package
from adapters.police.settings import PolicePopulationSettings
from adapters.sandbox import ciphers
from adapters.sandbox.credentials import ISSUED, police_settings
from idp.domain.channel import Reason
from idp.domain.errors import Unavailable
from tests.adapters.rigs import SANDBOX, World

VECTORS = Path(__file__).parent.parent / "vectors" / "channels"
P2109, NCIIC, PORTRAIT, NATIONAL, GATEWAY, MD5, CSB = (
    json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
    for name in (
        "police_2109",
        "nciic_check",
        "police_portrait",
        "data_exchange_national",
        "data_exchange_gateway",
        "data_exchange_md5",
        "csb_hmac_sha1",
    )
)
TXN = "00000000000040008000000000000001"
REASONS = {
    "match": None,
    "mismatch": Reason.MISMATCH_NAME,
    "not_found": Reason.NOT_FOUND,
    "rejected": Reason.CANCELLED_OR_DECEASED,
}


def cases(rows: list[dict]):
    return pytest.mark.parametrize("row", rows, ids=[row["case"] for row in rows])


def settings_of(profile: str) -> PolicePopulationSettings:
    return PolicePopulationSettings.model_validate(police_settings(profile, SANDBOX))


def check_failure(row: dict, caught: Unavailable) -> None:
    assert isinstance(caught, Transient) is row.get("retry", False)
    assert caught.alert is (row.get("alert") == "configuration")


# ---- signatures: the adapter's and the sandbox's, each for itself ---------------------------------------------------


def test_the_national_signatures_and_the_secret():
    given = NATIONAL["inputs"]
    sid, rid, rtime = given["sid"], given["rid"], given["rtime_ms"]
    for key, expected in (
        (given["app_key"], NATIONAL["step1_refresh_secret"]["gjgxjhpt_sign"]),
        (given["app_secret_plain"], NATIONAL["step2_service_call"]["gjgxjhpt_sign"]),
    ):
        assert signatures.national_sign(key, sid=sid, rid=rid, rtime=rtime) == expected
        assert ciphers.hmac_sha256(key, sid, rid, rtime) == expected
    cipher_text = NATIONAL["aes"]["ciphertext_b64"]
    assert signatures.national_secret(given["app_key"], cipher_text) == given["app_secret_plain"]
    assert ciphers.encrypt_national(given["app_key"], given["app_secret_plain"]) == cipher_text


def test_java_keys_are_derived_as_java_does():
    rows = [{"seed": NATIONAL["inputs"]["app_key"], "key_hex": NATIONAL["aes"]["key_hex"]}]
    rows += [{"seed": GATEWAY["inputs"]["app_key"], "key_hex": GATEWAY["aes"]["key_hex"]}]
    for row in rows + NATIONAL["key_derivation_more"]:
        assert signatures.sha1prng_key(row["seed"]).hex() == row["key_hex"]
        assert ciphers.java_sha1prng(row["seed"].encode(), 16).hex() == row["key_hex"]


def test_the_gateway_signatures_and_the_secret():
    given = GATEWAY["inputs"]
    app_id, rtime, plain = given["gateway_appid"], given["gateway_rtime"], given["secret_key_plain"]
    for key, step in ((given["app_key"], "step1_token"), (plain, "step2_service_call")):
        assert signatures.gateway_sign(key, app_id=app_id, rtime=rtime) == GATEWAY[step]["gateway_sig"]
        assert ciphers.hmac_sha256(key, app_id, rtime) == GATEWAY[step]["gateway_sig"]
    cipher_text = GATEWAY["step1_token"]["response_ok"]["body"]["access_token"]
    assert signatures.gateway_secret(given["app_key"], cipher_text) == plain
    assert ciphers.encrypt_gateway(given["app_key"], plain) == cipher_text


def test_a_secret_under_another_key_does_not_open():
    for decrypt, file in ((signatures.national_secret, NATIONAL), (signatures.gateway_secret, GATEWAY)):
        for text in (file["aes"]["ciphertext_b64"][:-4] + "AAA=", "no base64!", "", "AAAA"):
            with pytest.raises(signatures.BadSecret):
                decrypt(file["inputs"]["app_key"], text)
        with pytest.raises(signatures.BadSecret):
            decrypt("another key", file["aes"]["ciphertext_b64"])


def test_the_md5_signatures():
    given = MD5["inputs"]
    for secret, expected in (
        (given["requestSecret"], MD5["service_sign"]),
        (given["appSecret"], MD5["refresh_by_key"]["sign"]),
    ):
        assert signatures.md5_sign(given["appKey"], secret, given["requestTime"]) == expected
        assert ciphers.md5_hex(given["appKey"], secret, given["requestTime"]) == expected


def test_the_csb_signature():
    for sign in (signatures.csb_sign, ciphers.csb):
        assert sign(CSB["secret_key"], CSB["inputs"]) == CSB["_api_signature"]


# ---- 2109 -----------------------------------------------------------------------------------------------------------


def question(name: str = "张三", number: str = "370102190103070012") -> package.Question:
    return package.Question(TXN, 1_735_689_600.0, name, number)


def test_the_2109_request_is_byte_for_byte_the_vector():
    text = package.build(settings_of("national"), question())
    assert text == P2109["request_inner_package"]
    arguments = {"in0": etree.CDATA(text), "in1": ISSUED.soap_user, "in2": ISSUED.soap_password}
    header = NATIONAL["step2_service_call"]["headers"]
    sent = soap.envelope("http://webservice.tongtech.com/", "GK_GXFW_SFHC", arguments, header)
    assert sent.decode() == P2109["request_envelope"]


@pytest.mark.parametrize("name", ["a&b", "]]>", "<XM>x</XM>", "]]&gt;<![CDATA["])
def test_a_hostile_name_stays_inside_its_element(name: str):
    arguments = {"in0": etree.CDATA(package.build(settings_of("gateway"), question(name)))}
    root = etree.fromstring(soap.envelope("http://webservice.com/", "GK_GXFW_SFHC", arguments))
    inner = etree.fromstring(root.findtext(".//{http://webservice.com/}in0") or "")
    assert [e.text for e in inner.iter("XM")] == [name]
    assert len(inner.findall(".//RECORD")) == 1


@cases(P2109["responses"])
def test_each_2109_answer_comes_to_its_outcome(row: dict):
    answer = Answer("police_population", 200, row["xml"].encode())

    def read() -> Reason | None:
        out = soap.out_of(answer, "GK_GXFW_SFHC")
        record = etree.fromstring(out.encode()).find(".//RECORD")
        asked = question() if record is None else question(record.findtext("XM"), record.findtext("GMSFHM"))
        return package.read(out, asked)

    if row["outcome"] == "unavailable":
        with pytest.raises(Unavailable) as caught:
            read()
        check_failure(row, caught.value)
    else:
        assert read() is REASONS[row["outcome"]]


@pytest.mark.parametrize(
    ("case", "name", "number"),
    [
        ("both match", "张三", "370102190103070012"),
        ("number not in register", "王五", "370102190202020002"),
        ("deceased or cancelled", "孙故", "370102190112310006"),
    ],
)
def test_the_sandbox_answers_2109_byte_for_byte(case: str, name: str, number: str):
    world = World()
    text = package.build(settings_of("national"), question(name, number))
    token = world.control.post(
        "/police/sysapi/auth/refreshappsecret", json=NATIONAL["step1_refresh_secret"]["body"]
    ).json["data"]
    secret = signatures.national_secret(ISSUED.national_key, token["secret"])
    given = NATIONAL["inputs"]
    sign = signatures.national_sign(secret, sid=given["sid"], rid=given["rid"], rtime=given["rtime_ms"])
    header = {**NATIONAL["step2_service_call"]["headers"], "gjgxjhpt_sign": sign}
    arguments = {"in0": etree.CDATA(text), "in1": ISSUED.soap_user, "in2": ISSUED.soap_password}
    sent = soap.envelope("http://webservice.tongtech.com/", "GK_GXFW_SFHC", arguments, header)
    world.clock.advance(1)
    answer = world.control.post(f"/police/wsproxy/{given['sid']}", data=sent)
    assert answer.text == next(row["xml"] for row in P2109["responses"] if row["case"] == case)


# ---- NCIIC ----------------------------------------------------------------------------------------------------------


def nciic_conditions(name: str = "张三") -> str:
    return nciic.build(nciic.Conditions("测试单位", "250000", "政务服务实名认证", name, "370102190103070012"))


def test_the_nciic_conditions_are_byte_for_byte_the_vector():
    assert nciic_conditions() == NCIIC["in_conditions"]


@cases(NCIIC["out"])
def test_each_nciic_answer_comes_to_its_outcome(row: dict):
    asked = etree.fromstring(row["xml"].encode()).find(".//INPUT")
    name, number = ("张三", "1") if asked is None else (asked.findtext("xm") or "", asked.findtext("gmsfhm") or "")

    if row["outcome"] == "unavailable":
        with pytest.raises(Unavailable) as caught:
            nciic.read(row["xml"], name=name, number=number)
        check_failure(row, caught.value)
    else:
        expected = Reason(row["reason"]) if "reason" in row else REASONS[row["outcome"]]
        assert nciic.read(row["xml"], name=name, number=number) is expected


class SandboxZeep(zeep.Transport):
    """zeep over httpx and WSGI instead of its own network client."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._client = httpx.Client(transport=httpx.WSGITransport(world.app))

    def load(self, url: str) -> bytes:
        return self._client.get(url).content

    def post(self, address: str, message: bytes, headers: dict[str, str]) -> httpx.Response:
        return self._client.post(address, content=message, headers=headers)


@pytest.mark.parametrize(("name", "case"), [("张三", "match"), ("张叁", "mismatch"), ("", "name empty")])
def test_an_independent_soap_client_reads_the_sandbox_by_its_wsdl(name: str, case: str):
    client = zeep.Client(f"{SANDBOX}/police/nciic_ws/services/NciicServices?wsdl", transport=SandboxZeep(World()))
    out = client.service.nciicCheck(ISSUED.nciic_licence, nciic_conditions(name))
    assert out == next(row["xml"] for row in NCIIC["out"] if row["case"] == case)


@pytest.mark.parametrize(
    ("licence", "conditions", "code"),
    [
        ("another licence", nciic_conditions(), "-80"),
        (ISSUED.nciic_licence, "<ROWS>", "-41"),
        (ISSUED.nciic_licence, nciic_conditions().replace("测试单位", ""), "-64"),
        (ISSUED.nciic_licence, nciic_conditions().replace("公民身份号码", "号码"), "-52"),
        (ISSUED.nciic_licence, nciic_conditions().replace("</ROWS>", "<ROW/></ROWS>"), "-54"),
    ],
)
def test_the_sandbox_refuses_what_nciic_refuses(licence: str, conditions: str, code: str):
    client = zeep.Client(f"{SANDBOX}/police/nciic_ws/services/NciicServices?wsdl", transport=SandboxZeep(World()))
    out = client.service.nciicCheck(licence, conditions)
    assert out == next(row["xml"] for row in NCIIC["out"] if row["case"] == f"error {code}")
