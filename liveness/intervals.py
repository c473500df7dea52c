"""Exact binomial confidence intervals (Clopper & Pearson, Biometrika 26, 1934)."""

from collections.abc import Callable
from math import comb


def exact(hits: int, of: int, confidence: float = 0.95) -> tuple[float, float]:
    """The interval in which the true share lies, given ``hits`` of ``of``; (0, 1) when nothing was tried.

    Raises ValueError when there are more hits than tries.
    """
    if not 0 <= hits <= of:
        raise ValueError("more hits than tries")
    tail = (1.0 - confidence) / 2
    low = 0.0 if hits == 0 else _root(lambda share: _at_least(hits, of, share) - tail)
    high = 1.0 if hits == of else _root(lambda share: tail - _at_least(hits + 1, of, share, upper=False))
    return low, high


def _at_least(hits: int, of: int, share: float, *, upper: bool = True) -> float:
    """The chance of at least ``hits`` (or, not ``upper``, of fewer) hits."""
    wanted = range(hits, of + 1) if upper else range(hits)
    return sum(comb(of, k) * share**k * (1.0 - share) ** (of - k) for k in wanted)


def _root(rising: Callable[[float], float]) -> float:
    """Where a rising function crosses zero between 0 and 1."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if rising(middle) > 0 else (middle, high)
    return (low + high) / 2
