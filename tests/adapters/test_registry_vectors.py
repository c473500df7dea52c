"""Both sides, the adapter and the sandbox, against the published vectors of the business registry and the e-licence."""

import base64
import hashlib
import json
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from adapters.http import Transient
from adapters.registry import e_licence, four_elements, record, sm
from adapters.registry.record import Question
from adapters.sandbox import licence_app, registry
from adapters.sandbox.organisations import Enterprises
from idp.domain.channel import Reason
from idp.domain.claims import ClaimName
from idp.domain.errors import ChannelError
from tests.adapters.registry import QIAN_DA, TEST_COMPANY
from tests.contract.channel import ANY_INPUT

NAMES = (
    *("ent_idx", "entname", "uniscid", "regstateCn", "entchk_checkres_key", "diff_list", "chk_key"),
    *("code", "status", "data", "resultCode", "userTransId"),
)
VECTORS = Path(__file__).parent.parent / "vectors" / "channels"
RECORD = json.loads((VECTORS / "business_registry.json").read_text(encoding="utf-8"))
LICENCE = json.loads((VECTORS / "e_licence_assumed.json").read_text(encoding="utf-8"))
ASKED = Question(RECORD["request"]["entname"], RECORD["uscc"], RECORD["request"]["name"], 0)


def point() -> bytes:
    pem = (VECTORS / LICENCE["public_key"]).read_text(encoding="ascii")
    return base64.b64decode("".join(pem.splitlines()[1:-1]))[-65:]


# ---- the record check -----------------------------------------------------------------------------------------------


def test_the_request_is_the_vector():
    assert json.loads(record.build(ASKED)) == RECORD["request"]
    assert QIAN_DA[ClaimName.ID_NUMBER] == RECORD["legal_representative_id"]
    assert TEST_COMPANY["credit_code"] == RECORD["uscc"]


@pytest.mark.parametrize("row", RECORD["responses"], ids=lambda row: row["body"]["entchk_checkres_key"])
def test_each_answer_comes_to_its_outcome(row: dict):
    envelope = {**RECORD["envelope"]["example"], "data": row["body"]}

    def read() -> Reason | None:
        return record.read(record.unwrapped(envelope), ASKED).reason

    if row["outcome"] == "unavailable":
        with pytest.raises(Transient):
            read()
        return
    expected = {
        "match": None,
        "mismatch": Reason.MISMATCH_NAME,
        "not_found": Reason.NOT_FOUND,
        "rejected": Reason(row["reason"]) if "reason" in row else None,
    }
    assert read() is expected[row["outcome"]]


@pytest.mark.parametrize(("name", "key"), [("钱大", "03"), ("钱二", "04")], ids=["the representative", "somebody else"])
def test_the_sandbox_answers_the_record_check_as_the_vector_does(name: str, key: str):
    body = next(row["body"] for row in RECORD["responses"] if row["body"]["entchk_checkres_key"] == key)
    said = registry.compared(Enterprises(), ASKED.entname, ASKED.uniscid, name)
    assert {"ent_idx": body["ent_idx"], **said} == body


# ---- the e-licence --------------------------------------------------------------------------------------------------


def challenge() -> e_licence.Challenge:
    given = LICENCE["challenge"]
    return e_licence.Challenge(given["bizSeq"], given["rand"], given["ts"], "https://sandbox.test/?b=1")


def test_the_string_to_sign_and_its_digest():
    given = LICENCE["challenge"]
    scan = licence_app.Scan(given["appId"], given["bizSeq"], given["ts"], given["rand"], 0)
    assert challenge().string_to_sign(given["appId"]) == scan.text == LICENCE["string_to_sign"]
    assert hashlib.new("sm3", scan.text.encode()).hexdigest() == LICENCE["sm3_hex"]


def test_the_request_signature_of_both_sides():
    given = LICENCE["request_sign"]
    fields = LICENCE["challenge"]
    ours = e_licence.request_sign(given["key"], app_id=fields["appId"], biz_seq=fields["bizSeq"], ts=fields["ts"])
    assert ours == licence_app.sm3_hmac(given["key"], given["string"]) == given["sign"]


def test_the_sample_signature_verifies_and_nothing_near_it_does():
    message, signature = LICENCE["string_to_sign"].encode(), base64.b64decode(LICENCE["sample_signature_b64"])
    r, s = decode_dss_signature(signature)
    assert sm.verifies(point(), message, signature)
    assert not sm.verifies(point(), message + b"0", signature)
    assert not sm.verifies(point()[:-1] + bytes([point()[-1] ^ 1]), message, signature)
    near = [(s, r), (r, s + 1), (0, s), (r, 0), (1 << 256, s), (r, 1 << 300)]
    for pair in near:
        assert not sm.verifies(point(), message, encode_dss_signature(*pair))
    for garbage in (b"", b"\x30\x00", signature[:-1], signature + b"\0"):
        assert not sm.verifies(point(), message, garbage)


