"""Numbers a frame: signs of left and right, openness, and finite numbers for any landmarks at all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from liveness.signals import Signals, signals_of
from liveness.track import Floats, Sample, Track
from tests.liveness.drawn import PIXELS, Pose, head, picture, sample

yaws, pitches, noises = st.floats(12, 45), st.floats(-15, 15), st.floats(0, 1.2)


def seen(*faces: Floats) -> Signals:
    return signals_of(Track(tuple(sample(index / 10, points) for index, points in enumerate(faces))))


@given(yaws, pitches, noises, st.integers(0, 1000))
def test_a_turn_to_the_persons_left_moves_the_nose_to_the_right_of_the_picture(yaw, pitch, noise, seed):
    nose = seen(
        head(Pose(yaw=yaw, pitch=pitch, noise=noise), seed), head(Pose(yaw=-yaw, pitch=pitch, noise=noise), seed)
    ).nose

    assert nose[0] > 0.05
    assert nose[1] < -0.05


@given(st.floats(-45, 45), pitches, noises, st.integers(0, 1000))
def test_a_picture_that_is_swung_about_its_upright_does_not_move_its_nose_far(yaw, pitch, noise, seed):
    pitch = pitch / 3  # a print that is swung and nodded alike is sheared: that is what the relief is for
    assert abs(seen(picture(Pose(yaw=yaw, pitch=pitch, noise=noise), seed)).nose[0]) < 0.17


@given(st.floats(0.16, 0.45), st.floats(-30, 30))
def test_open_eyes_read_as_they_are_from_the_side_too(eyes, yaw):
    # A turned eye looks narrower, so it reads somewhat more open; it never looks closed.
    read = seen(head(Pose(eyes=eyes, yaw=yaw))).eyes[0]
    assert eyes * 0.6 * 0.95 < read < eyes * 1.4


@given(st.floats(0.0, 0.6))
def test_the_mouth_reads_wider_the_wider_it_is(mouth):
    shut, wide = seen(head(Pose(mouth=mouth)), head(Pose(mouth=mouth + 0.1))).mouth
    assert wide > shut + 0.03


@given(st.floats(0.25, 4), st.floats(-300, 300), st.floats(-30, 30), st.floats(-20, 20))
def test_size_place_and_roll_of_a_face_do_not_matter(scale, away, yaw, roll):
    face = head(Pose(yaw=yaw))
    turn = np.radians(roll)
    spun = face @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    here, there = seen(face), seen(spun * scale + away)

    for name in ("eyes", "mouth", "nose", "tall"):
        assert getattr(here, name)[0] == pytest.approx(getattr(there, name)[0], abs=1e-6)
    assert there.apart[0] == pytest.approx(here.apart[0] * scale)


def test_the_distance_of_the_eyes_is_in_pixels():
    assert seen(head(Pose())).apart[0] == pytest.approx(PIXELS, rel=0.01)


@given(arrays.arrays(np.float64, (3, 68, 2), elements=st.floats(allow_nan=True, allow_infinity=True) | st.just(0.0)))
def test_all_signals_are_finite_whatever_the_landmarks(points):
    read = signals_of(Track(tuple(Sample(index / 10, each) for index, each in enumerate(points))))

    for name in ("eyes", "mouth", "nose", "tall", "apart"):
        values = getattr(read, name)
        assert values.shape == (3,)
        assert np.isfinite(values).all()


@pytest.mark.parametrize("huge", [1e300, -1e300, float("inf")])
def test_landmarks_beyond_every_picture_have_finite_signals(huge):
    points = head(Pose())
    points[36], points[30], points[63] = huge, -huge, huge
    read = seen(points)
    assert all(np.isfinite(getattr(read, name)).all() for name in ("eyes", "mouth", "nose", "tall", "apart"))
    assert abs(read.nose[0]) < 1e7


def test_frames_without_a_face_have_no_signals():
    read = signals_of(Track((Sample(0.0), sample(0.1, head(Pose())), Sample(0.2))))
    assert list(read.times) == [0.1]
    assert not len(signals_of(Track(())).nose)
