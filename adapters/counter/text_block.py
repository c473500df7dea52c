"""The 256 bytes of text on the chip (channels.md 11.3): fixed columns of UTF-16LE, filled up with spaces."""

import datetime
from dataclasses import dataclass, field
from typing import Final

_COLUMNS: Final = (
    ("name", 15),
    ("sex", 1),
    ("nation", 2),
    ("birth", 8),
    ("address", 35),
    ("id_number", 18),
    ("issuer", 15),
    ("valid_from", 8),
    ("valid_to", 8),
    ("reserved", 18),
)
_UNIT: Final = 2
SIZE: Final = _UNIT * sum(width for _, width in _COLUMNS)
FOR_EVER: Final = "长期"


class BadTextBlock(ValueError):
    """Not the text of a resident ID card. The message names a column, never its content."""


@dataclass(frozen=True, slots=True)
class ChipText:
    """The text as printed on the card; ``valid_to`` None is 长期."""

    name: str = field(repr=False)
    sex: str = field(repr=False)
    nation: str = field(repr=False)
    birth: datetime.date = field(repr=False)
    address: str = field(repr=False)
    id_number: str = field(repr=False)
    issuer: str = field(repr=False)
    valid_from: datetime.date = field(repr=False)
    valid_to: datetime.date | None = field(repr=False)

    def expired(self, today: datetime.date) -> bool:
        """Whether the last day of validity lies before ``today``."""
        return self.valid_to is not None and self.valid_to < today


def parse(block: bytes) -> ChipText:
    """Read the columns. Raises BadTextBlock."""
    if len(block) != SIZE:
        raise BadTextBlock("size")
    columns: dict[str, str] = {}
    start = 0
    for name, width in _COLUMNS:
        end = start + width * _UNIT
        try:
            columns[name] = block[start:end].decode("utf-16-le").rstrip(" \0")
        except UnicodeDecodeError:
            raise BadTextBlock(name) from None
        start = end
    return ChipText(
        name=columns["name"],
        sex=columns["sex"],
        nation=columns["nation"],
        birth=_date(columns, "birth"),
        address=columns["address"],
        id_number=columns["id_number"],
        issuer=columns["issuer"],
        valid_from=_date(columns, "valid_from"),
        valid_to=None if columns["valid_to"] == FOR_EVER else _date(columns, "valid_to"),
    )


def _date(columns: dict[str, str], name: str) -> datetime.date:
    text = columns[name]
    if len(text) != 8 or not (text.isascii() and text.isdecimal()):
        raise BadTextBlock(name)
    try:
        return datetime.date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        raise BadTextBlock(name) from None
