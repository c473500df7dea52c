"""Faces drawn as 68 landmarks: a head in space, or a picture of it that somebody tilts. No pixels.

Units are distances between the eyes; x to the right of the picture, y down, z towards the camera.
"""

import json
import math
import struct
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from liveness.challenge import Movement
from liveness.jpeg import Unacceptable
from liveness.track import DESCRIPTOR, Floats, Sample, Track

FAR = 7.0  # distances between the eyes from the camera
AXIS = -0.9  # where a head turns about, behind the eyes
PIXELS = 80.0  # between the eyes of a face that looks into the camera


@dataclass(frozen=True)
class Pose:
    """What a face does. Angles in degrees; ``yaw`` positive is to the person's left, the nose moves to the right."""

    yaw: float = 0.0
    pitch: float = 0.0
    eyes: float = 0.30
    mouth: float = 0.08
    x: float = 0.0
    noise: float = 0.0


def face(eyes: float, mouth: float) -> Floats:
    """The 68 points in space."""
    points = []
    for i in range(17):  # jaw
        angle = math.pi * (1 - i / 16)
        points.append((1.05 * math.cos(angle), 0.1 + 1.6 * math.sin(angle), -0.75 + 0.6 * math.sin(angle)))
    for side in (-1, 1):  # brows
        xs = np.linspace(0.85, 0.2, 5) if side < 0 else np.linspace(0.2, 0.85, 5)
        points += [(side * x, -0.42 - 0.1 * math.sin(math.pi * x), 0.05) for x in xs]
    points += [(0.0, y, z) for y, z in zip(np.linspace(0.0, 0.5, 4), np.linspace(0.12, 0.5, 4), strict=True)]
    points += [(x, 0.62, 0.3 - abs(x) * 0.5) for x in np.linspace(-0.22, 0.22, 5)]
    for middle in (-0.5, 0.5):
        wide, high = 0.44, 0.44 * eyes
        xs = (-wide / 2, -wide / 6, wide / 6, wide / 2, wide / 6, -wide / 6)
        ys = (0.0, -high / 2, -high / 2, 0.0, high / 2, high / 2)
        points += [(middle + x, y, -0.02 + 0.05 * (abs(x) < 0.1)) for x, y in zip(xs, ys, strict=True)]
    points += _lips(12, 0.8, 0.25 + 0.6 * mouth)
    points += _lips(8, 0.6, 0.6 * mouth)
    return np.array(points, dtype=np.float64)


def _lips(count: int, wide: float, high: float) -> list[tuple[float, float, float]]:
    points = []
    for i in range(count):
        angle = math.pi + 2 * math.pi * i / count
        points.append((wide / 2 * math.cos(angle), 1.12 + high / 2 * math.sin(angle), 0.12))
    return points


def head(pose: Pose, seed: int = 0) -> Floats:
    """A head before the camera: (68, 2) pixels."""
    points = np.subtract(face(pose.eyes, pose.mouth), (0.0, 0.0, AXIS))
    turned = np.add(_turned(points, pose), (0.0, 0.0, AXIS))
    return _seen(turned, pose, seed)


def picture(pose: Pose, seed: int = 0) -> Floats:
    """A picture of that face, held before the camera and tilted as if it were a head: it is flat."""
    flat = face(Pose().eyes, Pose().mouth) * (1.0, 1.0, 0.0)
    return _seen(_turned(flat, pose), pose, seed)


def _turned(points: Floats, pose: Pose) -> Floats:
    yaw, pitch = math.radians(pose.yaw), math.radians(pose.pitch)
    about_y = np.array([[math.cos(yaw), 0, math.sin(yaw)], [0, 1, 0], [-math.sin(yaw), 0, math.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)], [0, math.sin(pitch), math.cos(pitch)]])
    return np.asarray(points @ about_y.T @ about_x.T)


def _seen(points: Floats, pose: Pose, seed: int) -> Floats:
    depth = np.maximum(FAR - points[:, 2], 0.5)
    shown = points[:, :2] * (FAR / depth)[:, None] * PIXELS + (320 + pose.x, 200)
    return np.asarray(shown + np.random.default_rng(seed).normal(0, 1, shown.shape) * pose.noise)


def descriptor(person: int, seed: int = 0) -> Floats:
    """Somebody's face as 128 numbers: one person's are 0.25 apart, two people's 0.8."""
    own = np.random.default_rng(person).normal(0, 1, DESCRIPTOR)
    of_now = np.random.default_rng(10_000 + seed).normal(0, 1, DESCRIPTOR)
    return np.asarray(0.56 * own / np.linalg.norm(own) + 0.17 * of_now / np.linalg.norm(of_now))


