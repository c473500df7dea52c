"""Every gate, one row each: what is good passes, what is bad names its trouble and no other."""

from dataclasses import replace

import numpy as np
import pytest

from liveness.quality import Trouble, gates, jump
from liveness.signals import signals_of
from liveness.thresholds import DEFAULT
from liveness.track import Sample, Track
from tests.liveness.drawn import PIXELS, Pose, head, sample

FACE = head(Pose())


def good(count: int = 60, rate: float = 12.0, **more) -> Track:
    return Track(tuple(sample(index / rate, FACE, **more) for index in range(count)))


def scaled(scale: float) -> Track:
    return Track(tuple(sample(index / 12, (FACE - 200) * scale + 200) for index in range(60)))


def some(every: int, **other) -> Track:
    """One frame of ``every`` is different."""
    return Track(
        tuple(replace(each, **other) if index % every == 0 else each for index, each in enumerate(good().samples))
    )


def jumping(widths: float) -> Track:
    wide = FACE[:, 0].max() - FACE[:, 0].min()
    return Track(tuple(sample(i / 12, np.add(FACE, (widths * wide if i >= 30 else 0.0, 0.0))) for i in range(60)))


def troubles(track: Track) -> list[Trouble]:
    return [gate.trouble for gate in gates(track, signals_of(track), DEFAULT) if not gate.holds]


ROWS = [
    ("few frames", good(DEFAULT.fewest_frames - 1), [Trouble.TOO_SLOW]),
    ("enough frames", good(DEFAULT.fewest_frames), []),
    ("slow", good(40, DEFAULT.fewest_a_second - 0.2), [Trouble.TOO_SLOW]),
    ("slow, yet fast enough", good(40, DEFAULT.fewest_a_second + 0.2), []),
    ("dark", good(light=DEFAULT.darkest - 1), [Trouble.MORE_LIGHT]),
    ("dim", good(light=DEFAULT.darkest + 1), []),
    ("glaring", good(light=DEFAULT.brightest + 1), [Trouble.LESS_LIGHT]),
    ("bright", good(light=DEFAULT.brightest - 1), []),
    ("dark for a moment", some(3, light=10.0), []),
    ("away for a moment", some(15, points=None), []),
    ("away often", some(8, points=None), [Trouble.NO_FACE]),
    ("somebody passes", some(15, faces=2), []),
    ("two before the camera", some(8, faces=2), [Trouble.ONE_PERSON]),
    ("far away", scaled((DEFAULT.apart - 1) / PIXELS), [Trouble.CLOSER]),
    ("near enough", scaled((DEFAULT.apart + 1) / PIXELS), []),
    ("too near", scaled((DEFAULT.apart_most + 2) / PIXELS), [Trouble.FARTHER]),
    ("near", scaled((DEFAULT.apart_most - 2) / PIXELS), []),
    ("covered", good(found=DEFAULT.found - 0.05), [Trouble.UNCOVER]),
    ("half in shade", good(found=DEFAULT.found + 0.05), []),
    ("blurred", good(sharpness=DEFAULT.sharpness - 1), [Trouble.HOLD_STILL]),
    ("soft", good(sharpness=DEFAULT.sharpness + 1), []),
    ("jumped", jumping(DEFAULT.jump + 0.05), [Trouble.STAY_IN_PLACE]),
    ("swayed", jumping(DEFAULT.jump - 0.05), []),
]


@pytest.mark.parametrize(("track", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_gate_names_its_own_trouble_and_no_other(track, expected):
    assert troubles(track) == expected


def test_every_trouble_has_a_row():
    assert {trouble for _, _, expected in ROWS for trouble in expected} == set(Trouble)


def test_light_is_told_before_everything_else():
    nothing = Track(tuple(Sample(index / 12, light=5.0) for index in range(60)))
    assert troubles(nothing)[:2] == [Trouble.MORE_LIGHT, Trouble.NO_FACE]


def test_no_frames_at_all_end_in_gates_that_do_not_hold():
    found = gates(Track(()), signals_of(Track(())), DEFAULT)
    assert Trouble.NO_FACE in [gate.trouble for gate in found if not gate.holds]
    assert Trouble.TOO_SLOW in [gate.trouble for gate in found if not gate.holds]


def test_frames_of_one_moment_are_no_rate():
    still = Track(tuple(sample(1.0, FACE) for _ in range(60)))
    assert troubles(still) == [Trouble.TOO_SLOW]


def test_frames_closer_than_a_clock_can_tell_are_no_rate():
    rushed = Track(tuple(sample(index * 1e-320, FACE) for index in range(60)))
    gate = gates(rushed, signals_of(rushed), DEFAULT)[-1]
    assert (gate.name, gate.value, gate.holds) == ("frames_a_second", 0.0, False)


def test_a_gate_carries_its_number_and_its_limit():
    gate = next(gate for gate in gates(good(light=DEFAULT.darkest - 1), signals_of(good()), DEFAULT) if not gate.holds)
    assert (gate.name, gate.value, gate.limit) == ("light", DEFAULT.darkest - 1, DEFAULT.darkest)


def test_a_jump_is_in_widths_of_the_face():
    assert jump(jumping(0.3)) == pytest.approx(0.3)
    assert jump(Track(())) == jump(good(1)) == 0.0


def test_a_jump_down_counts_as_one_to_the_side():
    samples = [Sample(0.0, FACE, (0.0, 0.0, 100.0, 100.0)), Sample(0.1, FACE, (30.0, 40.0, 130.0, 140.0))]
    assert jump(Track(tuple(samples))) == pytest.approx(0.5)
