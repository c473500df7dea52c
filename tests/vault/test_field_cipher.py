"""Sealed fields and records: each opens in its own place only; fingerprints are stable."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.domain.errors import MasterKeyWrong
from idp.vault.field_cipher import KeyringCipher
from idp.vault.sealer import JsonSealer
from idp.vault.suites import Suite
from tests.doubles import SteppingClock
from tests.vault.keys import MemoryKeyStore, keyring

STORE, CLOCK = MemoryKeyStore(), SteppingClock()
CIPHERS = {suite: KeyringCipher(keyring(STORE, CLOCK, seed=seed, suite=suite)) for seed, suite in enumerate(Suite)}
suites = st.sampled_from(Suite)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@settings(deadline=None)
@given(sealing=suites, opening=suites, plain=st.binary(max_size=500), context=st.text(max_size=40))
def test_any_worker_opens_what_any_worker_sealed_whatever_its_suite(
    sealing: Suite, opening: Suite, plain: bytes, context: str
):
    assert CIPHERS[opening].open(CIPHERS[sealing].seal(plain, context), context) == plain


@settings(deadline=None)
@given(suite=suites, plain=st.binary(max_size=60))
def test_the_same_value_never_looks_the_same(suite: Suite, plain: bytes):
    sealed = {CIPHERS[suite].seal(plain, "here") for _ in range(5)}
    assert len(sealed) == 5
    assert {len(text) for text in sealed} == {len(plain) + 38}


@pytest.mark.parametrize("suite", Suite)
def test_a_value_does_not_open_in_another_place(suite: Suite):
    sealed = CIPHERS[suite].seal(b"plain", "citizens.mobile:1")
    for context in ("citizens.mobile:2", "citizens.name:1", ""):
        with pytest.raises(MasterKeyWrong):
            CIPHERS[suite].open(sealed, context)


@settings(deadline=None)
@given(suite=suites, data=st.data())
def test_one_changed_bit_of_a_sealed_value_does_not_open(suite: Suite, data: st.DataObject):
    sealed = bytearray(CIPHERS[suite].seal(b"plain", "here"))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(MasterKeyWrong):
        CIPHERS[suite].open(bytes(sealed), "here")


@settings(deadline=None)
@given(suite=suites, data=st.data())
def test_a_sealed_value_cut_short_does_not_open(suite: Suite, data: st.DataObject):
    sealed = CIPHERS[suite].seal(b"plain", "here")
    with pytest.raises(MasterKeyWrong):
        CIPHERS[suite].open(sealed[: data.draw(st.integers(0, len(sealed) - 1))], "here")


def test_a_key_that_signs_seals_nothing():
    ring = keyring(MemoryKeyStore(), CLOCK)
    ring.current("sign:ES256", lambda: bytes(138))
    with pytest.raises(MasterKeyWrong):
        KeyringCipher(ring, purpose="sign:ES256").seal(b"plain", "here")


def test_each_suite_says_which_it_is():
    assert [CIPHERS[suite].seal(b"", "")[:2] for suite in Suite] == [b"\1\1", b"\1\2"]


def test_a_fingerprint_is_the_same_everywhere_and_of_32_bytes():
    prints = [cipher.fingerprint("mobile", "+8613912345678") for cipher in CIPHERS.values()]
    assert len(prints[0]) == 32
    assert set(prints) == {prints[0]}


def test_fingerprints_of_two_purposes_cannot_be_compared():
    cipher = CIPHERS[Suite.INTERNATIONAL]
    assert cipher.fingerprint("mobile", "1") != cipher.fingerprint("login_name", "1")


def test_two_installations_have_two_fingerprints_for_one_person():
    other = KeyringCipher(keyring(MemoryKeyStore(), CLOCK, seed=77))
    assert other.fingerprint("person_key", "1") != CIPHERS[Suite.INTERNATIONAL].fingerprint("person_key", "1")


@pytest.mark.parametrize("first", Suite)
def test_a_change_of_suite_finds_everybody_again(first: Suite):
    store = MemoryKeyStore()
    second = next(s for s in Suite if s is not first)
    before = KeyringCipher(keyring(store, CLOCK, suite=first)).fingerprint("mobile", "+8613912345678")
    after = KeyringCipher(keyring(store, CLOCK, seed=2, suite=second)).fingerprint("mobile", "+8613912345678")
    assert after == before


def test_the_suite_decides_the_fingerprint_of_a_new_installation():
    digests = []
    for suite in Suite:
        ring = keyring(MemoryKeyStore(), CLOCK, suite=suite)
        digests.append(KeyringCipher(ring).fingerprint("mobile", "1"))
        assert ring.first("fingerprint:mobile").suite is suite
    assert digests[0] != digests[1]


@settings(deadline=None)
@given(suite=suites, value=st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), json_values, max_size=4))
def test_a_json_record_comes_back(suite: Suite, value: dict):
    sealer = JsonSealer(CIPHERS[suite])
    assert sealer.open_json(sealer.seal_json(value, "journey:1"), "journey:1") == value


def test_a_sealed_text_that_is_no_record_is_refused():
    cipher = CIPHERS[Suite.INTERNATIONAL]
    for text in (b"[]", b"null", b"1"):
        with pytest.raises(MasterKeyWrong):
            JsonSealer(cipher).open_json(cipher.seal(text, "here"), "here")
