"""Whether the skin answered the colours: rank and strength, on drawn skin."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveness.challenge import COLOURS, Flash
from liveness.flash import rank, strength
from liveness.thresholds import DEFAULT
from liveness.track import Sample, Track
from tests.liveness.drawn import Pose, head, sample

ORDER = ("red", "green", "blue", "green", "red", "blue")
SKIN = np.array([90.0, 100.0, 130.0])  # blue, green, red
orders = st.sampled_from([order for order in product(COLOURS, repeat=6) if set(order) == set(COLOURS)])


def lit(
    shone, *, gain: float = 0.04, noise: float = 0.002, rate: float = 12.0, late: float = 0.12, seed: int = 0
) -> Track:
    """A face before a screen that shines these colours from second 1, each for half a second."""
    random, face = np.random.default_rng(seed), head(Pose())
    samples = []
    for index in range(int(5 * rate)):
        at = index / rate
        step = int((at - 1.0 - late) // 0.5)
        colour = SKIN * (1 + random.normal(0, noise, 3))
        if at >= 1.0 + late and step < len(shone):
            colour[COLOURS[::-1].index(shone[step])] += gain * SKIN.sum()
        samples.append(sample(at, face, colour=tuple(colour)))
    return Track(tuple(samples))


def asked(order=ORDER) -> Flash:
    return Flash(order, 1.0, 0.5)


@given(orders, st.floats(0.03, 0.1), st.integers(0, 1000))
def test_skin_that_answers_the_order_ranks_first(order, gain, seed):
    track = lit(order, gain=gain, seed=seed)
    assert rank(track, asked(order)) >= DEFAULT.flash_rank
    assert strength(track, asked(order)) >= DEFAULT.flash_strength


@given(orders, st.integers(0, 1000))
def test_skin_that_answers_nothing_is_not_strong(order, seed):
    assert abs(strength(lit((), seed=seed), asked(order))) < DEFAULT.flash_strength / 2


def test_skin_that_answers_nothing_ranks_by_chance():
    ranks = [rank(lit((), seed=seed), asked()) for seed in range(200)]
    assert 0.4 < np.mean(ranks) < 0.6
    assert np.mean([value >= DEFAULT.flash_rank for value in ranks]) < 0.12


def test_the_colours_of_a_recording_speak_against_it():
    recorded = ("green", "blue", "red", "red", "blue", "green")
    assert strength(lit(recorded), asked()) <= -DEFAULT.flash_strength
    assert rank(lit(recorded), asked()) < 0.5


def test_strength_is_what_the_lit_colour_has_more_than_the_others():
    assert strength(lit(ORDER, gain=0.05, noise=0.0), asked()) == pytest.approx(0.05 / 1.05)


def test_strength_is_a_share_of_the_light_and_grows_with_it():
    values = [strength(lit(ORDER, gain=gain, noise=0.0), asked()) for gain in (0.01, 0.02, 0.04, 0.08)]
    assert values == sorted(values)
    dark = Track(tuple(Sample(e.at, e.points, colour=tuple(v / 3 for v in e.colour)) for e in lit(ORDER).samples))
    assert strength(dark, asked()) == pytest.approx(strength(lit(ORDER), asked()))


def test_a_screen_that_lags_by_more_than_half_a_step_is_answered():
    assert rank(lit(ORDER, late=0.3, rate=24.0), asked()) >= DEFAULT.flash_rank


@pytest.mark.parametrize(
    ("track", "flash"),
    [
        (Track(()), asked()),
        (lit(ORDER, rate=2.0), asked()),
        (Track(lit(ORDER).samples[:30]), asked()),
        (Track(tuple(Sample(each.at) for each in lit(ORDER).samples)), asked()),
        (lit(ORDER), Flash(ORDER, 100.0, 0.5)),
    ],
    ids=["no frames", "too few a second", "ended early", "no face", "another time"],
)
def test_too_few_frames_say_nothing(track, flash):
    assert rank(track, flash) is None
    assert strength(track, flash) == 0.0


def test_one_colour_all_along_says_nothing():
    assert rank(lit(ORDER), asked(("red",) * 6)) is None
