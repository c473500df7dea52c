"""Both sides, the adapter and the sandbox, against the published vectors and the outcome tables of channels.md 6."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import signatures
from adapters.sandbox import ciphers, essc
from adapters.sandbox.credentials import ISSUED
from adapters.social import ecard, record, sealing
from idp.domain.channel import Reason, Rejected, Verified
from idp.domain.errors import ChannelError, Distrusted, Unavailable
from tests.adapters.rigs import World
from tests.adapters.social import ask, begun, channel_of, reply, visit
from tests.contract.channel import ANY_INPUT
from tests.doubles import SeededRandomness

VECTORS = Path(__file__).parent.parent / "vectors" / "channels"
ESSC = json.loads((VECTORS / "essc_h5.json").read_text(encoding="utf-8"))
PEOPLE = json.loads((VECTORS / "personas.json").read_text(encoding="utf-8"))["people"]
PUBLIC_PEM = (VECTORS / "keys" / "essc_sm2_public.pem").read_text()

# ---- signature and seal ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", [signatures.csb_sign, ciphers.csb])
def test_the_entry_is_signed_as_the_vector(sign):
    assert sign(ESSC["secret_key"], ESSC["params"]) == ESSC["_api_signature"]


def test_the_sandbox_opens_the_sealed_parameters_of_the_vector():
    assert essc.decrypt(ISSUED.essc_private_key, ESSC["sm2"]["ciphertext_hex"]) == ESSC["security_plain"].encode()


def test_the_public_key_reads_the_same_from_pem_and_from_hexadecimal():
    assert sealing.public_point(PUBLIC_PEM) == sealing.public_point(ISSUED.essc_public_key)


def test_the_sandbox_holds_the_private_key_of_the_vectors():
    pem = (VECTORS / ESSC["sm2"]["private_key"]).read_text()
    assert bytes.fromhex(ISSUED.essc_private_key) in base64.b64decode("".join(pem.splitlines()[1:-1]))


def test_what_is_sealed_opens_to_the_same_and_never_looks_the_same_twice():
    point, plain = sealing.public_point(PUBLIC_PEM), ESSC["security_plain"].encode()
    randomness = SeededRandomness()
    first, second = (sealing.seal(point, plain, randomness) for _ in range(2))
    assert first != second
    assert len(first) == len(ESSC["sm2"]["ciphertext_hex"])
    assert first.startswith("04")
    for sealed in (first, second):
        assert essc.decrypt(ISSUED.essc_private_key, sealed) == plain


@pytest.mark.parametrize("at", [1, 40, 70, -1])
def test_a_seal_altered_anywhere_does_not_open(at: int):
    raw = bytearray.fromhex(ESSC["sm2"]["ciphertext_hex"])
    raw[at] ^= 1
    assert essc.decrypt(ISSUED.essc_private_key, raw.hex()) is None


@pytest.mark.parametrize("text", ["", "zz", "04", "04" * 97, "05" + "00" * 120, "00" * 120])
def test_what_is_no_seal_does_not_open(text: str):
    assert essc.decrypt(ISSUED.essc_private_key, text) is None
    assert essc.open_security(ISSUED.essc_private_key, text) is None


@pytest.mark.parametrize(
    "text",
    [
        "zz",
        ISSUED.essc_public_key[:-2],
        ISSUED.essc_public_key[:-2] + "00",  # off the curve
        "02" + ISSUED.essc_public_key[2:],
        "-----BEGIN PUBLIC KEY-----\n!!\n-----END PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----",  # P-256
    ],
)
def test_what_is_no_key_on_the_curve_is_refused(text: str):
    with pytest.raises(ValueError, match=r"key|hex|fromhex"):
        sealing.public_point(text)


# ---- outcome tables -------------------------------------------------------------------------------------------------

OUTCOMES = {"match": None, "rejected": Reason.CARD_STATE, "not_found": Reason.NOT_FOUND}


@pytest.mark.parametrize("person", PEOPLE, ids=[row["key"] for row in PEOPLE])
@pytest.mark.parametrize("mode", ["ecard", "record"])
def test_each_persona_comes_to_its_expected_outcome(mode: str, person: dict):
    world = World()
    fields = {"name": person["name"], "id_number": person["id18"], "social_card": person["social_card_no"]}
    channel = channel_of(world, mode)
    if mode == "record":
        outcome = ask(channel, fields)
    else:
        attempt, step = begun(channel, fields)
        outcome = channel.resume(attempt, reply(visit(world, step.url)))
    expected = OUTCOMES[person["expected"]["social_security"]]
    if expected is None:
        assert isinstance(outcome, Verified)
    else:
        assert isinstance(outcome, Rejected)
        assert outcome.reason is expected


RECORD_TABLE = [
    ({"hyjg": "1", "aaz502": "1"}, None),
    ({"hyjg": "1", "aaz502": "2"}, Reason.CARD_STATE),
    ({"hyjg": "1", "aaz502": "3"}, Reason.CARD_STATE),
    ({"hyjg": "1", "aaz502": "4"}, Reason.CARD_STATE),
    ({"hyjg": "2", "aaz502": ""}, Reason.MISMATCH_NAME),
    ({"hyjg": "3", "aaz502": ""}, Reason.NOT_FOUND),
]


@pytest.mark.parametrize(("data", "reason"), RECORD_TABLE)
def test_each_row_of_the_record_table(data: dict, reason: Reason | None):
    assert record.read({"status": "0", "msg": "查询成功", "data": data}) is reason


@pytest.mark.parametrize("status", ["-1", "1", "5001", "服务异常"])
def test_a_status_other_than_answered_is_unavailable(status: str):
    with pytest.raises(Unavailable) as caught:
        record.read({"status": status, "msg": "", "data": {"hyjg": "1", "aaz502": "1"}})
    assert "服务" not in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"status": 0, "data": {"hyjg": "1", "aaz502": "1"}},
        {"status": "0"},
        {"status": "0", "data": []},
        {"status": "0", "data": {"hyjg": "1"}},
        {"status": "0", "data": {"hyjg": "1", "aaz502": "9"}},
        {"status": "0", "data": {"hyjg": "4", "aaz502": "1"}},
        {"status": "0", "data": {"hyjg": 1, "aaz502": "1"}},
    ],
)
def test_a_record_answer_of_another_shape_is_distrusted(body: dict):
    with pytest.raises(Distrusted):
        record.read(body)


DATA = {"busiSeq": "SB1", "signNo": "N1", "aac002": "370102190103070012", "aac003": "张三", "status": "1"}
CARD_TABLE = [
    ("2", Reason.USER_CANCELLED),
    ("3", Reason.NOT_FOUND),
    ("4", Reason.EXPIRED),
    ("5", Reason.CARD_STATE),
]


def read_card(**changes) -> object:
    return ecard.read({"code": "0", "msg": "", "data": DATA | changes}, busi_seq="SB1", sign_no="N1")


@pytest.mark.parametrize(("status", "reason"), CARD_TABLE)
def test_each_refusing_row_of_the_e_card_table(status: str, reason: Reason):
    assert read_card(status=status, aac002="", aac003="") is reason


def test_the_confirming_and_the_pending_row_of_the_e_card_table():
    assert read_card() == ecard.Confirmed("370102190103070012", "张三")
    assert isinstance(read_card(status="0"), ecard.Pending)


@pytest.mark.parametrize(("code", "reason"), [("404", Reason.BAD_INPUT), ("used", Reason.REPLAYED)])
def test_the_codes_that_refuse(code: str, reason: Reason):
    assert ecard.read({"code": code}, busi_seq="SB1", sign_no="N1") is reason


@pytest.mark.parametrize(("code", "alert"), [("401", True), ("500", False), ("系统繁忙", False)])
def test_other_codes_are_unavailable(code: str, *, alert: bool):
    with pytest.raises(Unavailable) as caught:
        ecard.read({"code": code}, busi_seq="SB1", sign_no="N1")
    assert caught.value.alert is alert


@pytest.mark.parametrize(
    "changes",
    [
        {"busiSeq": "SB2"},
        {"signNo": "N2"},
        {"busiSeq": None},
        {"status": "9"},
        {"status": 1},
        {"aac002": ""},
        {"aac003": ""},
        {"aac003": None},
    ],
)
def test_an_e_card_answer_of_another_shape_or_visit_is_distrusted(changes: dict):
    with pytest.raises(Distrusted):
        read_card(**changes)


# ---- any JSON at all ------------------------------------------------------------------------------------------------

TEXTS = st.sampled_from(["0", "1", "2", "3", "used", "404", "SB1", "N1", ""]) | st.text(max_size=4)
VALUES = st.none() | st.integers() | TEXTS | st.lists(TEXTS, max_size=2)
NAMES = ("code", "status", "data")
ROWS = st.dictionaries(st.sampled_from([*DATA, "hyjg", "aaz502"]), VALUES, max_size=8)
BODIES = st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, VALUES | ROWS))


@ANY_INPUT
@given(body=BODIES)
def test_any_object_reads_to_a_finding_or_a_channel_error(body: dict):
    for read in (record.read, lambda b: ecard.read(b, busi_seq="SB1", sign_no="N1")):
        try:
            finding = read(body)
        except ChannelError:
            continue
        assert finding is None or isinstance(finding, Reason | ecard.Pending | ecard.Confirmed)
