"""The machine's clock and randomness: the only two objects that are allowed to be unpredictable.

Handed to every room by the composition root; tests hand in their own.
"""

import secrets
import time


class SystemClock:
    """:class:`idp.domain.ports.Clock` by the machine's clock."""

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        return time.time()  # noqa: TID251  the one place


class SystemRandomness:
    """:class:`idp.domain.ports.Randomness` by the operating system's generator."""

    def token(self, nbytes: int) -> str:
        """Unpadded base64url text of ``nbytes`` random bytes."""
        return secrets.token_urlsafe(nbytes)

    def hex(self, nbytes: int) -> str:
        """Lower-case hex text of ``nbytes`` random bytes."""
        return secrets.token_hex(nbytes)

    def digits(self, count: int) -> str:
        """``count`` decimal digits, uniform."""
        return f"{secrets.randbelow(10**count):0{count}d}"

    def octets(self, nbytes: int) -> bytes:
        """``nbytes`` random bytes."""
        return secrets.token_bytes(nbytes)
