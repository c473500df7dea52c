"""Envelope encryption: one master key, keys by purpose, rotation without downtime."""

import pytest

from idp.domain.errors import MasterKeyWrong, StoreUnavailable
from idp.vault.field_cipher import KeyringCipher
from idp.vault.keyring import Keyring
from idp.vault.master_key import LocalMasterKey
from idp.vault.suites import Suite
from tests.contract.lasting import race
from tests.doubles import SeededRandomness, SteppingClock
from tests.vault.keys import MASTER, MemoryKeyStore, keyring


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def store() -> MemoryKeyStore:
    return MemoryKeyStore()


def test_the_first_use_of_a_purpose_makes_its_key(store: MemoryKeyStore, clock: SteppingClock):
    ring = keyring(store, clock)
    key = ring.current("cookie")
    assert [k.purpose for k in store.keys] == ["cookie"]
    assert ring.current("cookie") is key
    assert ring.current("records").material != key.material


def test_a_worker_that_starts_later_uses_the_same_keys(store: MemoryKeyStore, clock: SteppingClock):
    key = keyring(store, clock, seed=1).current("field")
    assert keyring(store, clock, seed=2).current("field") == key


def test_sixteen_workers_at_once_use_one_key(store: MemoryKeyStore, clock: SteppingClock):
    rings = [keyring(store, clock, seed=seed) for seed in range(16)]
    results = race(16, lambda i: rings[i].current("field"))
    assert len({k.material for k in results if not isinstance(k, Exception)}) == 1
    assert len(store.keys) == 1


def test_sixteen_threads_of_one_worker_make_one_key(store: MemoryKeyStore, clock: SteppingClock):
    ring = keyring(store, clock)
    results = race(16, lambda _: ring.current("field"))
    assert len({id(k) for k in results}) == 1
    assert len(store.keys) == 1


def test_keys_are_unwrapped_once_and_the_store_is_not_asked_again(store: MemoryKeyStore, clock: SteppingClock):
    ring = keyring(store, clock)
    ring.current("field")
    readings = store.readings
    for _ in range(100):
        ring.current("field")
    assert store.readings == readings


def test_another_master_key_opens_nothing(store: MemoryKeyStore, clock: SteppingClock):
    keyring(store, clock).current("field")
    with pytest.raises(MasterKeyWrong):
        keyring(store, clock, master=bytes(32)).current("field")
    assert len(store.keys) == 1


def test_a_wrapped_key_moved_to_another_purpose_does_not_open(store: MemoryKeyStore, clock: SteppingClock):
    from dataclasses import replace

    keyring(store, clock).current("cookie")
    store.keys[0] = replace(store.keys[0], purpose="field")
    with pytest.raises(MasterKeyWrong):
        keyring(store, clock).current("field")


@pytest.mark.parametrize(
    "wrapped", [b"", b"\1", b"\1\1", b"\2\1" + bytes(60), b"\1\7" + bytes(60), b"\1\1" + bytes(60)]
)
def test_rubbish_in_the_store_is_said_to_be_wrong(store: MemoryKeyStore, clock: SteppingClock, wrapped: bytes):
    from dataclasses import replace

    keyring(store, clock).current("field")
    store.keys[0] = replace(store.keys[0], wrapped=wrapped)
    with pytest.raises(MasterKeyWrong):
        keyring(store, clock).current("field")


def test_a_new_key_is_published_at_once_and_seals_once_all_workers_know_it(store: MemoryKeyStore, clock: SteppingClock):
    ring, other = keyring(store, clock, seed=1), keyring(store, clock, seed=2)
    old = ring.current("field")
    other.current("field")
    new = ring.rotate("field")
    assert ring.published("field") == (old, new)
    assert ring.current("field") == old
    clock.advance(59)
    assert ring.current("field") == old
    assert other.published("field") == (old, new), "other workers read the store again before the key is used"
    clock.advance(1)
    assert ring.current("field") == new
    assert other.current("field") == new


