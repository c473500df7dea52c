"""One-time codes of an authenticator app: TOTP (RFC 6238), six digits, 30 seconds, SHA-1, as every app expects.

A code says which time step it belongs to; that the step is used once is the store's promise
(:meth:`idp.domain.ports.Credentials.take_totp_step`, RFC 6238 section 5.2).
"""

import base64
import hmac
import unicodedata
from typing import Final

import pyotp

from idp.domain.errors import SecondFactorRefused
from idp.domain.ports import Randomness

STEP_SECONDS: Final = 30
DIGITS: Final = 6
SECRET_BYTES: Final = 20  # RFC 4226 section 4, R6: 160 bits recommended
_WINDOW: Final = (0, -1, 1)  # RFC 6238 section 5.2: one step for delay, and one for a clock that is ahead


class OneTimeCodes:
    """Makes and checks the secrets of authenticator apps. ``issuer`` is the name the app shows."""

    def __init__(self, randomness: Randomness, *, issuer: str) -> None:
        self._randomness = randomness
        self._issuer = issuer

    def new_secret(self) -> str:
        """A new secret, base32 without padding (32 characters)."""
        return base64.b32encode(self._randomness.octets(SECRET_BYTES)).decode()

    def provisioning_uri(self, secret: str, account: str) -> str:
        """The ``otpauth:`` address for the QR code. ``account`` is what the app shows: never a whole ID number."""
        return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS).provisioning_uri(
            name=account, issuer_name=self._issuer
        )

    def verify(self, secret: str, code: str, now: float) -> int:
        """The time step that ``code`` belongs to: this one, the last or the next.

        Raises SecondFactorRefused for anything else. The caller takes the step before it believes the code.
        """
        typed = "".join(unicodedata.normalize("NFKC", code).split()) if len(code) <= 32 else ""
        if len(typed) != DIGITS or not (typed.isascii() and typed.isdigit()):
            raise SecondFactorRefused
        totp = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS)
        current = int(now // STEP_SECONDS)
        for step in (current + offset for offset in _WINDOW if current + offset >= 0):
            if hmac.compare_digest(totp.generate_otp(step), typed):
                return step
        raise SecondFactorRefused
