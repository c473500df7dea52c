"""The state of a capture between two calls: opaque bytes, because what holds it knows nothing of faces.

::

    u32 length of the head | head: JSON | landmarks: int16 sixteenths of a pixel | descriptors: float32

It holds measures of a face, so whoever keeps it keeps it sealed and for minutes. It holds no picture: of each frame
only the sha256, so that the one picture that is wanted can be told from any other when it comes again.
"""

import base64
import json
import struct
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

import numpy as np

from liveness.challenge import Flash, Movement, Prompt
from liveness.track import DESCRIPTOR, POINTS, Sample, Track

_HEAD: Final = struct.Struct(">I")
_FINE: Final = 16.0  # parts of a pixel
# What any bytes at all may lead to: they are measured by nobody before.
_MALFORMED: Final = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    StopIteration,
    struct.error,
)
_NUMBERS: Final = ("at", "box", "faces", "found", "light", "sharpness", "colour", "attack")


class BadState(ValueError):
    """Not a state of ours: another version's, or not sealed."""


@dataclass(frozen=True, slots=True)
class Session:
    """A capture under way. Times in seconds of the browser's clock unless said otherwise.

    ``pauses``: before each prompt; ``moments``: for each prompt, how far into it a face is described, 0 to 1;
    ``due``: when the next prompt may be shown; ``began``: our clock; ``lag``: the smallest seen difference of our clock
    and the browser's; ``digests``: sha256 of every frame, base64, by sequence number; ``kept``: the sequence number of
    every sample; ``last``: digest of the latest call's frames; ``wanted``: the capture is over.
    """

    movements: tuple[Movement, ...]
    pauses: tuple[float, ...]
    moments: tuple[float, ...]
    began: float
    colours: tuple[str, ...] = ()
    flash_at: float | None = None
    due: float | None = None
    prompts: tuple[Prompt, ...] = ()
    lag: float | None = None
    first_lag: float | None = None
    last_taken: float = -1.0
    last: str = ""
    digests: tuple[str, ...] = field(default=(), repr=False)
    bytes_of: tuple[int, ...] = ()
    kept: tuple[int, ...] = ()
    samples: tuple[Sample, ...] = field(default=(), repr=False)
    size: tuple[int, int] = (640, 480)
    wanted: int | None = None
    hint: str | None = None

    @property
    def next_seq(self) -> int:
        """What the next frame is to be called."""
        return len(self.digests)

    @property
    def track(self) -> Track:
        """What was measured so far."""
        return Track(self.samples, self.size)

    @property
    def flash(self) -> Flash | None:
        """The colours that were shone, as far as they were."""
        return Flash(self.colours, self.flash_at, STEP) if self.colours and self.flash_at is not None else None

    @property
    def done(self) -> int:
        """How many prompts are over."""
        return sum(prompt.until < FOREVER for prompt in self.prompts)


STEP: Final = 0.5  # seconds a colour: no more than two changes a second (WCAG 2.3.1 allows three flashes)
FOREVER: Final = 1e9


def pack(session: Session) -> bytes:
    """The session as bytes."""
    head: dict[str, Any] = {key: value for key, value in _plain(session).items() if key not in {"samples", "prompts"}}
    head["prompts"] = [[str(each.movement), each.shown, each.until] for each in session.prompts]
    head["samples"] = [
        [*(getattr(each, name) for name in _NUMBERS), each.points is not None, each.descriptor is not None]
        for each in session.samples
    ]
    points = [each.points for each in session.samples if each.points is not None]
    faces = [each.descriptor for each in session.samples if each.descriptor is not None]
    text = json.dumps(head, separators=(",", ":")).encode()
    fine = np.clip(np.round(np.array(points, dtype=np.float64) * _FINE), -32_768, 32_767)
    return _HEAD.pack(len(text)) + text + fine.astype(">i2").tobytes() + np.array(faces, dtype=">f4").tobytes()


def unpack(state: bytes) -> Session:
    """The inverse of :func:`pack`. Raises BadState."""
    try:
        return _unpacked(state)
    except _MALFORMED as error:
        raise BadState(type(error).__name__) from error


def _unpacked(state: bytes) -> Session:
    (length,) = _HEAD.unpack_from(state)
    head = json.loads(state[_HEAD.size : _HEAD.size + length])
    rows = head.pop("samples")
    middle = _HEAD.size + length + sum(row[-2] for row in rows) * POINTS * 2 * 2
    raw = np.frombuffer(state[_HEAD.size + length : middle], ">i2").reshape(-1, POINTS, 2)
    points = iter(raw.astype(np.float64) / _FINE)
    faces = iter(np.frombuffer(state[middle:], ">f4").reshape(-1, DESCRIPTOR).astype(np.float64))
    samples = []
    for *numbers, seen, described in rows:
        sample = Sample(**dict(zip(_NUMBERS, map(_tuples, numbers), strict=True)))
        points_of = next(points) if seen else None
        samples.append(replace(sample, points=points_of, descriptor=next(faces) if described else None))
    prompts = tuple(Prompt(Movement(name), shown, until) for name, shown, until in head.pop("prompts"))
    movements = tuple(Movement(each) for each in head.pop("movements"))
    rest = {key: _tuples(value) for key, value in head.items()}
    return Session(movements=movements, prompts=prompts, samples=tuple(samples), **rest)


def name_of(digest: bytes) -> str:
    """A digest as it stands in a session."""
    return base64.b64encode(digest).decode()


def _plain(session: Session) -> dict[str, Any]:
    bare = replace(session, samples=(), prompts=())
    return asdict(bare)


def _tuples(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
