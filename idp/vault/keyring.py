"""Envelope encryption: data keys by purpose, wrapped by the master key, unwrapped once and kept in memory.

Purposes are names: ``field``, ``records``, ``otp``, ``cookie``, ``fingerprint:person_key``, ``sign:ES256`` … The
first key of a purpose is made when it is first asked for; of several workers that do so at once, one wins and all use
its key.

Rotation has no downtime. Every sealed text names its key, so all keys open. A further key is *published* when it is
added and *used* only ``settle_seconds`` later, when every worker (they read the store again every
``refresh_seconds``) knows it; until then the key before it goes on. Should a text still name an unknown key, the store
is read again at once.

Fingerprint keys are never rotated: a value must have the same fingerprint for ever, or it is no longer found and no
longer unique. For the same reason a fingerprint keeps the suite under which its key was made.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from idp.domain.errors import MasterKeyWrong, StoreUnavailable
from idp.domain.ports import Clock, KeyStore, Randomness, WrappedKey
from idp.vault.master_key import MasterKey
from idp.vault.suites import KEY_BYTES, SUITE_CODES, SUITES_BY_CODE, Suite, SymmetricKey

KEY_ID_BYTES: Final = 8
FINGERPRINT_PREFIX: Final = "fingerprint:"
SIGNING_PREFIX: Final = "sign:"
# Unknown key ids may come from outside (cookies): they cause one read of the store a second, not one each.
_UNKNOWN_PAUSE_SECONDS: Final = 1.0

Make: TypeAlias = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class DataKey:
    """An unwrapped key. ``suite`` is the one set when it was made; ``symmetric`` unless it is a signing key."""

    id: str
    purpose: str
    created_at: float
    suite: Suite
    material: bytes = field(repr=False)
    symmetric: SymmetricKey | None = field(repr=False, compare=False)


class Keyring:
    """The data keys of one installation, shared through its key store. Safe to use from several threads."""

    def __init__(
        self,
        master: MasterKey,
        key_store: KeyStore,
        clock: Clock,
        randomness: Randomness,
        *,
        suite: Suite = Suite.INTERNATIONAL,
        refresh_seconds: float = 20.0,
        settle_seconds: float = 60.0,
    ) -> None:
        """Read nothing yet: the first use does, and raises StoreUnavailable or MasterKeyWrong."""
        self.suite = suite
        self.randomness = randomness
        self._master = master
        self._store = key_store
        self.clock = clock
        self._refresh_seconds = refresh_seconds
        self._settle_seconds = settle_seconds
        self._lock = threading.RLock()
        self._by_id: dict[str, DataKey] = {}
        self._by_purpose: dict[str, tuple[DataKey, ...]] = {}
        self._loaded_at = float("-inf")
        self._unknown_at = float("-inf")

    def current(self, purpose: str, make: Make | None = None) -> DataKey:
        """The key that seals or signs now: the newest that has settled. Made if the purpose has none.

        ``make`` gives the material of a new key; 32 random bytes without it. Raises StoreUnavailable, MasterKeyWrong.
        """
        keys = self.published(purpose) or self._first(purpose, make)
        settled_before = self.clock.now() - self._settle_seconds
        return next((key for key in reversed(keys[1:]) if key.created_at <= settled_before), keys[0])

    def first(self, purpose: str) -> DataKey:
        """The oldest key of a purpose, made if there is none: for fingerprints."""
        return (self.published(purpose) or self._first(purpose, None))[0]

    def published(self, purpose: str) -> tuple[DataKey, ...]:
        """Every key of a purpose, oldest first, those not yet settled too."""
        self._refresh()
        return self._by_purpose.get(purpose, ())

    def by_id(self, key_id: str, purpose: str) -> DataKey:
        """The key that a sealed text names. Raises MasterKeyWrong when there is none, or it has another purpose."""
        self._refresh()
        key = self._by_id.get(key_id) or self._look_again(key_id)
        if key is None or key.purpose != purpose:
            raise MasterKeyWrong(f"no key of this id for {purpose}")
        return key

    def rotate(self, purpose: str, make: Make | None = None) -> DataKey:
        """Add a key; it is published now and used after ``settle_seconds``.

        Raises ValueError for a fingerprint, whose key is for ever.
        """
        if purpose.startswith(FINGERPRINT_PREFIX):
            raise ValueError("a fingerprint key cannot be rotated: its values would no longer be found")
        self.current(purpose, make)
        wrapped = self._new(purpose, make)
        self._store.add(wrapped)
        with self._lock:
            self._load()
        return self._by_id[wrapped.id]

    def remove(self, key_id: str, purpose: str) -> bool:
        """Take a key away for good; False when it is gone already.

        Raises ValueError for every purpose but signing: what a data key sealed could never be opened again.
        """
        if not purpose.startswith(SIGNING_PREFIX):
            raise ValueError("only a signing key can be removed: what others sealed would be lost")
        removed = self._store.remove(key_id)
        with self._lock:
            self._load()
        return removed

    def described(self) -> Sequence[DataKey]:
        """Every key in the store, oldest first: for ``doctor``. Raises StoreUnavailable, MasterKeyWrong."""
        with self._lock:
            self._load()
        return tuple(self._by_id.values())

    # ---- making ----

    def _first(self, purpose: str, make: Make | None) -> tuple[DataKey, ...]:
        with self._lock:
            if purpose not in self._by_purpose:
                self._store.add_first(self._new(purpose, make))
                self._load()
        return self._by_purpose[purpose]

    def _new(self, purpose: str, make: Make | None) -> WrappedKey:
        material = make() if make is not None else self.randomness.octets(KEY_BYTES)
        key_id = self.randomness.hex(KEY_ID_BYTES)
        plain = bytes((SUITE_CODES[self.suite],)) + material
        wrapped = self._master.wrap(plain, _context(key_id, purpose))
        return WrappedKey(id=key_id, purpose=purpose, created_at=self.clock.now(), wrapped=wrapped)

    # ---- reading ----

    def _refresh(self) -> None:
        """Read the store when the last reading is old. One thread does; the others go on with what they have."""
        if self.clock.now() - self._loaded_at < self._refresh_seconds:
            return
        if not self._lock.acquire(blocking=not self._by_id):
            return
        try:
            if self.clock.now() - self._loaded_at >= self._refresh_seconds:
                self._load()
        except StoreUnavailable:
            # The keys in memory are still right; without any there is nothing to go on with.
            if not self._by_id:
                raise
        finally:
            self._lock.release()

    def _look_again(self, key_id: str) -> DataKey | None:
        with self._lock:
            now = self.clock.now()
            if key_id not in self._by_id and now - self._unknown_at >= _UNKNOWN_PAUSE_SECONDS:
                self._unknown_at = now
                self._load()
            return self._by_id.get(key_id)

    def _load(self) -> None:
        by_id: dict[str, DataKey] = {}
        by_purpose: dict[str, list[DataKey]] = {}
        for wrapped in self._store.all():
            key = self._by_id.get(wrapped.id) or self._unwrap(wrapped)
            by_id[key.id] = key
            by_purpose.setdefault(key.purpose, []).append(key)
        self._by_id = by_id
        self._by_purpose = {purpose: tuple(keys) for purpose, keys in by_purpose.items()}
        self._loaded_at = self.clock.now()

    def _unwrap(self, wrapped: WrappedKey) -> DataKey:
        plain = self._master.unwrap(wrapped.wrapped, _context(wrapped.id, wrapped.purpose))
        suite = SUITES_BY_CODE.get(plain[0]) if plain else None
        if suite is None:
            raise MasterKeyWrong("data key of an unknown suite")
        material = plain[1:]
        symmetric = SymmetricKey(material) if len(material) == KEY_BYTES else None
        return DataKey(wrapped.id, wrapped.purpose, wrapped.created_at, suite, material, symmetric)


def _context(key_id: str, purpose: str) -> str:
    return f"vault_keys.wrapped:{key_id}:{purpose}"
