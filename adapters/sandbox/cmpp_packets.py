"""CMPP 2.0 packets as octets: what a carrier's gateway reads and writes (channels.md 12.1).

Written from the protocol and held to ``tests/vectors/channels/sms.json``; shared with no adapter.
"""

import hashlib
import struct
from dataclasses import dataclass, field
from typing import Final

CONNECT, TERMINATE, SUBMIT, DELIVER, ACTIVE_TEST = 0x1, 0x2, 0x4, 0x5, 0x8
ANSWER: Final = 0x8000_0000
VERSION: Final = 0x20
NAMES: Final = {
    CONNECT: "connect",
    TERMINATE: "terminate",
    SUBMIT: "submit",
    ACTIVE_TEST: "active_test",
    DELIVER | ANSWER: "report",
}
# Longer than any packet of the protocol: 12 octets, 100 receivers, 140 octets of text.
LONGEST: Final = 4096
_HEAD: Final = struct.Struct(">III")
_SUBMIT: Final = struct.Struct(">8sBBBB10sB21sBBB6s2s6s17s17s21sB")


class Malformed(Exception):
    """Octets that are no packet."""


@dataclass(frozen=True, slots=True)
class Packet:
    """Head and body of one packet."""

    command: int
    sequence: int
    body: bytes = field(default=b"", repr=False)

    def octets(self) -> bytes:
        """As it goes over the wire; the length counts the head."""
        return _HEAD.pack(_HEAD.size + len(self.body), self.command, self.sequence) + self.body

    def answer(self, body: bytes) -> "Packet":
        """The answer to it: the command with the highest bit set, and its sequence number."""
        return Packet(self.command | ANSWER, self.sequence, body)


def first(received: bytes) -> tuple[Packet, bytes] | None:
    """The first whole packet and the octets behind it; None while it is not whole. Raises Malformed."""
    if len(received) < _HEAD.size:
        return None
    length, command, sequence = _HEAD.unpack_from(received)
    if not _HEAD.size <= length <= LONGEST:
        raise Malformed(f"a packet of {length} octets")
    if len(received) < length:
        return None
    return Packet(command, sequence, received[_HEAD.size : length]), received[length:]


@dataclass(frozen=True, slots=True)
class Login:
    """The body of CONNECT."""

    source: bytes
    authenticator: bytes = field(repr=False)
    version: int
    timestamp: int

    @classmethod
    def read(cls, body: bytes) -> "Login":
        """Raises Malformed."""
        try:
            return cls(*struct.unpack(">6s16sBI", body))
        except struct.error:
            raise Malformed("CONNECT") from None


def authenticator_source(source: bytes, secret: bytes, timestamp: int) -> bytes:
    """MD5 over the source address, nine zero octets, the secret and ``MMDDHHMMSS``."""
    return hashlib.md5(source + bytes(9) + secret + f"{timestamp:010d}".encode(), usedforsecurity=False).digest()


def authenticator_ismg(status: int, source_authenticator: bytes, secret: bytes) -> bytes:
    """MD5 over the status, what the customer proved itself with, and the secret."""
    return hashlib.md5(bytes([status]) + source_authenticator + secret, usedforsecurity=False).digest()


@dataclass(frozen=True, slots=True)
class Submit:
    """What counts of the body of SUBMIT."""

    parts: int
    wants_report: bool
    coding: int
    source: str
    receivers: tuple[str, ...] = field(repr=False)
    content: bytes = field(repr=False)

    @classmethod
    def read(cls, body: bytes) -> "Submit":
        """Raises Malformed."""
        try:
            head = _SUBMIT.unpack_from(body)
            count, at = head[17], _SUBMIT.size
            receivers = tuple(_text(body[at + 21 * i : at + 21 * (i + 1)]) for i in range(count))
            at += 21 * count
            length = body[at]
            content = body[at + 1 : at + 1 + length]
        except (struct.error, IndexError):
            raise Malformed("SUBMIT") from None
        if len(content) != length or len(body) != at + 1 + length + 8:
            raise Malformed("SUBMIT")
        return cls(head[1], head[3] == 1, head[10], _text(head[11]), receivers, content)

    def text(self) -> str:
        """The text: ASCII, UCS-2 or GBK. Raises Malformed."""
        codec = {0: "ascii", 8: "utf-16-be", 15: "gb18030"}.get(self.coding)
        if codec is None:
            raise Malformed(f"coding {self.coding}")
        try:
            return self.content.decode(codec)
        except UnicodeDecodeError:
            raise Malformed("text") from None


def report(message_id: bytes, state: str, submitted: str, done: str, mobile: str, source: str, number: int) -> bytes:
    """The body of a DELIVER that is a delivery report: who was sent what when, and what became of it."""
    said = message_id + state.ljust(7)[:7].encode() + submitted.encode() + done.encode()
    said += mobile.encode().ljust(21, b"\0") + struct.pack(">I", number)
    head = message_id + source.encode().ljust(21, b"\0")[:21] + bytes(10) + bytes(3)
    return head + mobile.encode().ljust(21, b"\0") + b"\1" + bytes([len(said)]) + said + bytes(8)


def _text(octets: bytes) -> str:
    return octets.split(b"\0", 1)[0].decode("ascii", "replace").strip()
