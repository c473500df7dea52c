"""Did a head turn, or a flat thing? Two measures on the landmarks of nose and eyes, before and during a turn.

A flat thing moves by a homography, whatever the camera: eight numbers carry the points of one view to the other. A
nose stands out, so its points move further than any homography of the eyes' plane says. What remains after the best
homography is the *relief*, in units of the distance between the eyes (Hartley & Zisserman, Multiple View Geometry,
2nd ed., 4.1 and 13.1). Both views are medians of several frames, so that noise of landmarks is not relief.

Measured (docs/liveness.md): heads 0.045 to 0.08; tilted prints up to 0.015, bent ones 0.022, paper masks 0.031.
"""

from typing import Final

import numpy as np

from liveness.track import Floats

RIGID: Final = tuple(range(27, 48))  # nose and eyes: they do not move with the mouth
_LEFT_EYE, _RIGHT_EYE = slice(36, 42), slice(42, 48)
_ROUNDS: Final = 3


def relief(before: Floats, turned: Floats) -> float:
    """What the best homography between two views leaves over, root mean square, in distances between the eyes.

    ``before`` and ``turned``: (n, 68, 2) landmarks, n at least 1. Zero when there is nothing to compare.
    """
    if not len(before) or not len(turned):
        return 0.0
    flat, view = _view(before), _view(turned)
    source, target = flat[list(RIGID)], view[list(RIGID)]
    fitted = _carry(_homography(source, target), source)
    left = np.sqrt(np.mean(np.sum((fitted - target) ** 2, axis=1)))
    return float(left) if np.isfinite(left) else 0.0


def _view(frames: Floats) -> Floats:
    """The median of some frames, each moved, turned and scaled so that the eyes stand at (-1/2, 0) and (1/2, 0)."""
    left, right = frames[:, _LEFT_EYE].mean(axis=1), frames[:, _RIGHT_EYE].mean(axis=1)
    line = right - left
    apart = np.maximum(np.hypot(line[:, 0], line[:, 1]), 1.0)
    centred = frames - ((left + right) / 2)[:, None, :]
    cos, sin = line[:, 0] / apart, line[:, 1] / apart
    x = centred[..., 0] * cos[:, None] + centred[..., 1] * sin[:, None]
    y = centred[..., 1] * cos[:, None] - centred[..., 0] * sin[:, None]
    return np.asarray(np.median(np.stack([x, y], axis=-1) / apart[:, None, None], axis=0), dtype=np.float64)


def _homography(source: Floats, target: Floats) -> Floats:
    """The homography that carries ``source`` to ``target`` with the least squares of distances in the target view."""
    matrix = _linear(source, target, np.ones(len(source)))
    for _ in range(_ROUNDS):  # the linear system weighs each point by its depth: divide by it (ibid. 4.2)
        depth = source @ matrix[2, :2] + matrix[2, 2]
        matrix = _linear(source, target, 1 / np.where(np.abs(depth) < 1e-6, 1e-6, depth))
    return matrix


def _linear(source: Floats, target: Floats, weights: Floats) -> Floats:
    one, nought = np.ones(len(source)), np.zeros((len(source), 3))
    points = np.column_stack([source, one]) * weights[:, None]
    top = np.hstack([points, nought, -target[:, :1] * points])
    bottom = np.hstack([nought, points, -target[:, 1:] * points])
    _u, _s, rows = np.linalg.svd(np.vstack([top, bottom]))
    return np.asarray(rows[-1].reshape(3, 3), dtype=np.float64)


def _carry(matrix: Floats, points: Floats) -> Floats:
    carried = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    depth = np.where(np.abs(carried[:, 2:]) < 1e-9, 1e-9, carried[:, 2:])
    return np.asarray(carried[:, :2] / depth, dtype=np.float64)
