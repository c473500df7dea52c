"""Which faces are described: wherever one jumped, by chance, and never more than may be."""

import numpy as np
import pytest

from liveness.challenge import Movement, Prompt
from liveness.describing import MOST_DESCRIBED, due, jumped
from liveness.session import Session
from liveness.thresholds import DEFAULT
from liveness.track import Sample
from tests.liveness.drawn import Pose, head, sample

FACE = head(Pose())
WIDE = float(FACE[:, 0].max() - FACE[:, 0].min())


def moved(at: float, across: float = 0.0, down: float = 0.0, person: int | None = None) -> Sample:
    """A face so many widths away from its place."""
    return sample(at, np.add(FACE, (across * WIDE, down * WIDE)), person=person)


def calm(*samples: Sample, waits: float | None = None) -> Session:
    """A capture before its first prompt, which is due long after."""
    return Session((), (), (), 0.0, samples=samples, due=waits)


def never() -> float:
    return 0.999


@pytest.mark.parametrize(("across", "down"), [(0.6, 0.0), (-0.6, 0.0), (0.0, 0.6), (0.0, -0.6)])
def test_a_face_that_jumped_any_way_is_described(across, down):
    assert jumped(moved(0.0), moved(0.1, across, down), DEFAULT)
    assert due(calm(moved(0.0)), moved(0.1, across, down), DEFAULT, never)


@pytest.mark.parametrize(("across", "down"), [(0.0, 0.0), (0.4, 0.4), (-0.4, 0.4)])
def test_a_face_that_swayed_is_not(across, down):
    assert not jumped(moved(0.0), moved(0.1, across, down), DEFAULT)
    assert not due(calm(moved(0.0)), moved(0.1, across, down), DEFAULT, never)


def test_a_frame_without_a_face_is_not_described():
    assert not due(calm(moved(0.0), waits=0.0), Sample(0.1), DEFAULT, lambda: 0.0)


def test_once_a_face_is_in_place_any_frame_may_be_described_by_chance():
    assert due(calm(moved(0.0), waits=9.0), moved(0.1), DEFAULT, lambda: 0.0)
    assert not due(calm(moved(0.0), waits=9.0), moved(0.1), DEFAULT, never)
    assert not due(calm(moved(0.0)), moved(0.1), DEFAULT, lambda: 0.0)


def test_a_face_is_described_shortly_before_the_first_prompt_and_once():
    assert due(calm(moved(0.0), waits=0.4), moved(0.1), DEFAULT, never)
    assert not due(calm(moved(0.0, person=1), waits=0.4), moved(0.1), DEFAULT, never)


def test_a_face_is_described_once_after_every_movement():
    over = Prompt(Movement.BLINK, 1.0, 2.0)
    during = Session((), (), (), 0.0, samples=(moved(1.5, person=1),), due=9.0, prompts=(over,))
    after = Session((), (), (), 0.0, samples=(moved(2.1, person=1),), due=9.0, prompts=(over,))
    assert due(during, moved(2.2), DEFAULT, never)
    assert not due(after, moved(2.2), DEFAULT, never)


def test_however_often_a_face_jumps_no_more_are_described_than_may_be():
    many = [moved(index / 10, 0.7 * (index % 2), person=1) for index in range(MOST_DESCRIBED)]
    assert due(calm(*many[1:]), moved(9.0, 5.0), DEFAULT, never)
    assert not due(calm(*many), moved(9.0, 5.0), DEFAULT, never)
