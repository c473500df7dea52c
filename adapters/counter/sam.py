"""The ID-card reader's SAM module (channels.md 11.3): frames over a serial line, and how a card is read with them.

::

    AA AA AA 96 69 | length, 2 bytes big endian | command, or SW1 SW2 SW3 | data | XOR from length to data

Everything here works on any object that exchanges a frame for a frame; opening a serial port is the bridge's business.
"""

from dataclasses import dataclass, field
from enum import Enum, StrEnum
from functools import reduce
from operator import xor
from typing import Final, Protocol

MAGIC: Final = bytes.fromhex("AAAAAA9669")
TEXT_BYTES, PHOTO_BYTES, SAM_NUMBER_BYTES = 256, 1024, 16
_LENGTHS: Final = TEXT_BYTES.to_bytes(2) + PHOTO_BYTES.to_bytes(2)


class Command(Enum):
    """Command and parameter byte of each operation."""

    STATUS = bytes.fromhex("11FF")
    SAM_NUMBER = bytes.fromhex("12FF")
    FIND = bytes.fromhex("2001")
    SELECT = bytes.fromhex("2002")
    READ_BASE = bytes.fromhex("3001")
    READ_BASE_AND_FINGERPRINT = bytes.fromhex("3010")
    READ_NEW_ADDRESS = bytes.fromhex("3003")


class Status(Enum):
    """SW1 SW2 SW3 of the answers that are known."""

    OK = bytes.fromhex("000090")
    FOUND = bytes.fromhex("00009F")
    NO_CARD = bytes.fromhex("000080")
    NOT_SELECTED = bytes.fromhex("000081")
    NOT_READ = bytes.fromhex("000041")


class Fault(StrEnum):
    """Why there is no reading."""

    FRAME = "frame"
    READER = "reader"
    NO_CARD = "no_card"
    UNREADABLE = "unreadable"


class ReaderFault(Exception):
    """No reading. ``fault`` says why; never a byte of what was read."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Card:
    """What the chip says. ``text`` is the block of 256 bytes that the workstation signs."""

    sam_number: bytes
    text: bytes = field(repr=False)
    photo: bytes = field(repr=False)


class Port(Protocol):
    """A line to the reader."""

    def exchange(self, frame: bytes) -> bytes:
        """Send one frame, receive one."""
        ...


def checksum(content: bytes) -> int:
    """XOR of every byte from the length field to the last data byte."""
    return reduce(xor, content, 0)


def build(command: Command) -> bytes:
    """The frame of a command."""
    content = (len(command.value) + 1).to_bytes(2) + command.value
    return MAGIC + content + bytes([checksum(content)])


def parse(frame: bytes) -> tuple[Status, bytes]:
    """Status and data of an answer. Raises ReaderFault for a broken frame or an unknown status."""
    content, closing = frame[len(MAGIC) : -1], frame[-1:]
    if not frame.startswith(MAGIC) or len(content) < 5 or int.from_bytes(content[:2]) != len(content) - 1:
        raise ReaderFault(Fault.FRAME)
    if bytes([checksum(content)]) != closing:
        raise ReaderFault(Fault.FRAME)
    try:
        return Status(content[2:5]), content[5:]
    except ValueError:
        raise ReaderFault(Fault.READER) from None


def split_read(data: bytes) -> tuple[bytes, bytes]:
    """Text and photo out of the data of a read: two lengths, then both. Raises ReaderFault."""
    if len(data) != len(_LENGTHS) + TEXT_BYTES + PHOTO_BYTES or not data.startswith(_LENGTHS):
        raise ReaderFault(Fault.FRAME)
    body = data[len(_LENGTHS) :]
    return body[:TEXT_BYTES], body[TEXT_BYTES:]


def read_card(port: Port) -> Card:
    """Status, SAM number, find, select, read, in this order. Raises ReaderFault."""
    _ask(port, Command.STATUS, Status.OK, Fault.READER)
    sam_number = _ask(port, Command.SAM_NUMBER, Status.OK, Fault.READER)
    if len(sam_number) != SAM_NUMBER_BYTES:
        raise ReaderFault(Fault.FRAME)
    _ask(port, Command.FIND, Status.FOUND, Fault.NO_CARD)
    _ask(port, Command.SELECT, Status.OK, Fault.UNREADABLE)
    text, photo = split_read(_ask(port, Command.READ_BASE, Status.OK, Fault.UNREADABLE))
    return Card(sam_number, text, photo)


def _ask(port: Port, command: Command, wanted: Status, otherwise: Fault) -> bytes:
    status, data = parse(port.exchange(build(command)))
    if status is not wanted:
        raise ReaderFault(otherwise)
    return data
