"""A presentation-attack network as a plug-in: an ONNX file by path and sha256, run by OpenCV.

None is shipped: no package brings weights whose licence and origin would do for a province. Without one, a recording
played on a good screen that happens to do what is asked passes (docs/liveness.md), so nothing here is called certified.

What the network takes (MiniFASNet and its kin): one crop around the face, ``scale`` times as wide as its box, 80 x 80,
blue-green-red from 0 to 255; it answers logits, of which ``live`` is the index of a live face.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

_SIDE: Final = 80
_MOST_BYTES: Final = 200_000_000


class ModelRefused(ValueError):
    """The file is missing, too large, not the one that was approved, or no network that OpenCV can run."""


@dataclass(frozen=True, slots=True)
class Network:
    """A loaded network."""

    net: Any = field(repr=False)
    scale: float
    live: int

    def attack(self, picture: Any, box: tuple[float, float, float, float]) -> float:
        """How much the face in ``box`` looks like a print or a screen, 0 to 1."""
        crop = _crop(picture, box, self.scale)
        self.net.setInput(cv2.dnn.blobFromImage(crop, 1.0, (_SIDE, _SIDE)))
        logits = np.asarray(self.net.forward(), dtype=np.float64).reshape(-1)
        shares = np.exp(logits - logits.max())
        return float(1.0 - shares[self.live] / shares.sum())


def load(path: Path, sha256: str, *, scale: float = 2.7, live: int = 1) -> Network:
    """Load an approved network. Raises ModelRefused."""
    try:
        data = path.read_bytes() if path.stat().st_size <= _MOST_BYTES else b""
    except OSError as error:
        raise ModelRefused(f"{path.name}: cannot be read") from error
    if not hmac.compare_digest(hashlib.sha256(data).hexdigest(), sha256.lower()):
        raise ModelRefused(f"{path.name}: not the file that was approved (sha256)")
    try:
        return Network(cv2.dnn.readNetFromONNX(np.frombuffer(data, np.uint8)), scale, live)
    except cv2.error as error:
        raise ModelRefused(f"{path.name}: no network that can be run") from error


def _crop(picture: Any, box: tuple[float, float, float, float], scale: float) -> Any:
    """A square around the face, kept inside the picture."""
    high, wide = picture.shape[:2]
    side = min(scale * max(box[2] - box[0], 1.0), wide - 1, high - 1)
    x = min(max((box[0] + box[2]) / 2 - side / 2, 0), wide - side)
    y = min(max((box[1] + box[3]) / 2 - side / 2, 0), high - side)
    return picture[int(y) : int(y + side) + 1, int(x) : int(x + side) + 1]