def sample(at: float, points: Floats | None, *, person: int | None = None, **more: Any) -> Sample:
    """A good frame with these landmarks."""
    if points is None:
        return Sample(at, light=more.get("light", 120.0))
    left, top = points.min(axis=0)
    right, bottom = points.max(axis=0)
    good = Sample(at, points, (left, top, right, bottom), 1, 2.0, 120.0, 40.0, (90.0, 100.0, 130.0))
    described = None if person is None else descriptor(person, int(at * 1000))
    return replace(good, **{"descriptor": described, **more})


def pose_of(movement: Movement | None, far: float) -> Pose:
    """A face ``far`` (0 to 1) on its way through a movement."""
    if movement is Movement.TURN_LEFT:
        return Pose(yaw=30 * far)
    if movement is Movement.TURN_RIGHT:
        return Pose(yaw=-30 * far)
    if movement is Movement.BLINK:
        return Pose(eyes=0.30 * (1 - 0.75 * far))
    if movement is Movement.OPEN_MOUTH:
        return Pose(mouth=0.08 + 0.5 * far)
    return Pose()


def course(movement: Movement, since: float) -> float:
    """How far a movement is ``since`` seconds after its prompt: there in half a second, held, and back."""
    held = 0.25 if movement is Movement.BLINK else 1.0
    start, rise = 0.4, 0.15 if movement is Movement.BLINK else 0.4
    if since < start:
        return 0.0
    if since < start + rise:
        return (since - start) / rise
    if since < start + rise + held:
        return 1.0
    return max(0.0, 1 - (since - start - rise - held) / rise)


def clip(asked: list[tuple[Movement, float]], *, flat: bool = False, rate: float = 12.0, person: int = 1) -> Track:
    """A track of somebody who does what is asked, each at its time."""
    end = asked[-1][1] + 3.0 if asked else 3.0
    samples = []
    for index in range(int(end * rate)):
        at = index / rate
        now = [(movement, course(movement, at - shown)) for movement, shown in asked if at >= shown]
        movement, far = now[-1] if now else (None, 0.0)
        pose = replace(pose_of(movement, far), noise=0.4)
        draw = picture if flat else head
        samples.append(sample(at, draw(pose, index), person=person if index % 10 == 5 else None))
    return Track(tuple(samples))


# ---- drawn pictures: a JPEG's markers around the measures, read by an eye of its own ----------------------------------


def jpeg(number: int, at: float, pose: Pose, *, size: int = 20_000, wide: int = 640, **more: Any) -> bytes:
    """A "picture" that :class:`Eye` reads; as a file of ``size`` bytes it is a JPEG as far as markers tell."""
    said = json.dumps({"number": number, "at": at, "pose": vars(pose), **more}).encode()
    comment = b"\xff\xfe" + struct.pack(">H", len(said) + 2) + said
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 17, 8, 480, wide, 3) + b"\1\x22\0\2\x11\1\3\x11\1"
    scan = b"\xff\xda" + struct.pack(">HB", 12, 3) + b"\1\0\2\x11\3\x11\0\x3f\0"
    return (b"\xff\xd8" + comment + frame + scan).ljust(size - 2, b"\x5a") + b"\xff\xd9"


class Eye:
    """Reads drawn pictures. ``flat``: sees pictures of faces."""

    def __init__(self) -> None:
        self.measured: list[int] = []
        self.described: list[int] = []
        self.small: list[bool] = []

    def measure(self, jpeg: bytes, at: float, *, small: bool, near: Any) -> tuple[Sample, Any]:
        said = _said(jpeg)
        self.measured.append(said["number"])
        self.small.append(small)
        if said.get("nobody"):
            return Sample(at, light=said.get("light", 120.0)), said
        draw = picture if said.get("flat") else head
        points = draw(Pose(**said["pose"]), said["number"])
        more = {name: said[name] for name in ("faces", "light", "sharpness", "found") if name in said}
        return sample(at, points, **more), said

    def describe(self, picture: Any, sample: Sample) -> Sample:
        self.described.append(picture["number"])
        return replace(sample, descriptor=descriptor(picture.get("person", 1), picture["number"]))

    def portrait(self, jpeg: bytes) -> Floats:
        return descriptor(_said(jpeg).get("person", 1))


def _said(jpeg: bytes) -> dict[str, Any]:
    try:
        (length,) = struct.unpack_from(">H", jpeg, 4)
        return dict(json.loads(jpeg[6 : 4 + length]))
    except ValueError as error:
        raise Unacceptable("frame_format") from error
