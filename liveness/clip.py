"""Recorded captures: a zip file (stored, not compressed) of ``0000.jpg``, ``0001.jpg``… and ``meta.json``.

``meta.json``: ``fps``, and where known ``prompts`` (``action``, ``start``, ``end`` in seconds) and ``flash``
(``colours``, ``start``, ``step``).
"""

import json
import math
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from liveness import faces, jpeg
from liveness.challenge import Flash, Movement, Prompt, prompts_of
from liveness.describing import jumped
from liveness.signals import signals_of
from liveness.thresholds import DEFAULT
from liveness.track import Sample, Track

MOST_FRAMES: Final = 600
MOST_META: Final = 1_000_000
_FOREVER: Final = 1e9
# How many faces are described: enough for the median of frontal ones, spread over the whole clip.
DESCRIBED: Final = 10


class BadClip(ValueError):
    """Not a clip. ``str()`` says why."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A recorded capture. ``meta``: what was written beside it."""

    path: Path
    fps: float
    meta: dict[str, Any] = field(repr=False)

    def frames(self) -> Iterator[tuple[float, bytes]]:
        """Seconds and JPEG of every frame in order. Raises BadClip."""
        with zipfile.ZipFile(self.path) as archive:
            names = sorted(name for name in archive.namelist() if name.endswith(".jpg"))
            if not 0 < len(names) <= MOST_FRAMES:
                raise BadClip("no frames, or too many")
            for index, name in enumerate(names):
                if archive.getinfo(name).file_size > jpeg.MOST_BYTES:
                    raise BadClip(f"{name} is too large")
                try:
                    data = archive.read(name)
                except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
                    raise BadClip(f"{name} cannot be read: {error}") from error
                yield index / self.fps, data

    @property
    def flash(self) -> Flash | None:
        """The colours that were shone, if any."""
        return flash_of(self.meta)


def open_clip(path: Path) -> Clip:
    """Read what is written beside the frames. Raises BadClip, OSError."""
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo("meta.json").file_size > MOST_META:
                raise BadClip("meta.json is too large")
            meta = json.loads(archive.read("meta.json"))
            fps = float(meta["fps"])
            if not 0 < fps < math.inf:
                raise BadClip("fps is no rate")
            return Clip(path, fps, meta)
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
        raise BadClip(f"{path.name} is no clip: {error}") from error


def flash_of(meta: dict[str, Any]) -> Flash | None:
    """The colours of a clip's or a manifest's ``flash`` member."""
    said = meta.get("flash")
    return Flash(tuple(said["colours"]), float(said["start"]), float(said["step"])) if said else None


def prompts_in(movements: tuple[Movement, ...], windows: list[dict[str, Any]]) -> tuple[Prompt, ...]:
    """What was asked, in the windows of a clip: each lasts until the next begins, the last to the end."""
    starts = [float(window["start"]) for window in windows]
    times = list(zip(starts, [*starts[1:], _FOREVER], strict=True)) if starts else []
    return prompts_of(movements, times)


def track_of(clip: Clip, *, described: int = DESCRIBED) -> Track:
    """Measure a clip as a live capture is measured. Raises BadClip; frames that are no picture count as unseen."""
    frames = list(clip.frames())
    every = max(1, len(frames) // max(described, 1))
    samples: list[Sample] = []
    size = (0, 0)
    for index, (at, data) in enumerate(frames):
        try:
            size = jpeg.size_of(data)
            picture = faces.decode(data)
        except jpeg.Unacceptable:
            samples.append(Sample(at))
            continue
        near = samples[-1].box if samples and samples[-1].seen and index % 4 else None
        sample = faces.measure(picture, at, small=index % 4 == 0, near=near)
        leapt = samples and samples[-1].seen and sample.seen and jumped(samples[-1], sample, DEFAULT)
        if index % every == every // 2 or leapt:
            sample = faces.describe(picture, sample)
        samples.append(sample)
    for index in _turned(Track(tuple(samples), size)):
        samples[index] = faces.describe(faces.decode(frames[index][1]), samples[index])
    return Track(tuple(samples), size)


def _turned(track: Track) -> list[int]:
    """Where the head is turned farthest, once for every turn, either way: a capture would have described these."""
    seen = [index for index, each in enumerate(track.samples) if each.seen]
    if not seen:
        return []
    nose = signals_of(track).nose
    far = abs(nose - np.median(nose))
    away = np.concatenate(([0], (far >= DEFAULT.turn).astype(np.int8), [0]))
    edges = np.flatnonzero(np.diff(away))
    return [seen[int(a + np.argmax(far[a:b]))] for a, b in zip(edges[::2], edges[1::2], strict=True)]
