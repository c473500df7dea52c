"""What is refused before anything is decoded: by its bytes, its format, its size in pixels.

Only the markers of a JPEG are read (ITU-T T.81, annex B): a few hundred bytes, no pixel. A picture that promises more
pixels than it may have (a decompression bomb), is no JPEG under a JPEG's name, is cut off, or carries a second picture
behind the first is never given to a decoder. EXIF and other metadata are ignored: a picture is taken as its pixels lie.
"""

import struct
from typing import Final

MOST_BYTES: Final = 90_000
FEWEST_BYTES: Final = 1_000
MOST_PIXELS: Final = 640 * 640  # the page sends 640 x 480, a phone 480 x 640
SIDES: Final = range(160, 1281)

_START, _END, _SCAN = b"\xff\xd8", b"\xff\xd9", 0xDA
# Sequential Huffman frames, as every browser's canvas makes them. Progressive ones may hold thousands of scans in
# 90 kB, each decoded over the whole picture: seconds of a processor for one of them.
_FRAMES: Final = frozenset({0xC0, 0xC1})
_OTHER_FRAMES: Final = frozenset(range(0xC2, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
_MOST_SEGMENTS: Final = 64
_MOST_SCANS: Final = 3


class Unacceptable(ValueError):
    """A picture that is not decoded. ``word``: why, of a closed set, for the audit."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


def size_of(data: bytes) -> tuple[int, int]:
    """Width and height in pixels. Raises Unacceptable for anything but one whole JPEG of acceptable size."""
    if not FEWEST_BYTES <= len(data) <= MOST_BYTES:
        raise Unacceptable("frame_bytes")
    if not data.startswith(_START) or not data.rstrip(b"\0").endswith(_END):
        raise Unacceptable("frame_format")
    size, scan = _walk(data)
    # Within a scan 0xFF is always stuffed, so these are markers: of a second picture, or of more scans than components.
    if data.find(_START + b"\xff", scan) != -1 or data.count(bytes((0xFF, _SCAN)), scan) >= _MOST_SCANS:
        raise Unacceptable("frame_format")
    width, height = size
    if width not in SIDES or height not in SIDES or width * height > MOST_PIXELS:
        raise Unacceptable("frame_pixels")
    return width, height


def _walk(data: bytes) -> tuple[tuple[int, int], int]:
    """The size that the frame header tells, and where the first scan begins."""
    at, size = 2, None
    for _ in range(_MOST_SEGMENTS):
        if at + 4 > len(data) or data[at] != 0xFF:
            break
        marker = data[at + 1]
        if marker == 0xFF or marker in _ALONE:
            at += 1 if marker == 0xFF else 2
            continue
        (length,) = struct.unpack_from(">H", data, at + 2)
        if length < 2 or at + 2 + length > len(data) or marker in _OTHER_FRAMES:
            break
        if marker in _FRAMES:
            size = _frame(data, at + 4, length, already=size is not None)
        if marker == _SCAN:
            if size is None:
                break
            return size, at + 2 + length
        at += 2 + length
    raise Unacceptable("frame_format")


def _frame(data: bytes, at: int, length: int, *, already: bool) -> tuple[int, int]:
    if already or length < 11:
        raise Unacceptable("frame_format")
    bits, height, width, components = struct.unpack_from(">BHHB", data, at)
    if bits != 8 or components not in {1, 3}:
        raise Unacceptable("frame_format")
    return width, height
