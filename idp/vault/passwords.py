"""Passwords: argon2id (RFC 9106) by passlib, and what a new one must be.

A password is NFC-normalised (RFC 8265 section 4.2.2), 8 to 128 code points and at most 1024 bytes long, and never cut.
Hashing is bounded: at most ``concurrent`` at once in a process, so that a flood of tries costs ``concurrent`` times
``memory_kib`` and no more; who waits longer than ``wait_seconds`` is told to come back.
"""

import threading
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from passlib.hash import argon2

from idp.domain.errors import InvalidInput, LimitReached, Rule, SignInRefused
from idp.domain.ports import Randomness
from idp.vault.weak_passwords import FIELD, refuse_weak

MIN_LENGTH: Final = 8
MAX_LENGTH: Final = 128
MAX_BYTES: Final = 1024


class Passwords:
    """Hashes and verifies. Defaults are OWASP's for argon2id: 19 MiB, two passes, one lane."""

    def __init__(
        self,
        randomness: Randomness,
        *,
        memory_kib: int = 19 * 1024,
        rounds: int = 2,
        parallelism: int = 1,
        concurrent: int = 2,
        wait_seconds: float = 3.0,
    ) -> None:
        """Costs one hash: that of no account, against which unknown accounts are verified."""
        self._hasher: Any = argon2.using(type="ID", memory_cost=memory_kib, rounds=rounds, parallelism=parallelism)
        self._parallelism = parallelism
        self._room = threading.BoundedSemaphore(concurrent)
        self._wait_seconds = wait_seconds
        self._nobody: str = self._hasher.hash(randomness.token(32))

    def check_new(self, password: str, *, personal: Iterable[str] = ()) -> None:
        """Whether a person may choose this password.

        ``personal``: their login name, mobile number, ID number and birth date. Raises InvalidInput with field
        ``password``: CHARACTERS, TOO_SHORT, TOO_LONG, PERSONAL or COMMON.
        """
        refuse_weak(_normal(password), personal)

    def hash(self, password: str) -> str:
        """The hash to store, in PHC form. Raises InvalidInput for an impossible length, LimitReached when crowded."""
        normal = _normal(password)
        with self._place():
            hashed: str = self._hasher.hash(normal)
        return hashed

    def verify(self, stored: str | None, password: str) -> None:
        """Return when the password is right; raise SignInRefused when not, LimitReached when crowded.

        ``stored`` None (no such account) and a password of impossible form do the same work as a wrong password, so
        that time tells nobody which accounts exist (OWASP ASVS 6.3.8).
        """
        try:
            normal = _normal(password)
        except InvalidInput:
            normal, stored = "", None
        with self._place():
            right = self._matches(stored or self._nobody, normal)
        if stored is None or not right:
            raise SignInRefused

    def needs_rehash(self, stored: str) -> bool:
        """Whether a stored hash was made with other parameters; hash again after the next successful sign-in."""
        try:
            return bool(self._hasher.needs_update(stored)) or (
                argon2.from_string(stored).parallelism != self._parallelism
            )
        except ValueError:
            return True

    def _matches(self, stored: str, normal: str) -> bool:
        try:
            return bool(self._hasher.verify(normal, stored))
        except ValueError:
            # A hash that cannot be read verifies nothing. The work is done all the same.
            self._hasher.verify(normal, self._nobody)
            return False

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._room.acquire(timeout=self._wait_seconds):
            raise LimitReached("password_hashing", 1.0)
        try:
            yield
        finally:
            self._room.release()


def _normal(password: str) -> str:
    """NFC, after the length that bounds the work of normalising; never shortened."""
    if len(password) > MAX_BYTES:
        raise InvalidInput(FIELD, Rule.TOO_LONG)
    normal = unicodedata.normalize("NFC", password)
    try:
        size = len(normal.encode())
    except UnicodeEncodeError:
        raise InvalidInput(FIELD, Rule.CHARACTERS) from None
    if len(normal) < MIN_LENGTH:
        raise InvalidInput(FIELD, Rule.TOO_SHORT)
    if len(normal) > MAX_LENGTH or size > MAX_BYTES:
        raise InvalidInput(FIELD, Rule.TOO_LONG)
    return normal
