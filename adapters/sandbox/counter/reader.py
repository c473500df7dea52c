"""A simulated SAM reader with a card on it, and the bridge program that reads it and signs what was read (11.3)."""

import struct
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from adapters.sandbox.counter.issued import SigningKey, b64
from adapters.sandbox.population import Person

_PRELUDE: Final = b"\xaa\xaa\xaa\x96\x69"
_WIDTHS: Final = (15, 1, 2, 8, 35, 18, 15, 8, 8, 18)
SAM_NUMBER: Final = bytes.fromhex("0501 0000 0000 0000 0000 0000 0000 0001".replace(" ", ""))
# Decoded by a licensed library only; the simulated chip holds an empty one.
PHOTO: Final = bytes(1024)
_ISSUERS: Final = {
    "370102": ("山东省济南市历下区测试路1号", "济南市公安局历下分局"),
    "370202": ("山东省青岛市市南区测试路3号", "青岛市公安局市南分局"),
    "370602": ("山东省烟台市芝罘区测试路4号", "烟台市公安局芝罘分局"),
    "650102": ("新疆乌鲁木齐市天山区测试路2号", "乌鲁木齐市公安局"),
}
_ELSEWHERE: Final = ("山东省测试市测试路5号", "测试市公安局")
# Nation code and dates where a card is not like the others.
_ODD: Final = {"aili": ("05", "20210101", "长期")}
_USUAL: Final = ("01", "20200101", "20400101")
CARD_STATES: Final = ("good", "empty", "damaged", "slow", "expired")


@dataclass(frozen=True, slots=True)
class ChipCard:
    """A card: the columns of its text, in the order of the chip."""

    columns: tuple[str, ...] = field(repr=False)

    @property
    def text(self) -> bytes:
        """256 bytes of UTF-16LE, columns filled with spaces; a character outside the basic plane takes two places."""
        rows = [(v.encode("utf-16-le"), 2 * w) for v, w in zip(self.columns, _WIDTHS, strict=True)]
        return b"".join(v + " ".encode("utf-16-le") * ((width - len(v)) // 2) for v, width in rows)


def card_of(person: Person, *, expired: bool = False) -> ChipCard:
    """The card a person carries."""
    nation, since, until = _ODD.get(person.key, _USUAL)
    if expired:
        since, until = "20040101", "20240101"
    address, issuer = _ISSUERS.get(person.id18[:6], _ELSEWHERE)
    sex, birth = person.sex_code, person.birthdate
    return ChipCard((person.name, sex, nation, birth, address, person.id18, issuer, since, until, ""))


def xor(content: bytes) -> int:
    """The checksum."""
    total = 0
    for octet in content:
        total ^= octet
    return total


def frame(rest: bytes) -> bytes:
    """A frame around what follows its length."""
    counted = struct.pack(">H", len(rest) + 1) + rest
    return _PRELUDE + counted + bytes((xor(counted),))


_COMMANDS: Final = {
    "status": frame(b"\x11\xff"),
    "sam_id": frame(b"\x12\xff"),
    "find": frame(b"\x20\x01"),
    "select": frame(b"\x20\x02"),
    "read_base": frame(b"\x30\x01"),
    "read_base_and_fingerprint": frame(b"\x30\x10"),
    "read_new_address": frame(b"\x30\x03"),
}
_OK: Final = b"\x00\x00\x90"


@dataclass(slots=True)
class Reader:
    """The device: a frame in, a frame out. ``card`` None: the slot is empty."""

    card: ChipCard | None = None
    damaged: bool = False
    selected: bool = False

    def exchange(self, command: bytes) -> bytes:
        """Answer one command; an unknown one as a reader does that cannot read."""
        match next((name for name, known in _COMMANDS.items() if known == command), None):
            case "status":
                return frame(_OK)
            case "sam_id":
                return frame(_OK + SAM_NUMBER)
            case "find":
                return frame(b"\x00\x00\x9f\x00\x00\x00\x00" if self.card else b"\x00\x00\x80")
            case "select":
                self.selected = self.card is not None
                return frame(_OK + bytes(8) if self.selected else b"\x00\x00\x81")
            case "read_base" if self.card is not None and self.selected and not self.damaged:
                return frame(_OK + struct.pack(">HH", 256, 1024) + self.card.text + PHOTO)
            case _:
                return frame(b"\x00\x00\x41")


@dataclass(frozen=True, slots=True)
class Reading:
    """What the bridge gives to the page: signed, and with the frames that were exchanged, for whoever is curious."""

    text: bytes = field(repr=False)
    signed: dict[str, str] = field(repr=False)
    frames: tuple[tuple[str, str], ...] = field(repr=False)

    def column(self, index: int) -> str:
        """One column of the text."""
        start = 2 * sum(_WIDTHS[:index])
        return self.text[start : start + 2 * _WIDTHS[index]].decode("utf-16-le").rstrip()


@dataclass(frozen=True, slots=True)
class NoReading:
    """Why the bridge read nothing: ``no card`` or ``unreadable``."""

    why: str
    frames: tuple[tuple[str, str], ...] = field(repr=False)


def read(reader: Reader, workstation: SigningKey, nonce: bytes) -> Reading | NoReading:
    """The bridge: ask the reader step by step, then sign over the provider's nonce."""
    frames: list[tuple[str, str]] = []
    answers: dict[str, bytes] = {}
    for step, good in (
        ("status", _OK),
        ("sam_id", _OK),
        ("find", b"\x00\x00\x9f"),
        ("select", _OK),
        ("read_base", _OK),
    ):
        answer = reader.exchange(_COMMANDS[step])
        frames.append((_COMMANDS[step].hex(" ").upper(), _shown(answer)))
        if xor(answer[5:-1]) != answer[-1] or answer[7:10] != good:
            return NoReading("no card" if step == "find" else "unreadable", tuple(frames))
        answers[step] = answer[10:-1]
    text, photo = answers["read_base"][4:260], answers["read_base"][260:]
    digest = sha256(photo).digest()
    signed = {
        "workstation": workstation.kid,
        "sam_number": b64(answers["sam_id"]),
        "text_block": b64(text),
        "photo_sha256": b64(digest),
        "signature": b64(workstation.sign(nonce + answers["sam_id"] + text + digest)),
    }
    return Reading(text, signed, tuple(frames))


def _shown(answer: bytes) -> str:
    text = answer[:24].hex(" ").upper()
    return text if len(answer) <= 24 else f"{text} … ({len(answer)} B)"
