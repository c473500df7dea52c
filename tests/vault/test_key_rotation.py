"""A signing key is announced, signs, is kept for what it signed, and goes; running workers follow by themselves."""

import pytest
from joserfc import jws
from joserfc.jwk import KeySet

from idp.domain.signing_keys import Stage
from idp.vault.keyring import Keyring
from idp.vault.signing_keys import KeyInUse, SigningKeys
from tests.doubles import SteppingClock
from tests.vault.keys import MemoryKeyStore, keyring
from tests.vault.test_signing_keys import compact

ANNOUNCE = 600.0
RETAIN = 43_200.0


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def store() -> MemoryKeyStore:
    return MemoryKeyStore()


@pytest.fixture
def worker(store: MemoryKeyStore, clock: SteppingClock):
    """Makes the keys of one more worker."""
    rings: list[Keyring] = []

    def start() -> SigningKeys:
        rings.append(keyring(store, clock, seed=len(rings) + 1))
        return SigningKeys(rings[-1], algorithms=["ES256"], announce_seconds=ANNOUNCE, retain_seconds=RETAIN)

    return start


def published(keys: SigningKeys) -> list[str]:
    return [key["kid"] for key in keys.public_jwks()["keys"]]


def stages(keys: SigningKeys) -> list[Stage]:
    return [facts.stage for facts in keys.described()]


def test_a_new_key_is_published_at_once_and_signs_when_every_cache_has_it(worker, clock: SteppingClock):
    rotating, other = worker(), worker()
    old = rotating.current("ES256").kid
    assert published(other) == [old]
    new = rotating.rotate("ES256")
    assert (new.stage, new.signs_from) == (Stage.ANNOUNCED, clock.now() + ANNOUNCE)
    assert rotating.current("ES256").kid == old
    clock.advance(20)
    assert published(other) == [new.kid, old], "without a restart"
    clock.advance(ANNOUNCE - 21)
    assert other.current("ES256").kid == old
    clock.advance(1)
    assert other.current("ES256").kid == rotating.current("ES256").kid == new.kid


def test_the_old_key_stays_until_all_it_signed_has_expired_and_then_goes(worker, clock: SteppingClock):
    keys = worker()
    old = keys.current("ES256").kid
    token = compact(keys, "ES256")
    new = keys.rotate("ES256").kid
    clock.advance(ANNOUNCE + RETAIN - 1)
    assert published(keys) == [new, old]
    assert keys.verifier(old) is not None
    jws.deserialize_compact(token, KeySet.import_key_set(dict(keys.public_jwks())), algorithms=["ES256"])
    clock.advance(1)
    assert published(keys) == [new]
    assert keys.verifier(old) is None
    assert stages(keys) == [Stage.RETIRED, Stage.SIGNING]


def test_the_next_rotation_removes_what_is_retired(worker, store: MemoryKeyStore, clock: SteppingClock):
    keys = worker()
    keys.current("ES256")
    keys.rotate("ES256")
    clock.advance(ANNOUNCE + RETAIN)
    keys.rotate("ES256")
    assert len(store.keys) == 2
    assert stages(keys) == [Stage.SIGNING, Stage.ANNOUNCED]


def test_rotating_twice_within_the_announcement_makes_each_key_sign_in_its_turn(worker, clock: SteppingClock):
    keys = worker()
    first = keys.current("ES256").kid
    second = keys.rotate("ES256").kid
    clock.advance(ANNOUNCE / 2)
    third = keys.rotate("ES256").kid
    signing = [keys.current("ES256").kid]
    for _ in range(2):
        clock.advance(ANNOUNCE / 2)
        signing.append(keys.current("ES256").kid)
    assert signing == [first, second, third]
    assert stages(keys) == [Stage.RETAINED, Stage.RETAINED, Stage.SIGNING]


def test_a_key_says_when_it_signs_and_until_when_it_is_published(worker, clock: SteppingClock):
    keys = worker()
    start = clock.now()
    keys.current("ES256")
    clock.advance(100)
    keys.rotate("ES256")
    old, new = keys.described()
    assert (old.signs_from, old.signs_until) == (start, start + 100 + ANNOUNCE)
    assert old.published_until == start + 100 + ANNOUNCE + RETAIN
    assert (new.created_at, new.signs_from) == (start + 100, start + 100 + ANNOUNCE)
    assert new.signs_until is None
    assert new.published_until is None


def test_a_key_that_tokens_need_is_not_retired(worker, clock: SteppingClock):
    keys = worker()
    old = keys.current("ES256").kid
    with pytest.raises(KeyInUse, match="the only key of ES256"):
        keys.retire(old, compromised=True)
    keys.rotate("ES256")
    for stage in ("signing", "retained"):
        with pytest.raises(KeyInUse, match=f"this key is {stage}"):
            keys.retire(old)
        clock.advance(ANNOUNCE)
    clock.advance(RETAIN)
    assert keys.retire(old).stage is Stage.RETIRED
    assert [facts.kid for facts in keys.described()] == [keys.current("ES256").kid]
    with pytest.raises(LookupError):
        keys.retire(old)


def test_a_compromised_key_goes_at_once_from_every_worker(worker, clock: SteppingClock):
    keys, other = worker(), worker()
    old = keys.current("ES256").kid
    assert other.current("ES256").kid == old
    new = keys.rotate("ES256").kid
    keys.retire(old, compromised=True)
    assert keys.current("ES256").kid == new
    clock.advance(20)
    assert published(other) == [new]
    assert other.current("ES256").kid == new
    assert other.verifier(old) is None


def test_only_signing_keys_are_ever_removed(store: MemoryKeyStore, clock: SteppingClock):
    ring = keyring(store, clock)
    for purpose in ("field", "records", "fingerprint:person_key"):
        key = ring.current(purpose)
        with pytest.raises(ValueError, match="only a signing key"):
            ring.remove(key.id, purpose)
    assert len(store.keys) == 3


def test_the_published_set_is_the_same_object_until_it_changes(worker, clock: SteppingClock):
    keys = worker()
    before = keys.public_jwks()
    assert keys.public_jwks() is before
    keys.rotate("ES256")
    assert keys.public_jwks() is not before
