"""The two cipher suites: the only module that names a cipher or a hash for data at rest.

``international``: AES-256-GCM (NIST SP 800-38D) and HMAC-SHA256 (RFC 2104). ``shangmi`` 商密: SM4-GCM (GB/T 32907,
RFC 8998 section 2.1) and HMAC-SM3 (GB/T 32905). A key is 32 bytes and serves either suite: each derives its own cipher
key from it (HKDF-Expand, RFC 5869 section 2.3), so an installation changes its suite without changing its keys.
"""

import hmac
from enum import StrEnum
from functools import cached_property
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from idp.domain.errors import MasterKeyWrong

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16


class Suite(StrEnum):
    """Which ciphers seal. Opening goes by what the sealed text says, never by the setting."""

    INTERNATIONAL = "international"
    SHANGMI = "shangmi"


# One byte in every sealed text and wrapped key. Numbers are for ever.
SUITE_CODES: Final = {Suite.INTERNATIONAL: 1, Suite.SHANGMI: 2}
SUITES_BY_CODE: Final = {code: suite for suite, code in SUITE_CODES.items()}


class SymmetricKey:
    """32 secret bytes, with the cipher objects made of them kept: a key schedule costs more than a short field."""

    def __init__(self, material: bytes) -> None:
        if len(material) != KEY_BYTES:
            raise ValueError(f"a key is {KEY_BYTES} bytes")
        self._material = material

    def __repr__(self) -> str:
        return "SymmetricKey()"

    def seal(self, suite: Suite, nonce: bytes, plain: bytes, associated: bytes) -> bytes:
        """Cipher text and tag. A nonce (12 bytes) must never come twice under one key (SP 800-38D section 8)."""
        if suite is Suite.INTERNATIONAL:
            return self._aes.encrypt(nonce, plain, associated)
        encryptor = Cipher(self._sm4, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated)
        return encryptor.update(plain) + encryptor.finalize() + encryptor.tag

    def open(self, suite: Suite, nonce: bytes, text: bytes, associated: bytes) -> bytes:
        """The plain text. Raises MasterKeyWrong when key, text, nonce or associated data is not the one sealed."""
        if len(text) < TAG_BYTES:
            raise MasterKeyWrong("sealed text is cut short")
        try:
            if suite is Suite.INTERNATIONAL:
                return self._aes.decrypt(nonce, text, associated)
            # Nothing of update() leaves before finalize() has checked the tag.
            decryptor = Cipher(self._sm4, modes.GCM(nonce, text[-TAG_BYTES:])).decryptor()
            decryptor.authenticate_additional_data(associated)
            return decryptor.update(text[:-TAG_BYTES]) + decryptor.finalize()
        except InvalidTag:
            raise MasterKeyWrong("sealed text does not authenticate") from None

    def digest(self, suite: Suite, message: bytes) -> bytes:
        """32 bytes of HMAC-SHA256 or HMAC-SM3."""
        if suite is Suite.INTERNATIONAL:
            return hmac.digest(self._material, message, "sha256")
        mac = HMAC(self._material, hashes.SM3())
        mac.update(message)
        return mac.finalize()

    @cached_property
    def _aes(self) -> AESGCM:
        return AESGCM(HKDFExpand(hashes.SHA256(), 32, b"yihaotong aes-256-gcm").derive(self._material))

    @cached_property
    def _sm4(self) -> algorithms.SM4:
        return algorithms.SM4(HKDFExpand(hashes.SM3(), 16, b"yihaotong sm4-gcm").derive(self._material))
