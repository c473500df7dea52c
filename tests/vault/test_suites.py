"""The ciphers are the published ones, and refuse whatever was not sealed."""

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.domain.errors import MasterKeyWrong
from idp.vault.suites import Suite, SymmetricKey

KEY = bytes(range(32))
NONCE = bytes(12)
suites = st.sampled_from(Suite)


def test_sm4_gcm_is_that_of_rfc_8998_appendix_a1():
    key = SymmetricKey(KEY)
    key.__dict__["_sm4"] = algorithms.SM4(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"))
    plain = b"".join(bytes([c]) * 8 for c in (0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0xEE, 0xAA))
    associated = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
    nonce = bytes.fromhex("00001234567800000000ABCD")
    expected = bytes.fromhex(
        "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
        "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
        "83DE3541E4C2B58177E065A9BF7B62EC"
    )
    assert key.seal(Suite.SHANGMI, nonce, plain, associated) == expected
    assert key.open(Suite.SHANGMI, nonce, expected, associated) == plain


def test_aes_gcm_is_that_of_the_gcm_paper_case_16():
    key = SymmetricKey(KEY)
    key.__dict__["_aes"] = AESGCM(bytes.fromhex("feffe9928665731c6d6a8f9467308308" * 2))
    plain = bytes.fromhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    )
    sealed = bytes.fromhex(
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        "76fc6ece0f4e1768cddf8853bb2d551b"
    )
    associated = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    nonce = bytes.fromhex("cafebabefacedbaddecaf888")
    assert key.seal(Suite.INTERNATIONAL, nonce, plain, associated) == sealed
    assert key.open(Suite.INTERNATIONAL, nonce, sealed, associated) == plain


@pytest.mark.parametrize(("suite", "name"), [(Suite.INTERNATIONAL, "sha256"), (Suite.SHANGMI, "sm3")])
def test_digests_are_hmacs_of_the_suites_hash(suite: Suite, name: str):
    assert SymmetricKey(KEY).digest(suite, b"message") == hmac.new(KEY, b"message", lambda: hashlib.new(name)).digest()


@settings(deadline=None)
@given(suite=suites, plain=st.binary(max_size=300), associated=st.binary(max_size=60))
def test_what_was_sealed_opens(suite: Suite, plain: bytes, associated: bytes):
    key = SymmetricKey(KEY)
    assert key.open(suite, NONCE, key.seal(suite, NONCE, plain, associated), associated) == plain


@settings(deadline=None)
@given(suite=suites, plain=st.binary(max_size=40), data=st.data())
def test_one_changed_bit_anywhere_does_not_open(suite: Suite, plain: bytes, data: st.DataObject):
    key = SymmetricKey(KEY)
    sealed = bytearray(key.seal(suite, NONCE, plain, b"here"))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(MasterKeyWrong):
        key.open(suite, NONCE, bytes(sealed), b"here")


@settings(deadline=None)
@given(suite=suites, text=st.binary(max_size=80))
def test_rubbish_does_not_open(suite: Suite, text: bytes):
    with pytest.raises(MasterKeyWrong):
        SymmetricKey(KEY).open(suite, NONCE, text, b"here")


@pytest.mark.parametrize("suite", Suite)
def test_a_text_does_not_open_under_the_other_suite(suite: Suite):
    key = SymmetricKey(KEY)
    other = next(s for s in Suite if s is not suite)
    with pytest.raises(MasterKeyWrong):
        key.open(other, NONCE, key.seal(suite, NONCE, b"plain", b""), b"")


def test_a_key_has_32_bytes_and_shows_none_of_them():
    with pytest.raises(ValueError, match="32 bytes"):
        SymmetricKey(b"short")
    assert repr(SymmetricKey(KEY)) == "SymmetricKey()"
