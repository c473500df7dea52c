"""Exact binomial intervals against published values, and against their definition."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveness.intervals import exact

# Clopper & Pearson 1934 and the tables of ISO/IEC 30107-3 use; 0 of n is 1 - (alpha / 2) ** (1 / n).
PUBLISHED = [
    (0, 20, 0.0, 0.1684),
    (20, 20, 0.8316, 1.0),
    (3, 30, 0.0211, 0.2653),
    (27, 30, 0.7347, 0.9789),
    (5, 10, 0.1871, 0.8129),
    (1, 10, 0.0025, 0.4450),
    (0, 1, 0.0, 0.9750),
    (10, 100, 0.0490, 0.1762),
    (0, 300, 0.0, 0.0122),
]


@pytest.mark.parametrize(("hits", "of", "low", "high"), PUBLISHED)
def test_an_interval_is_the_published_one(hits, of, low, high):
    assert exact(hits, of) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_another_confidence_has_another_interval():
    assert exact(0, 20, 0.90) == (0.0, pytest.approx(1 - 0.05 ** (1 / 20)))


def test_nothing_tried_says_nothing():
    assert exact(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("hits", "of"), [(2, 1), (-1, 3), (0, -1)])
def test_more_hits_than_tries_are_refused(hits, of):
    with pytest.raises(ValueError, match="more hits"):
        exact(hits, of)


@given(st.integers(1, 60), st.data())
def test_at_each_end_the_tail_is_a_fortieth(of, data):
    hits = data.draw(st.integers(0, of))
    low, high = exact(hits, of)

    def chance(counts, share: float) -> float:
        return sum(comb(of, k) * share**k * (1 - share) ** (of - k) for k in counts)

    assert low <= hits / of <= high
    if hits:
        assert chance(range(hits, of + 1), low) == pytest.approx(0.025, rel=1e-6)
    if hits < of:
        assert chance(range(hits + 1), high) == pytest.approx(0.025, rel=1e-6)
