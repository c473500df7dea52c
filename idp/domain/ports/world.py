"""Time, randomness, ciphers and text messages as arguments."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol


class Clock(Protocol):
    """Time as an argument."""

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        ...


class Randomness(Protocol):
    """Randomness as an argument; the only real one is :mod:`secrets`."""

    def token(self, nbytes: int) -> str:
        """``nbytes`` random bytes as unpadded base64url text."""
        ...

    def hex(self, nbytes: int) -> str:
        """``nbytes`` random bytes as lower-case hex text."""
        ...

    def digits(self, count: int) -> str:
        """``count`` random decimal digits, uniform."""
        ...

    def octets(self, nbytes: int) -> bytes:
        """``nbytes`` random bytes."""
        ...


class FieldCipher(Protocol):
    """Personal fields at rest. ``context`` is authenticated with the text: a value moved elsewhere does not open."""

    def seal(self, plain: bytes, context: str) -> bytes:
        """Encrypt under the current data key."""
        ...

    def open(self, sealed: bytes, context: str) -> bytes:
        """Decrypt; raises MasterKeyWrong when it does not authenticate."""
        ...

    def fingerprint(self, purpose: str, value: str) -> bytes:
        """Keyed digest (32 bytes) by which a value is found; each purpose has a key of its own."""
        ...


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON document that a client publishes. ``max_age``: seconds that its host lets it be kept, None unsaid."""

    value: Any = field(repr=False)
    max_age: float | None = None


class Documents(Protocol):
    """Fetches what a client published at an address it registered: its keys, its sector's redirect URIs."""

    def __call__(self, address: str) -> Document:
        """Fetch once, within limits of address, size and time. Raises DocumentUnavailable."""
        ...


class SmsPurpose(StrEnum):
    """What a code does; the text message says it (channels.md 12.2)."""

    REGISTER = "register"
    SIGN_IN = "sign_in"
    EXISTING_ACCOUNT = "existing_account"
    BIND = "bind"
    PROVE = "prove"
    SECOND_FACTOR = "second_factor"
    FACE_FACTOR = "face_factor"


class SmsNotice(StrEnum):
    """What a text without a code says."""

    APPROVAL = "approval"


class SmsGateway(Protocol):
    """Sends one-time codes, and a few notices, by text message."""

    def send_code(self, mobile: str, code: str, purpose: SmsPurpose) -> None:
        """Send ``code`` to ``mobile`` (E.164). Raises Unavailable, or LimitReached when the gateway throttles."""
        ...

    def send_notice(self, mobile: str, notice: SmsNotice) -> None:
        """Send a notice; a gateway without a template for notices sends nothing. Raises like :meth:`send_code`."""
        ...
