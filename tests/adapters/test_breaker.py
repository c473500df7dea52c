"""The circuit breaker, by itself and around calls."""

import pytest

from adapters.breaker import InProcessBreakers
from idp.domain.errors import Distrusted, Unavailable
from tests.adapters.net import Net, ok, status

# ---- the breaker ----------------------------------------------------------------------------------------------------


def test_five_failures_in_a_row_open_the_breaker_and_a_good_probe_closes_it():
    net = Net(*[status(500)] * 5, ok)
    for _ in range(5):
        with pytest.raises(Unavailable):
            net.call()
    with pytest.raises(Unavailable) as caught:
        net.call()
    assert caught.value.retry_at == net.clock.now() + 30
    assert len(net.requests) == 5

    net.clock.advance(30)
    assert net.call() == b"fine"
    assert net.call() == b"fine"


def test_a_bad_probe_keeps_the_breaker_open_for_another_30_seconds():
    net = Net(status(500))
    for _ in range(5):
        with pytest.raises(Unavailable):
            net.call()
    net.clock.advance(30)
    with pytest.raises(Unavailable):
        net.call()
    assert len(net.requests) == 6
    net.clock.advance(29)
    with pytest.raises(Unavailable):
        net.call()
    assert len(net.requests) == 6


def test_only_one_probe_passes_at_a_time():
    breakers = InProcessBreakers()
    for _ in range(5):
        assert breakers.enter("k", now=0) is None
        breakers.leave("k", failed=True, now=0)
    assert breakers.open_until("k", now=10) == 30
    assert breakers.enter("k", now=30) is None
    assert breakers.enter("k", now=31) == 60
    breakers.leave("k", failed=False, now=32)
    assert breakers.open_until("k", now=32) is None
    assert breakers.enter("k", now=32) is None


def test_half_of_twenty_within_a_minute_opens_the_breaker():
    breakers = InProcessBreakers()
    for number in range(20):
        assert breakers.enter("k", now=number) is None
        breakers.leave("k", failed=number % 2 == 1, now=number)
    assert breakers.open_until("k", now=20) == 19 + 30


def test_failures_of_more_than_a_minute_ago_are_forgotten():
    breakers = InProcessBreakers()
    for number in range(40):
        at = number * 7.0
        assert breakers.enter("k", now=at) is None
        breakers.leave("k", failed=number % 2 == 1, now=at)
    assert breakers.open_until("k", now=280) is None


def test_operations_break_apart_from_each_other():
    net = Net(*[status(500)] * 5, ok)
    for _ in range(5):
        with pytest.raises(Unavailable):
            net.call(operation="token")
    assert net.call(operation="check") == b"fine"


def test_distrusted_answers_do_not_open_the_breaker():
    net = Net(status(302))
    for _ in range(10):
        with pytest.raises(Distrusted):
            net.call()
    assert len(net.requests) == 10
