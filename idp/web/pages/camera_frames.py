"""What a camera page posts, read to the byte: records of number, time, length and picture. No picture is decoded here.

A record is u32 ``seq``, u32 ``taken`` (milliseconds since the page's start, by its clock), u32 length, all big-endian,
then a JPEG of that length. One to eight of them, and nothing after.
"""

import struct
from typing import Final

from idp.domain.capturing import MOST_AT_ONCE, MOST_FRAME_BYTES, Frame

_HEAD: Final = struct.Struct(">III")
MOST_BYTES: Final = MOST_AT_ONCE * (_HEAD.size + MOST_FRAME_BYTES)
_START: Final = b"\xff\xd8\xff"


class Unreadable(ValueError):
    """No records, or no JPEG. The text is constant and says what is wrong with the form of it."""


def read_frames(body: bytes) -> list[Frame]:
    """The frames of one post, in the order in which they came. Raises Unreadable."""
    found: list[Frame] = []
    at = 0
    while at < len(body):
        if len(found) == MOST_AT_ONCE:
            raise Unreadable("too many records")
        if len(body) - at < _HEAD.size:
            raise Unreadable("a record without a whole head")
        seq, taken, length = _HEAD.unpack_from(body, at)
        at += _HEAD.size
        # A slice that ends early is shorter than it says: the comparison below tells, whatever the length claims.
        picture = body[at : at + min(length, MOST_FRAME_BYTES)]
        if len(picture) != length:
            raise Unreadable("a picture cut short, or too large")
        found.append(Frame(seq, taken, read_picture(picture)))
        at += length
    if not found:
        raise Unreadable("no records")
    return found


def read_picture(body: bytes) -> bytes:
    """``body`` if it begins as a JPEG does and is no larger than a frame may be. Raises Unreadable.

    What else calls itself image/jpeg (SVG, HTML, GIF) goes no further; whether it can be decoded is for the judge.
    """
    if not body.startswith(_START) or len(body) > MOST_FRAME_BYTES:
        raise Unreadable("not a JPEG, or too large")
    return body
