"""Nonces for DPoP proofs (RFC 9449 section 8): what the time is, under a key of ours; nothing is kept."""

import base64
import hmac
from typing import Final

from idp.domain.ports import Clock, FieldCipher

SLOT_SECONDS: Final = 120
OCTETS: Final = 18


class DpopNonces:
    """One nonce every two minutes, the same in every worker; the last one is good for another two."""

    def __init__(self, cipher: FieldCipher, clock: Clock) -> None:
        self._cipher = cipher
        self._clock = clock
        self._made: dict[int, str] = {}

    def current(self) -> str:
        """The nonce of now."""
        return self._of(self._slot())

    def good(self, nonce: str) -> bool:
        """Whether it is the nonce of now, or the last one: who asked just before a change is not sent back."""
        slot = self._slot()
        given = nonce.encode("utf-8", "replace")
        return any(hmac.compare_digest(given, self._of(each).encode()) for each in (slot, slot - 1))

    def _slot(self) -> int:
        return int(self._clock.now() // SLOT_SECONDS)

    def _of(self, slot: int) -> str:
        found = self._made.get(slot)
        if found is None:
            octets = self._cipher.fingerprint("dpop_nonce", str(slot))[:OCTETS]
            found = base64.urlsafe_b64encode(octets).decode("ascii")
            # A new mapping, not a changed one: other threads read it.
            self._made = {each: made for each, made in self._made.items() if each >= slot - 1} | {slot: found}
        return found
