"""A key store in memory, and keyrings on it."""

import threading
from collections.abc import Sequence

from idp.domain.errors import StoreUnavailable
from idp.domain.ports import KeyStore, WrappedKey
from idp.vault.keyring import Keyring
from idp.vault.master_key import LocalMasterKey
from idp.vault.suites import Suite
from tests.doubles import SeededRandomness, SteppingClock

MASTER = bytes(range(32))


class MemoryKeyStore:
    """:class:`idp.domain.ports.KeyStore` for one process; counts its readings, and can be out of order."""

    def __init__(self) -> None:
        self.keys: list[WrappedKey] = []
        self.readings = 0
        self.down = False
        self._lock = threading.Lock()

    def all(self) -> Sequence[WrappedKey]:
        self._check()
        with self._lock:
            self.readings += 1
            return tuple(self.keys)

    def add_first(self, key: WrappedKey) -> WrappedKey:
        self._check()
        with self._lock:
            for other in self.keys:
                if other.purpose == key.purpose:
                    return other
            self._append(key)
            return key

    def add(self, key: WrappedKey) -> None:
        self._check()
        with self._lock:
            self._append(key)

    def remove(self, key_id: str) -> bool:
        self._check()
        with self._lock:
            kept = [key for key in self.keys if key.id != key_id]
            removed, self.keys = len(kept) < len(self.keys), kept
            return removed

    def _append(self, key: WrappedKey) -> None:
        if any(other.id == key.id for other in self.keys):
            raise StoreUnavailable("key id taken")
        self.keys.append(key)

    def _check(self) -> None:
        if self.down:
            raise StoreUnavailable("down")


def keyring(
    store: KeyStore, clock: SteppingClock, *, seed: int = 1, suite: Suite = Suite.INTERNATIONAL, master: bytes = MASTER
) -> Keyring:
    """A worker's keyring; ``seed`` tells workers apart."""
    randomness = SeededRandomness(seed)
    return Keyring(LocalMasterKey(master, randomness, suite=suite), store, clock, randomness, suite=suite)
