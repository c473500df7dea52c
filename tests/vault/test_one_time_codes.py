"""Codes of an authenticator app."""

from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.domain.errors import SecondFactorRefused
from idp.vault.one_time_codes import OneTimeCodes
from tests.doubles import SeededRandomness

CODES = OneTimeCodes(SeededRandomness(), issuer="一号通")
# RFC 6238 appendix B: the ASCII secret in base32; the last six of its eight digits.
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
VECTORS = [
    (59, "287082"),
    (1_111_111_109, "081804"),
    (1_111_111_111, "050471"),
    (1_234_567_890, "005924"),
    (2_000_000_000, "279037"),
    (20_000_000_000, "353130"),
]


@pytest.mark.parametrize(("at", "code"), VECTORS)
def test_codes_are_those_of_rfc_6238(at: int, code: str):
    assert CODES.verify(SECRET, code, float(at)) == at // 30


@pytest.mark.parametrize(("offset", "taken"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_one_step_early_or_late_is_taken_and_no_more(offset: int, taken):
    at, code = VECTORS[3]
    if taken:
        assert CODES.verify(SECRET, code, at + offset) == at // 30
        return
    with pytest.raises(SecondFactorRefused):
        CODES.verify(SECRET, code, at + offset)


@pytest.mark.parametrize("typed", ["005 924", " 005924\n", "００５９２４"])
def test_codes_are_read_as_people_type_them(typed: str):
    assert CODES.verify(SECRET, typed, 1_234_567_890) == 41_152_263


@settings(deadline=None)
@given(st.text(max_size=40))
def test_anything_else_is_refused(typed: str):
    if "005924" in typed:
        return
    with pytest.raises(SecondFactorRefused):
        CODES.verify(SECRET, typed, 10.0**9)


@pytest.mark.parametrize("typed", ["", "00592", "0059240", "5924", "٠٠٥٩٢٤", "-05924", "0" * 10_000])
def test_a_code_is_six_ascii_digits(typed: str):
    with pytest.raises(SecondFactorRefused):
        CODES.verify(SECRET, typed, 1_234_567_890)


def test_the_first_seconds_of_the_epoch_have_codes_too():
    assert CODES.verify(SECRET, "755224", 3.0) == 0  # RFC 4226 appendix D, count 0


def test_a_new_secret_has_160_bits_and_is_new():
    first, second = CODES.new_secret(), CODES.new_secret()
    assert first != second
    assert len(first) == 32
    assert set(first) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def test_the_address_for_the_qr_code_says_issuer_account_and_secret():
    parts = urlsplit(CODES.provisioning_uri(SECRET, "li.si"))
    assert (parts.scheme, parts.netloc, unquote(parts.path)) == ("otpauth", "totp", "/一号通:li.si")
    assert parse_qs(parts.query) == {"secret": [SECRET], "issuer": ["一号通"]}
