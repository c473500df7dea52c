"""Pictures to measures: the one module that imports dlib, face_recognition and OpenCV.

Costs of one core, 640 x 480: decoding 2 ms, finding the face at half size 9 ms, landmarks 1 ms, a descriptor 150 ms
during which the interpreter's lock is held. So it runs in processes of its own (:mod:`liveness.pool`).
"""

import warnings
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import cv2
import dlib
import numpy as np

from liveness.jpeg import Unacceptable, size_of
from liveness.pad import Network
from liveness.track import Floats, Sample

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of a package from 2020, about Python's own changes
    from face_recognition import api as models

cv2.setNumThreads(1)  # one core a process: others sign in meanwhile

Box: TypeAlias = tuple[float, float, float, float]  # left, top, right, bottom in pixels

_HALF: Final = 0.5
_AROUND: Final = 0.4  # of the face's size, on each side, where it is looked for next
_FAINT: Final = -0.3  # detector confidence from which a face counts: turned heads fall to there
_LARGE: Final = 0.5  # of the width of the largest face: smaller ones stand in the background
_CROP: Final = 128
# Cheeks and nose, as shares of the box: skin, without hair, eyes and background.
_SKIN: Final = (0.25, 0.45, 0.75, 0.75)


@dataclass(frozen=True, slots=True)
class Eyes:
    """:class:`liveness.stream.Eye` of real pictures; ``network`` looks for presentation attacks, if there is one."""

    network: Network | None = None

    def measure(self, jpeg: bytes, at: float, *, small: bool, near: Box | None) -> tuple[Sample, Any]:
        """The measures of a picture, and the picture. Raises Unacceptable."""
        picture = decode(jpeg)
        return measure(picture, at, small=small, near=near), picture

    def describe(self, picture: Any, sample: Sample) -> Sample:
        """The sample with its descriptor, and what the network says."""
        described = describe(picture, sample)
        if self.network is None or described.points is None:
            return described
        return replace(described, attack=self.network.attack(picture, described.box))

    def portrait(self, jpeg: bytes) -> Floats:
        """The descriptor of the face of a photograph. Raises Unacceptable."""
        size_of(jpeg)
        return portrait(jpeg)


def decode(data: bytes) -> Any:
    """The picture, (height, width, 3) blue-green-red. Raises Unacceptable. ``jpeg.size_of`` MUST have passed it."""
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error as error:  # nothing at all, or more pixels than it would ever decode
        raise Unacceptable("frame_format") from error
    if picture is None:
        raise Unacceptable("frame_format")
    return picture


def measure(picture: Any, at: float, *, scale: float = _HALF, small: bool = False, near: Box | None = None) -> Sample:
    """What there is to know of one picture but its descriptor.

    ``scale``: at which faces are looked for; ``small``: where there is none, look at full size too (40 ms); ``near``:
    where the face was, so that it is looked for there first (3 ms instead of 9). Other faces are not seen then.
    """
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    boxes = _near(grey, scale, near) if near else []
    boxes = boxes or _faces(grey, scale)
    if not boxes and small:
        boxes = _faces(grey, 1.0)
    if not boxes:
        return Sample(at, light=float(grey.mean()))
    box, found = max(boxes, key=lambda each: each[0][2] - each[0][0])
    wide = box[2] - box[0]
    shape = models.pose_predictor_68_point(grey, dlib.rectangle(*(int(side) for side in box)))
    face = _part(grey, box, (0.0, 0.0, 1.0, 1.0))
    skin = _part(picture, box, _SKIN)
    return Sample(
        at=at,
        points=np.array([(point.x, point.y) for point in shape.parts()], dtype=np.float64),
        box=box,
        faces=sum(each[2] - each[0] >= _LARGE * wide for each, _ in boxes),
        found=found,
        light=float(face.mean()) if face.size else float(grey.mean()),
        sharpness=_sharpness(face),
        colour=_colour(skin),
    )


def describe(picture: Any, sample: Sample) -> Sample:
    """The sample with its descriptor; the sample itself where there is no face."""
    if sample.points is None:
        return sample
    rgb = np.ascontiguousarray(picture[:, :, ::-1])
    points = dlib.points([dlib.point(int(x), int(y)) for x, y in sample.points])
    shape = dlib.full_object_detection(dlib.rectangle(*(int(side) for side in sample.box)), points)
    return replace(sample, descriptor=np.array(models.face_encoder.compute_face_descriptor(rgb, shape)))


def portrait(data: bytes) -> Floats:
    """The descriptor of the one face of a photograph, (128,). Raises Unacceptable without one.

    At full size, and the mean of the picture and its mirror image: a photograph is seen once, so it may cost more.
    """
    picture = decode(data)
    views = [_described_at_full_size(each) for each in (picture, np.ascontiguousarray(picture[:, ::-1]))]
    found = [each for each in views if each is not None]
    if not found:
        raise Unacceptable("no_face")
    return np.asarray(np.mean(found, axis=0), dtype=np.float64)


def _described_at_full_size(picture: Any) -> Floats | None:
    sample = measure(picture, 0.0, scale=1.0)
    return describe(picture, sample).descriptor


def _faces(grey: Any, scale: float) -> list[tuple[Box, float]]:
    scaled = grey if scale == 1.0 else cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    found, scores, _ = models.face_detector.run(scaled, 0, _FAINT)
    return [
        ((box.left() / scale, box.top() / scale, box.right() / scale, box.bottom() / scale), float(score))
        for box, score in zip(found, scores, strict=True)
    ]


def _near(grey: Any, scale: float, box: Box) -> list[tuple[Box, float]]:
    """Faces around a place."""
    wide, high = (box[2] - box[0]) * _AROUND, (box[3] - box[1]) * _AROUND
    left, top = max(0, int(box[0] - wide)), max(0, int(box[1] - high))
    found = _faces(np.ascontiguousarray(grey[top : int(box[3] + high), left : int(box[2] + wide)]), scale)
    return [((x0 + left, y0 + top, x1 + left, y1 + top), score) for (x0, y0, x1, y1), score in found]


def _part(picture: Any, box: Box, share: Box) -> Any:
    left, top, right, bottom = box
    wide, high = right - left, bottom - top
    x0, x1 = (max(0, int(left + wide * each)) for each in (share[0], share[2]))
    y0, y1 = (max(0, int(top + high * each)) for each in (share[1], share[3]))
    return picture[y0:y1, x0:x1]


def _sharpness(face: Any) -> float:
    if not face.size:
        return 0.0
    scaled = cv2.resize(face, (_CROP, _CROP), interpolation=cv2.INTER_AREA)
    return float(cv2.Laplacian(scaled, cv2.CV_64F).var())


def _colour(skin: Any) -> tuple[float, float, float]:
    if not skin.size:
        return (0.0, 0.0, 0.0)
    blue, green, red = skin.reshape(-1, 3).mean(axis=0)
    return float(blue), float(green), float(red)
