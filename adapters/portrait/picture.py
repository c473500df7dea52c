"""What may be sent as a picture: a JPEG of 10 to 70 KB (channels.md 3.3.3).

The limit is the one of the neighbouring identity service; whether a kilobyte there is 1000 or 1024 bytes is not said,
so both bounds are taken the narrow way.
"""

from typing import Final

MIN_BYTES: Final = 10 * 1024
MAX_BYTES: Final = 70 * 1000
_START, _END = b"\xff\xd8\xff", b"\xff\xd9"


def sendable(jpeg: bytes) -> bool:
    """Whether the service will take it. One face, sharp and lit, is for whoever chose the picture to see to."""
    return MIN_BYTES <= len(jpeg) <= MAX_BYTES and jpeg.startswith(_START) and jpeg.endswith(_END)