def test_rotation_never_fails_a_text_of_any_worker(store: MemoryKeyStore, clock: SteppingClock):
    workers = [KeyringCipher(keyring(store, clock, seed=seed)) for seed in (1, 2)]
    rotating = keyring(store, clock, seed=3)
    kept: list[bytes] = []
    for second in range(200):
        if second % 90 == 10:
            rotating.rotate("field")
        kept += [worker.seal(b"plain", "here") for worker in workers]
        assert {worker.open(text, "here") for worker in workers for text in kept[-4:]} == {b"plain"}
        clock.advance(1)
    assert {worker.open(text, "here") for worker in workers for text in kept} == {b"plain"}
    assert len({text[2:10] for text in kept}) == 3, "three keys have sealed"


def test_a_text_under_a_key_that_is_not_known_yet_reads_the_store_again(store: MemoryKeyStore, clock: SteppingClock):
    late = KeyringCipher(keyring(store, clock, seed=1))
    late.seal(b"", "")
    hasty = Keyring(LocalMasterKey(MASTER, SeededRandomness(2)), store, clock, SeededRandomness(2), settle_seconds=0.0)
    hasty.rotate("field")
    assert late.open(KeyringCipher(hasty).seal(b"plain", "here"), "here") == b"plain"


def test_invented_key_ids_read_the_store_once_a_second(store: MemoryKeyStore, clock: SteppingClock):
    ring = keyring(store, clock)
    ring.current("cookie")
    before = store.readings
    for number in range(50):
        with pytest.raises(MasterKeyWrong):
            ring.by_id(f"{number:016x}", "cookie")
    assert store.readings == before + 1
    clock.advance(1)
    with pytest.raises(MasterKeyWrong):
        ring.by_id("f" * 16, "cookie")
    assert store.readings == before + 2


def test_a_key_opens_only_what_its_purpose_sealed(store: MemoryKeyStore, clock: SteppingClock):
    ring = keyring(store, clock)
    text = KeyringCipher(ring, purpose="records").seal(b"plain", "here")
    KeyringCipher(ring).seal(b"", "")
    with pytest.raises(MasterKeyWrong):
        KeyringCipher(ring).open(text, "here")


def test_a_fingerprint_key_cannot_be_rotated(store: MemoryKeyStore, clock: SteppingClock):
    with pytest.raises(ValueError, match="fingerprint"):
        keyring(store, clock).rotate("fingerprint:mobile")


def test_keys_in_memory_serve_while_the_store_is_down(store: MemoryKeyStore, clock: SteppingClock):
    ring = keyring(store, clock)
    key = ring.current("field")
    store.down = True
    clock.advance(3600)
    assert ring.current("field") is key


def test_a_worker_that_starts_while_the_store_is_down_says_so(store: MemoryKeyStore, clock: SteppingClock):
    store.down = True
    with pytest.raises(StoreUnavailable):
        keyring(store, clock).current("field")


def test_keys_of_the_other_suite_still_open_and_the_new_one_wraps(store: MemoryKeyStore, clock: SteppingClock):
    key = keyring(store, clock).current("field")
    shangmi = keyring(store, clock, seed=2, suite=Suite.SHANGMI)
    assert shangmi.current("field") == key
    assert shangmi.current("records").suite is Suite.SHANGMI
    assert keyring(store, clock).current("records") == shangmi.current("records")


def test_no_key_is_shown(store: MemoryKeyStore, clock: SteppingClock):
    ring = keyring(store, clock)
    key = ring.current("field")
    [described] = ring.described()
    for shown in (repr(key), repr(described), repr(store.keys[0])):
        assert key.id in shown
        assert repr(key.material)[2:-1] not in shown
        assert key.material.hex() not in shown


def test_a_master_key_has_32_bytes():
    with pytest.raises(ValueError, match="32 bytes"):
        LocalMasterKey(b"too short", SeededRandomness())
