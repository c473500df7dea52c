"""``unionpay_card.json``: both sides reproduce what other tools made."""

import base64
import json
from importlib import resources
from urllib.parse import urlencode

import pytest
from cryptography import x509

from adapters.sandbox import unionpay_ciphers as theirs
from adapters.sandbox.cards import test_card as card_that_answers
from adapters.unionpay import codes, signers, wire
from adapters.unionpay.codes import Standing
from adapters.unionpay.signers import CertificateSigner, KeySigner
from idp.domain.channel import Reason, Rejected
from idp.domain.errors import Distrusted, Unavailable
from tests.adapters.unionpay import VECTOR, ZHANG_SAN, a_world, channel_of, details, key

# The vectors' certificates begin on 2026-11-21.
NOW = 1_800_000_000.0
DEMO = wire.Elements("全渠道", "341126197709218366", "6216261000000000018", "13552535506")
ANSWERS = ("response_ok", "response_mismatch")


def by_certificate(**changes: str) -> CertificateSigner:
    texts = {
        "signing_key": key("merchant_private"),
        "signing_certificate": key("merchant_cert"),
        "root_certificate": key("root_cert"),
        "middle_certificate": key("middle_cert"),
        "platform": "00040000:SIGN",
    }
    return CertificateSigner(**texts | changes)


def unsigned(name: str) -> dict[str, str]:
    return {k: v for k, v in VECTOR[name]["fields"].items() if k not in {"signature", "signMethod", "certId"}}


def test_customer_info_is_written_byte_for_byte():
    plain, expected = (VECTOR["customerInfo"][name] for name in ("plain", "base64"))
    pairs = dict(part.split("=") for part in plain.strip("{}").split("&"))
    assert wire.braced(pairs) == expected
    assert theirs.customer(expected) == pairs


def test_the_string_to_sign_is_the_same():
    request = VECTOR["request_plain"]
    assert wire.string_to_sign(request["fields"]) == request["string_to_sign"]
    assert theirs.canonical(request["fields"]).decode() == request["string_to_sign"]


@pytest.mark.parametrize("name", ["request_plain", "request_encrypted"])
def test_the_double_hash_signature_is_the_same(name: str):
    fields = VECTOR[name]["fields"]
    digest = signers.hex_digest(signers.hashes.SHA256(), wire.string_to_sign(fields))
    assert digest == VECTOR[name]["sha256_hex"]
    assert by_certificate().sign(unsigned(name)) == fields
    assert theirs.certified(fields, "merchant") == fields["signature"]
    assert theirs.certified_by_merchant(fields)


@pytest.mark.parametrize(("name", "method"), [("sign_method_11", "11"), ("sign_method_12_sm3", "12")])
def test_signatures_under_a_shared_key_are_the_same(name: str, method: str):
    row = VECTOR[name]
    fields = dict(part.split("=", 1) for part in row["string"].split("&"))
    fields.pop("signMethod")
    signed = KeySigner(method, row["secure_key"]).sign(fields)
    assert wire.string_to_sign(signed) == row["string"]
    assert signed["signature"] == row["signature"]
    assert theirs.keyed(method, row["secure_key"], signed) == row["signature"]


def test_the_certificate_numbers_are_the_same():
    assert by_certificate().sign({})["certId"] == VECTOR["cert_ids"]["certId_merchant"]
    assert wire.FieldCipher(key("encrypt_cert")).certificate_id == VECTOR["cert_ids"]["encryptCertId"]


def test_the_encrypted_fields_open_to_the_demo_person():
    fields = VECTOR["request_encrypted"]["fields"]
    assert theirs.opened(fields["accNo"]) == DEMO.card
    info = theirs.customer(fields["customerInfo"])
    assert info == {"certifTp": "01", "certifId": DEMO.number, "customerNm": DEMO.name, "phoneNo": DEMO.phone}


def test_what_we_encrypt_opens_to_what_the_vector_holds():
    cipher = wire.FieldCipher(key("encrypt_cert"))
    ours = wire.customer_info(DEMO, cipher)
    assert theirs.customer(ours) == theirs.customer(VECTOR["customerInfo_encrypted"]["base64"])
    assert theirs.opened(cipher.encrypt(DEMO.card)) == DEMO.card
    shape = base64.b64decode(ours).decode().split("encryptedInfo=")[0]
    assert shape == VECTOR["customerInfo_encrypted"]["plain"].split("encryptedInfo=")[0]


@pytest.mark.parametrize("name", ANSWERS)
def test_both_answers_verify(name: str):
    fields = VECTOR[name]["fields"]
    digest = signers.hex_digest(signers.hashes.SHA256(), wire.string_to_sign(fields))
    assert digest == VECTOR[name]["sha256_hex"]
    by_certificate().verify(fields, NOW)
    assert theirs.certified(fields, "platform") == fields["signature"]


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("field", ["respCode", "orderId", "txnType", "respMsg", "signature"])
def test_a_changed_answer_does_not(name: str, field: str):
    fields = VECTOR[name]["fields"]
    with pytest.raises(Distrusted, match="wrong signature"):
        by_certificate().verify({**fields, field: fields[field][::-1] + "0"}, NOW)


