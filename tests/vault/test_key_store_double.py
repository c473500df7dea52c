"""The double keeps the promises of the real key store, or tests on it would mean nothing."""

import pytest

from tests.contract.lasting import KeyStoreContract
from tests.vault.keys import MemoryKeyStore


class TestMemoryKeyStore(KeyStoreContract):
    @pytest.fixture
    def key_store(self) -> MemoryKeyStore:
        return MemoryKeyStore()
