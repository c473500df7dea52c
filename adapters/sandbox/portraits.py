"""The photographs of the register. The people are invented, so nobody has one: the first face compared becomes theirs.

A picture with a marker (:mod:`adapters.sandbox.shares`) is decided by the marker, so most tests need no model. A real
picture is compared with the photograph that was put in by ``/__control/portraits``, or with the first one that was sent
for this person; it stays in memory until the sandbox stops. Nothing of it is logged.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from liveness.jpeg import Unacceptable, size_of

# How far apart two faces are: Euclidean distance of dlib's descriptors. Raises ValueError for a picture without one.
Distance: TypeAlias = Callable[[bytes, bytes], float]

_STRICT: Final = 62.5  # points per unit of distance: 70 points, the upstream's pass mark, at a distance of 0.48


@dataclass(slots=True)
class Portraits:
    """Photographs by person. ``distance`` None: no model here, and a picture without a marker is of bad quality."""

    distance: Distance | None = None
    _pictures: dict[str, bytes] = field(default_factory=dict, repr=False)

    def put(self, id18: str, jpeg: bytes | None) -> None:
        """Set or forget somebody's photograph. Raises ValueError for what is no acceptable JPEG."""
        if jpeg is None:
            self._pictures.pop(id18, None)
            return
        size_of(jpeg)
        self._pictures[id18] = jpeg

    def score(self, id18: str, jpeg: bytes) -> float | None:
        """How alike, 0 to 100; None for a picture of bad quality."""
        if self.distance is None:
            return None
        try:
            size_of(jpeg)
            known = self._pictures.get(id18)
            distance = self.distance(known or jpeg, jpeg)
        except (ValueError, Unacceptable):
            return None
        self._pictures.setdefault(id18, jpeg)
        return max(0.0, min(100.0, 100.0 - _STRICT * distance))


def by_model() -> Distance:
    """The comparison by the face model, in a process of its own that is started with the first picture."""
    from liveness.pool import Busy, Pool  # noqa: PLC0415 - a sandbox without cameras never needs it

    pool = Pool(waiting=8, seconds=20.0)

    def distance(first: bytes, second: bytes) -> float:
        try:
            said, _ = pool.ask("compare", {}, [first, second])
        except Busy as busy:
            raise ValueError("the model is busy") from busy
        value: Any = said["distance"]
        return float(value)

    return distance