@pytest.mark.parametrize("written", ["raw", "percent"])
def test_both_ways_to_write_an_answer_are_read(written: str):
    fields = VECTOR["response_ok"]["fields"]
    body = urlencode(fields) if written == "percent" else "&".join(f"{k}={v}" for k, v in fields.items())
    assert wire.readings(body.encode())[-1] == fields


# ---- certificates (5.5, checks 1 to 4) ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "now", "why"),
    [
        ({"signPubKeyCert": ""}, NOW, "no certificate"),
        ({"signPubKeyCert": "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----"}, NOW, "no certificate"),
        ({"signPubKeyCert": key("merchant_cert")}, NOW, "not UnionPay's"),
        ({"signPubKeyCert": key("root_cert")}, NOW, "does not chain"),
        ({}, 1_735_689_600.0, "not valid now"),
        ({}, 4_970_000_000.0, "not valid now"),
        ({"signMethod": "11"}, NOW, "another signMethod"),
    ],
)
def test_a_certificate_must_be_unionpays_of_the_chain_and_valid(changes: dict[str, str], now: float, why: str):
    with pytest.raises(Distrusted, match=why):
        by_certificate().verify({**VECTOR["response_ok"]["fields"], **changes}, now)


def test_the_test_environments_signer_is_not_believed_in_production():
    with pytest.raises(Distrusted, match="not UnionPay's"):
        by_certificate(platform="中国银联股份有限公司").verify(VECTOR["response_ok"]["fields"], NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"middle_certificate": key("platform_cert")},
        {"root_certificate": key("middle_cert")},
        {"signing_certificate": key("encrypt_cert")},
        {"signing_key": "no key"},
    ],
)
def test_keys_that_do_not_belong_together_are_refused_at_the_start(changes: dict[str, str]):
    with pytest.raises(ValueError, match=r"unionpay_card|PEM"):
        by_certificate(**changes)


def test_the_sandbox_serves_under_the_vectors_keys():
    for name in ("root", "middle", "platform", "merchant", "encrypt"):
        vector = x509.load_pem_x509_certificate(key(f"{name}_cert").encode())
        ours = theirs.certificate(name)
        assert (ours.public_key(), ours.serial_number, ours.subject) == (
            vector.public_key(),
            vector.serial_number,
            vector.subject,
        )


# ---- codes (5.5) ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", VECTOR["resp_codes"], ids=lambda row: row["respCode"])
def test_every_code_comes_to_its_outcome(row: dict[str, str]):
    """Through the whole channel: the sandbox's test card of that code; what is open is settled by the query."""
    world = a_world()
    channel = channel_of(world)
    fields = {**ZHANG_SAN, "bank_card": card_that_answers(row["respCode"])}
    if row["outcome"] == "unavailable":
        with pytest.raises(Unavailable) as caught:
            details(channel, world, fields)
        assert caught.value.alert is ("alert" in row)
        assert not caught.value.spends_try
    else:
        _, outcome = details(channel, world, fields)
        reason = outcome.reason if isinstance(outcome, Rejected) else None
        assert reason == (Reason(row["reason"]) if "reason" in row else None)
    assert len(world.requests("backTransReq")) == 1
    asked_again = row["outcome"] == "pending" or row["respCode"] == "12"
    assert bool(world.requests("queryTrans")) is asked_again


@pytest.mark.parametrize("row", VECTOR["resp_codes"], ids=lambda row: row["respCode"])
def test_the_table_reads_as_the_vector(row: dict[str, str]):
    expected = {"match": Standing.MATCH, "pending": Standing.OPEN}.get(row["outcome"])
    if row["outcome"] == "unavailable":
        assert codes.unavailable(row["respCode"]).alert is ("alert" in row)
        return
    assert codes.verdict(row["respCode"]) == (expected or Reason(row["reason"]))


@pytest.mark.parametrize("code", ["64", "69", "70", "75", "79", "80", "89"])
def test_an_unknown_code_of_the_issuer_is_a_card_that_cannot_serve(code: str):
    assert codes.verdict(code) is Reason.CARD_UNSUPPORTED


@pytest.mark.parametrize("code", ["", "06", "19", "33", "40", "59", "90", "99", "0", "000", "6六", "６６", "66\n"])
def test_any_other_unknown_code_is_no_answer(code: str):
    with pytest.raises(Unavailable):
        codes.verdict(code)


def test_the_vectors_codes_are_the_sandboxes_texts():
    texts = json.loads((resources.files("adapters.sandbox") / "unionpay_codes.json").read_text(encoding="utf-8"))
    assert texts == {row["respCode"]: row["text"] for row in VECTOR["resp_codes"]}
