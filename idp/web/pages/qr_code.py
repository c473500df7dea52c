"""A QR code as the source of an ``<img>``: an SVG in a ``data:`` address; no file is kept and no script runs."""

from typing import Final

import segno

# Four modules of white on each side (ISO/IEC 18004 section 9.1), also on a dark screen; 15 per cent may be unreadable.
_QUIET_ZONE: Final = 4
_CORRECTION: Final = "m"


def data_address(payload: str) -> str:
    """The picture of ``payload``. Raises ValueError when it is longer than a QR code holds (about 2300 bytes)."""
    code = segno.make_qr(payload, error=_CORRECTION, boost_error=False)
    return str(code.svg_data_uri(scale=4, border=_QUIET_ZONE, dark="#000", light="#fff", xmldecl=False))
