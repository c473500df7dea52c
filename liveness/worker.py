"""The process that looks at pictures: reads questions from its standard input, answers on its standard output.

Hostile pictures are decoded here, so here is little to steal: an empty environment, no key, no connection, little
memory, no core dump. It runs as the same user as the process that asks, so what protects files and sockets from it is
the container (docs/operations.md). Questions and answers are JSON and bytes, never pickles: whoever takes this process
over through a decoder's fault must not be able to run code in the process that asked.

A message: u32 number of parts, then each part as u32 length and bytes. The first part is JSON.
"""

import contextlib
import json
import os
import resource
import secrets
import struct
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

_U32: Final = struct.Struct(">I")
MOST_PARTS: Final = 16
MOST_PART_BYTES: Final = 4_000_000
_ADDRESS_SPACE: Final = 3 * 2**30  # what dlib, OpenCV and their threads map; they use 240 MB of it

Parts = Sequence[bytes]


def write(stream: BinaryIO, parts: Parts) -> None:
    """Send a message. Raises OSError."""
    stream.write(_U32.pack(len(parts)) + b"".join(_U32.pack(len(part)) + part for part in parts))
    stream.flush()


def read(stream: BinaryIO) -> list[bytes]:
    """Receive a message. Raises EOFError when the other side is gone or sends nonsense."""
    (count,) = _U32.unpack(_exactly(stream, _U32.size))
    if count > MOST_PARTS:
        raise EOFError("too many parts")
    parts = []
    for _ in range(count):
        (length,) = _U32.unpack(_exactly(stream, _U32.size))
        if length > MOST_PART_BYTES:
            raise EOFError("too long")
        parts.append(_exactly(stream, length))
    return parts


def _exactly(stream: BinaryIO, count: int) -> bytes:
    data = stream.read(count)
    if len(data) != count:
        raise EOFError("cut off")
    return data


def serve(model: Path | None, sha256: str, nice: int) -> None:
    """Answer until the other side closes. Raises ModelRefused for a model that is not the approved one."""
    os.nice(nice)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    answers = _answers(model, sha256)
    write(sys.stdout.buffer, [b"{}"])  # ready
    with contextlib.suppress(EOFError):
        while True:
            head, *blobs = read(sys.stdin.buffer)
            write(sys.stdout.buffer, _answer(answers, json.loads(head), blobs))


def _answer(
    answers: dict[str, Callable[[dict[str, Any], Parts], tuple[dict[str, Any], Parts]]],
    asked: dict[str, Any],
    blobs: Parts,
) -> Parts:
    try:
        said, parts = answers[asked.pop("what")](asked, blobs)
    except ValueError as error:
        word = getattr(error, "word", type(error).__name__)
        return [json.dumps({"error": type(error).__name__, "word": word}).encode()]
    return [json.dumps(said, default=float).encode(), *parts]


def _answers(
    model: Path | None, sha256: str
) -> dict[str, Callable[[dict[str, Any], Parts], tuple[dict[str, Any], Parts]]]:
    from liveness import faces, pad  # noqa: PLC0415 - only here, after the limits are set
    from liveness.questions import Questions  # noqa: PLC0415
    from liveness.stream import Streamer  # noqa: PLC0415

    network = pad.load(model, sha256) if model else None
    chance = secrets.SystemRandom().random
    return Questions(Streamer(faces.Eyes(network), chance)).table


def main() -> None:
    """``python -m liveness.worker NICE [MODEL SHA256]``."""
    nice, *rest = sys.argv[1:]
    serve(Path(rest[0]) if rest else None, rest[1] if rest else "", int(nice))


if __name__ == "__main__":
    main()