def test_the_sandbox_signs_with_the_key_of_the_vectors():
    signature = base64.b64decode(licence_app.Signatures().sign(LICENCE["string_to_sign"]))
    assert sm.verifies(point(), LICENCE["string_to_sign"].encode(), signature)


# ---- certificates ---------------------------------------------------------------------------------------------------

NOW = 1_735_689_600.0
SANDBOX_CERTIFICATES = Path(licence_app.__file__).parent / "elicence"


def certificates(name: str) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates((SANDBOX_CERTIFICATES / name).read_bytes())


@pytest.fixture(scope="module")
def issuers() -> sm.Issuers:
    return sm.Issuers((SANDBOX_CERTIFICATES / "root.pem").read_text(encoding="ascii"))


@pytest.mark.parametrize("index", [0, 1, 2])
def test_a_licence_of_the_authority_is_believed(issuers: sm.Issuers, index: int):
    licence = certificates("licences.pem")[index]
    assert issuers.believed(licence.public_bytes(Encoding.DER), NOW) == licence
    assert sm.public_point(licence) == point()
    code, name = sm.subject_of(licence)
    enterprise = Enterprises().by_code(code)
    assert enterprise is not None
    assert enterprise.name == name


@pytest.mark.parametrize(
    ("file", "now", "why"),
    [
        ("stranger.pem", NOW, "not of a known issuer"),
        ("ended.pem", NOW, "not in force"),
        ("licences.pem", 4e9, "not in force"),
        ("licences.pem", 0.0, "not in force"),
        ("root.pem", NOW, "not for signatures"),
    ],
)
def test_other_certificates_are_not_believed(issuers: sm.Issuers, file: str, now: float, why: str):
    path = Path(__file__).parent / "elicence_ended.pem" if file == "ended.pem" else SANDBOX_CERTIFICATES / file
    certificate = x509.load_pem_x509_certificates(path.read_bytes())[0]
    with pytest.raises(sm.BadCertificate, match=why):
        issuers.believed(certificate.public_bytes(Encoding.DER), now)


def test_only_sm2_authorities_can_be_issuers():
    leaf = (SANDBOX_CERTIFICATES / "licences.pem").read_text(encoding="ascii")
    with pytest.raises(ValueError, match="no authority"):
        sm.Issuers(leaf)
    rsa = (VECTORS / "keys" / "unionpay_root_cert.pem").read_text(encoding="ascii")
    with pytest.raises(ValueError, match="key"):
        sm.Issuers(rsa)
    with pytest.raises(ValueError):
        sm.Issuers("no certificate")


HONEST = x509.load_pem_x509_certificate((SANDBOX_CERTIFICATES / "licences.pem").read_bytes()).public_bytes(Encoding.DER)
AUTHORITY = sm.Issuers((SANDBOX_CERTIFICATES / "root.pem").read_text(encoding="ascii"))


@ANY_INPUT
@given(at=st.integers(0, len(HONEST) - 1), length=st.integers(0, 6), patch=st.binary(max_size=6))
def test_a_certificate_with_a_piece_exchanged_is_never_believed(at: int, length: int, patch: bytes):
    changed = HONEST[:at] + patch + HONEST[at + length :]
    if changed == HONEST:
        return
    with pytest.raises(sm.BadCertificate):
        AUTHORITY.believed(changed, NOW)


@ANY_INPUT
@given(garbage=st.binary(max_size=200))
def test_any_bytes_at_all_are_no_certificate_and_no_signature(garbage: bytes):
    with pytest.raises(sm.BadCertificate):
        AUTHORITY.believed(garbage, NOW)
    assert not sm.verifies(point(), b"text", garbage)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.sampled_from(["0", "200", "03", "04", "é"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | st.text(), inner, max_size=6),
    max_leaves=20,
)


@ANY_INPUT
@given(body=st.dictionaries(st.sampled_from(NAMES), ANY_JSON, max_size=6))
def test_any_json_at_all_ends_in_a_finding_or_a_channel_error(body: dict):
    for read in (
        lambda: record.read(record.unwrapped(body), ASKED).reason,
        lambda: record.read({**RECORD["responses"][0]["body"], **body}, ASKED).reason,
        lambda: four_elements.read(body, "t"),
        lambda: four_elements.read({"status": 200, "data": {"userTransId": "t", **body}}, "t"),
    ):
        try:
            reason = read()
        except ChannelError:
            continue
        assert reason is None or isinstance(reason, Reason)
