"""The relief: what a homography leaves over is much for a head and little for a flat thing, however it is held."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveness.geometry import RIGID, relief
from liveness.thresholds import DEFAULT
from tests.liveness.drawn import Pose, face, head, picture

FRAMES = 5
noises, seeds = st.floats(0, 1.2), st.integers(0, 10_000)
sides = st.sampled_from((-1, 1))


def frames(draw, pose: Pose, seed: int):
    return np.array([draw(pose, seed + index) for index in range(FRAMES)])


def relief_of(draw, yaw: float, pitch: float, noise: float, seed: int) -> float:
    before = frames(draw, Pose(noise=noise), seed)
    return relief(before, frames(draw, Pose(yaw=yaw, pitch=pitch, noise=noise), seed + 50))


@given(st.floats(25, 45), sides, st.floats(-15, 15), noises, seeds)
def test_a_turned_head_stands_out(yaw, side, pitch, noise, seed):
    assert relief_of(head, yaw * side, pitch, noise, seed) > DEFAULT.relief


@given(st.floats(-60, 60), st.floats(-40, 40), noises, seeds)
def test_a_picture_stays_flat_however_it_is_tilted(yaw, pitch, noise, seed):
    assert relief_of(picture, yaw, pitch, noise, seed) < DEFAULT.relief


@given(
    st.lists(st.floats(-0.25, 0.25), min_size=6, max_size=6), st.lists(st.floats(-6e-4, 6e-4), min_size=2, max_size=2)
)
def test_no_homography_of_one_view_makes_a_relief(linear, perspective):
    flat = head(Pose()) - (320, 200)
    matrix = np.array([[1 + linear[0], linear[1]], [linear[2], 1 + linear[3]]])
    depth = 1 + flat @ np.array(perspective)
    carried = (flat @ matrix.T + np.array(linear[4:]) * 100) / depth[:, None]

    assert relief(flat[None], carried[None]) < 1e-3


@pytest.mark.parametrize("depth", [0.2, 0.35])
def test_a_mask_of_paper_stands_out_less_than_a_head(depth, monkeypatch):
    def mask(pose: Pose, seed: int = 0):
        from tests.liveness import drawn

        return drawn._seen(drawn._turned(face(pose.eyes, pose.mouth) * (1, 1, depth), pose), pose, seed)

    assert relief_of(mask, 30, 0, 0.5, 1) < DEFAULT.relief < relief_of(head, 30, 0, 0.5, 1)


def test_the_further_a_head_turns_the_more_it_stands_out():
    values = [relief_of(head, yaw, 0, 0.0, 0) for yaw in (10, 20, 30, 40)]
    assert values == sorted(values)
    assert values[0] < 0.025


def test_relief_is_in_distances_between_the_eyes():
    before, turned = frames(head, Pose(), 0), frames(head, Pose(yaw=30), 0)
    assert relief(before, turned) == pytest.approx(relief(before * 3 + 17, turned * 0.5 - 4), rel=1e-6)


def test_one_bad_frame_of_five_does_not_make_a_relief():
    before, turned = frames(picture, Pose(), 0), frames(picture, Pose(yaw=20), 0)
    turned[2, 27:36] += 240.0  # a nose that was found three faces away
    assert relief(before, turned) < DEFAULT.relief


def test_a_mouth_that_opens_is_no_relief():
    assert relief(frames(picture, Pose(), 0), frames(head, Pose(mouth=0.6), 0)) < DEFAULT.relief
    moved = frames(picture, Pose(), 0)
    elsewhere = [point for point in range(68) if point not in RIGID]
    moved[:, elsewhere] += 40
    assert relief(frames(picture, Pose(), 0), moved) < 1e-3


def test_nothing_to_compare_is_no_relief():
    some, none = frames(head, Pose(), 0), np.zeros((0, 68, 2))
    assert relief(some, none) == relief(none, some) == 0.0


def test_landmarks_on_one_point_are_no_relief():
    assert relief(np.zeros((3, 68, 2)), np.zeros((3, 68, 2))) == pytest.approx(0.0, abs=1e-6)
