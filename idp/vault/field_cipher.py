"""The :class:`~idp.domain.ports.FieldCipher` of the vault.

Sealed form: version (1 byte), suite (1), key id (8), nonce (12), cipher text, tag (16): 38 bytes more than the plain.
Everything before the nonce and the context are authenticated with it, so a value copied to another row, column or kind
of record does not open.

Nonces are random, so one key may seal 2^32 values at most (SP 800-38D section 8.3): fields never come near;
rotate ``records`` once a month at a thousand a second.
"""

from typing import Final

from idp.domain.errors import MasterKeyWrong
from idp.vault.keyring import FINGERPRINT_PREFIX, KEY_ID_BYTES, DataKey, Keyring
from idp.vault.suites import NONCE_BYTES, SUITE_CODES, SUITES_BY_CODE, Suite, SymmetricKey

_VERSION: Final = 1
_HEADER_BYTES: Final = 2 + KEY_ID_BYTES
_TEXT_AT: Final = _HEADER_BYTES + NONCE_BYTES


class KeyringCipher:
    """Seals under the keys of one purpose of a keyring: ``field`` for SQL, ``records`` for Redis."""

    def __init__(self, keyring: Keyring, *, purpose: str = "field") -> None:
        self._keyring = keyring
        self._purpose = purpose

    def seal(self, plain: bytes, context: str) -> bytes:
        """Encrypt under the current data key. Raises StoreUnavailable when there is no key yet and none can be kept."""
        suite = self._keyring.suite
        key = self._keyring.current(self._purpose)
        header = bytes((_VERSION, SUITE_CODES[suite])) + bytes.fromhex(key.id)
        nonce = self._keyring.randomness.octets(NONCE_BYTES)
        return header + nonce + _symmetric(key).seal(suite, nonce, plain, header + context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """Decrypt, under the suite and key that the text names. Raises MasterKeyWrong when it does not authenticate."""
        header, nonce = sealed[:_HEADER_BYTES], sealed[_HEADER_BYTES:_TEXT_AT]
        suite = _suite_of(header)
        if suite is None or len(nonce) != NONCE_BYTES:
            raise MasterKeyWrong("sealed text has an unknown form")
        key = self._keyring.by_id(header[2:].hex(), self._purpose)
        return _symmetric(key).open(suite, nonce, sealed[_TEXT_AT:], header + context.encode())

    def fingerprint(self, purpose: str, value: str) -> bytes:
        """32 bytes of HMAC-SHA256, or of HMAC-SM3 when the key of ``purpose`` was made under ``shangmi``."""
        key = self._keyring.first(FINGERPRINT_PREFIX + purpose)
        return _symmetric(key).digest(key.suite, value.encode())


def _suite_of(header: bytes) -> Suite | None:
    if len(header) != _HEADER_BYTES or header[0] != _VERSION:
        return None
    return SUITES_BY_CODE.get(header[1])


def _symmetric(key: DataKey) -> SymmetricKey:
    if key.symmetric is None:
        raise MasterKeyWrong(f"the key of {key.purpose} is no cipher key")
    return key.symmetric
