"""What this room needs of the vault, as protocols: it never imports a cipher or a hash function."""

from collections.abc import Iterable
from typing import Protocol


class PasswordHasher(Protocol):
    """Passwords in use. Implementations bound how many hashes run at once and do the same work for nobody's account."""

    def check_new(self, password: str, *, personal: Iterable[str] = ()) -> None:
        """Whether it may be chosen. Raises InvalidInput with field ``password``."""
        ...

    def hash(self, password: str) -> str:
        """The hash to store. Raises InvalidInput, or LimitReached when too many hashes run."""
        ...

    def verify(self, stored: str | None, password: str) -> None:
        """Return when right. Raises SignInRefused, also for ``stored`` None after the same work; or LimitReached."""
        ...

    def needs_rehash(self, stored: str) -> bool:
        """Whether the stored hash was made with other parameters than today's."""
        ...


class TotpVerifier(Protocol):
    """Codes of an authenticator app (RFC 6238)."""

    def verify(self, secret: str, code: str, now: float) -> int:
        """The time step of a right code. Raises SecondFactorRefused. The caller takes the step once."""
        ...


class Totp(TotpVerifier, Protocol):
    """The same, and what an app needs to begin."""

    def new_secret(self) -> str:
        """A new secret, base32."""
        ...

    def provisioning_uri(self, secret: str, account: str) -> str:
        """The ``otpauth:`` address. ``account`` is shown by the app: never a whole ID number."""
        ...
