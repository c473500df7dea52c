"""The master key: the one secret that an installation must keep outside its database.

A port, so that a key-management service or an HSM can stand in: it never hands out the master key, only wraps and
unwraps data keys (32 bytes to a few kilobytes), once a key and start, never on the hot path.
"""

from typing import Final, Protocol

from idp.domain.errors import MasterKeyWrong
from idp.domain.ports import Randomness
from idp.vault.suites import NONCE_BYTES, SUITE_CODES, SUITES_BY_CODE, Suite, SymmetricKey

_VERSION: Final = 1
_HEADER_BYTES: Final = 2


class MasterKey(Protocol):
    """Wraps data keys. ``context`` is authenticated: a wrapped key moved to another row does not unwrap."""

    def wrap(self, plain: bytes, context: str) -> bytes:
        """Encrypt a data key. Raises StoreUnavailable when the service that holds the master key gives no answer."""
        ...

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """Decrypt a data key. Raises MasterKeyWrong when it does not authenticate, StoreUnavailable without answer."""
        ...


class LocalMasterKey:
    """:class:`MasterKey` of 32 bytes that the settings give (file or environment).

    Wrapped form: version, suite, nonce (12), cipher text, tag. Raises ValueError when ``secret`` is not 32 bytes.
    """

    def __init__(self, secret: bytes, randomness: Randomness, *, suite: Suite = Suite.INTERNATIONAL) -> None:
        self._key = SymmetricKey(secret)
        self._randomness = randomness
        self._suite = suite

    def wrap(self, plain: bytes, context: str) -> bytes:
        """See :class:`MasterKey`."""
        header = bytes((_VERSION, SUITE_CODES[self._suite]))
        nonce = self._randomness.octets(NONCE_BYTES)
        return header + nonce + self._key.seal(self._suite, nonce, plain, header + context.encode())

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """See :class:`MasterKey`."""
        header, nonce = wrapped[:_HEADER_BYTES], wrapped[_HEADER_BYTES : _HEADER_BYTES + NONCE_BYTES]
        suite = SUITES_BY_CODE.get(header[1]) if len(header) == _HEADER_BYTES and header[0] == _VERSION else None
        if suite is None or len(nonce) != NONCE_BYTES:
            raise MasterKeyWrong("wrapped key has an unknown form")
        return self._key.open(suite, nonce, wrapped[_HEADER_BYTES + NONCE_BYTES :], header + context.encode())
