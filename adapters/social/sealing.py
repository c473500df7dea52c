"""SM2 sealing of the e-card's business parameters (channels.md 6.2; GB/T 32918.4).

The layout is hexadecimal ``04 | x | y | C3 | C2``, C3 being an SM3 hash over the plain text: what was altered on the
way does not open. The arithmetic is the library's; it is pure Python, and every sealing uses a fresh ``k``.
"""

import base64
import binascii
from typing import Final

from gmalg import SM2

from idp.domain.ports import Randomness

_POINT_BYTES: Final = 65
# RFC 5480 SubjectPublicKeyInfo with id-ecPublicKey and the SM2 curve 1.2.156.10197.1.301, up to the point.
_SPKI: Final = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")


def public_point(text: str) -> bytes:
    """The uncompressed point in a PEM public key or in hexadecimal. Raises ValueError, also off the curve."""
    point = _from_pem(text) if "-----BEGIN" in text else bytes.fromhex(text)
    if len(point) != _POINT_BYTES or point[0] != 4 or not SM2().verify_pk(point):
        raise ValueError("not an SM2 public key")
    return point


def _from_pem(text: str) -> bytes:
    body = "".join(line.strip() for line in text.splitlines() if "-----" not in line)
    try:
        der = base64.b64decode(body, validate=True)
    except binascii.Error:
        raise ValueError("not a PEM public key") from None
    if not der.startswith(_SPKI):
        raise ValueError("not a public key on the SM2 curve")
    return der[len(_SPKI) :]


def seal(point: bytes, plain: bytes, randomness: Randomness) -> str:
    """``plain`` for the holder of the private key of ``point``; never the same text twice."""

    def bits(count: int) -> int:
        octets = (count + 7) // 8
        return int.from_bytes(randomness.octets(octets)) >> (8 * octets - count)

    # A new object each time: the library's hash keeps state, and threads share this channel.
    return bytes(SM2(pk=point, rnd_fn=bits).encrypt(plain)).hex()
