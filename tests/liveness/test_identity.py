"""One person throughout, and whose portrait: distances between drawn descriptors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveness.identity import Likeness, Portrait, frontal, match, spread, template_of
from liveness.signals import signals_of
from liveness.thresholds import DEFAULT
from liveness.track import DESCRIPTOR, Sample, Track
from tests.liveness.drawn import Pose, descriptor, head, sample

FACE = head(Pose())
ORIGIN = np.zeros(DESCRIPTOR)


def away(*distances: float) -> list[Sample]:
    """Frames whose descriptors lie at these distances from the portrait in the origin."""
    return [sample(index / 10, FACE, descriptor=_at(distance)) for index, distance in enumerate(distances)]


def _at(distance: float, axis: int = 0):
    place = np.zeros(DESCRIPTOR)
    place[axis] = distance
    return place


def portrait(*cohort: float) -> Portrait:
    """In the origin, with people of a cohort at these places on the way to the frames."""
    others = np.array([_at(place) for place in cohort]).reshape(-1, DESCRIPTOR)
    return Portrait(ORIGIN, others)


# What five frames are away, where the cohort lies on the line from the portrait to the frames, and what it is.
ROWS = [
    ("near", 0.39, [], Likeness.SAME, None),
    ("beyond the narrow limit", 0.41, [], Likeness.UNSURE, None),
    ("far", 0.59, [], Likeness.UNSURE, None),
    ("another", 0.61, [], Likeness.OTHER, None),
    ("near, the cohort far", 0.39, [1.0], Likeness.SAME, 0.22),
    ("near, but one of the cohort is nearer", 0.39, [0.6], Likeness.OTHER, -0.18),
    ("wide limit, clear margin", 0.47, [1.05], Likeness.SAME, 0.11),
    ("wide limit, margin just enough", 0.47, [1.021], Likeness.SAME, 0.081),
    ("wide limit, margin too small", 0.47, [1.0], Likeness.UNSURE, 0.06),
    ("beyond the wide limit, clear margin", 0.49, [1.5], Likeness.UNSURE, 0.52),
    ("wide limit, one of the cohort is nearer", 0.47, [0.8], Likeness.OTHER, -0.14),
    ("the nearest of the cohort counts", 0.47, [2.0, 1.0, -1.0], Likeness.UNSURE, 0.06),
    ("another, whatever the cohort", 0.61, [3.0], Likeness.OTHER, 1.78),
]


@pytest.mark.parametrize(("distance", "cohort", "likeness", "margin"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_a_match_is_narrow_alone_and_wider_with_a_clear_margin(distance, cohort, likeness, margin):
    found = match(away(*[distance] * 5), portrait(*cohort), DEFAULT)

    assert found.likeness is likeness
    assert found.distance == pytest.approx(distance)
    assert found.frames == 5
    assert found.margin == (None if margin is None else pytest.approx(margin))


def test_the_median_decides_so_two_bad_frames_of_five_do_not():
    assert match(away(0.3, 0.3, 0.35, 0.7, 0.8), portrait(), DEFAULT).likeness is Likeness.SAME
    assert match(away(0.3, 0.3, 0.65, 0.7, 0.8), portrait(), DEFAULT).likeness is Likeness.OTHER


def test_fewer_than_five_frames_are_not_sure_however_near_or_far():
    for distance in (0.0, 0.9):
        found = match(away(*[distance] * 4), portrait(), DEFAULT)
        assert found.likeness is Likeness.UNSURE
        assert found.frames == 4


@given(st.integers(0, 500), st.integers(501, 1000))
def test_drawn_people_match_themselves_and_nobody_else(person, other):
    frames = [sample(index / 10, FACE, descriptor=descriptor(person, index)) for index in range(6)]

    assert match(frames, Portrait(descriptor(person, 77)), DEFAULT).likeness is Likeness.SAME
    assert match(frames, Portrait(descriptor(other, 77)), DEFAULT).likeness is Likeness.OTHER


def test_one_person_is_near_and_two_are_apart():
    one = Track(tuple(sample(index / 10, FACE, person=1) for index in range(6)))
    two = Track((*one.samples, sample(0.7, FACE, person=2)))

    assert spread(one.samples) < 0.4
    assert spread(two.samples) > DEFAULT.same


def test_the_spread_is_that_of_the_worst_frame_from_the_typical_one():
    assert spread(away(0.0, 0.0, 0.0, 0.2, 0.55)) == pytest.approx(0.55)
    assert spread(away(0.5, 0.0, 0.0)) == pytest.approx(0.5)


def test_fewer_than_two_descriptors_have_no_spread():
    assert spread([]) == spread(away(0.3)) == 0.0


@pytest.mark.parametrize(("yaw", "counts"), [(0, True), (8, True), (-8, True), (20, False), (-20, False)])
def test_only_faces_that_look_into_the_camera_are_compared(yaw, counts):
    samples = [sample(index / 10, FACE) for index in range(9)]
    samples.append(sample(1.0, head(Pose(yaw=yaw)), person=1))
    track = Track(tuple(samples))

    assert bool(frontal(track, signals_of(track))) is counts


def test_a_track_without_a_face_has_no_frontal_frame():
    track = Track((Sample(0.0),))
    assert frontal(track, signals_of(track)) == ()


def test_a_template_is_the_mean_of_descriptors():
    assert template_of(away(0.2, 0.4)) == pytest.approx(_at(0.3))
    with pytest.raises(ValueError, match="descriptor"):
        template_of([sample(0.0, FACE)])


def test_nothing_of_a_face_is_printed():
    assert "0.3" not in repr(away(0.3)[0])
    assert "array" not in repr(portrait(1.0))
