"""The circuit breaker and the daily quota, by themselves and around calls."""

import pytest
import structlog

from adapters.breaker import InProcessBreakers
from adapters.http import SECRET_FETCH
from idp.domain.circuits import quota_alert_at, quota_day_ends
from idp.domain.errors import Distrusted, StoreUnavailable, Unavailable
from tests.adapters.net import Net, ok, status
from tests.adapters.rigs import streamed
from tests.contract.breakers import BreakersContract


class TestInProcess(BreakersContract):
    @pytest.fixture
    def breakers(self):
        return InProcessBreakers()


# ---- around calls ---------------------------------------------------------------------------------------------------


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


class Gone:
    """Breakers whose store gives no answer, from the ``good``-th question on."""

    def __init__(self, good: int = 0) -> None:
        self._good = good

    def enter(self, operation, *, now, daily_quota=None):
        return self._ask(lambda: InProcessBreakers().enter(operation, now=now))

    def leave(self, operation, given, *, failed, now):
        return self._ask(lambda: None)

    def _ask(self, answer):
        self._good -= 1
        if self._good < 0:
            raise StoreUnavailable("redis: TimeoutError")
        return answer()


@pytest.mark.parametrize("good", [0, 1])
def test_a_store_that_does_not_answer_stops_no_channel_and_is_logged(good):
    net = Net(ok, breakers=Gone(good))
    with structlog.testing.capture_logs() as logs:
        assert net.call() == b"fine"
    said = [line for line in logs if line["event"] == "breaker_store_unavailable"]
    assert len(said) == 2 - good
    assert said[0]["channel"] == "test_channel"


def test_operators_hear_once_when_a_breaker_opens_and_once_when_it_closes():
    net = Net(*[status(500)] * 6, ok)
    with structlog.testing.capture_logs() as logs:
        for wait in [0] * 5 + [30]:
            net.clock.advance(wait)
            with pytest.raises(Unavailable):
                net.call()
        net.clock.advance(30)
        net.call()
    turns = [(line["event"], line["operation"]) for line in logs if line["event"].startswith("channel_breaker")]
    assert turns == [("channel_breaker_opened", "check"), ("channel_breaker_closed", "check")]


def test_a_quota_that_is_used_up_asks_nobody_before_the_next_day_in_china():
    net = Net(ok, daily_quota=2)
    assert [net.call(), net.call()] == [b"fine"] * 2
    with pytest.raises(Unavailable) as caught:
        net.call()
    assert caught.value.retry_at == quota_day_ends(net.clock.now()) == net.clock.now() + 16 * 3600
    assert len(net.requests) == 2
    net.clock.advance(16 * 3600)
    assert net.call() == b"fine"


def test_tokens_are_not_counted_against_the_quota():
    net = Net(ok, daily_quota=1)
    for _ in range(3):
        net.call(SECRET_FETCH, operation="token")
    assert net.call() == b"fine"


def test_operators_hear_once_of_four_fifths_of_a_quota_and_once_of_its_end():
    net = Net(ok, daily_quota=10)
    with structlog.testing.capture_logs() as logs:
        for _ in range(10):
            net.call()
    alerts = [line for line in logs if line["event"].startswith("channel_quota")]
    assert [(line["event"], line["used"], line["quota"]) for line in alerts] == [
        ("channel_quota_low", 8, 10),
        ("channel_quota_used_up", 10, 10),
    ]


@pytest.mark.parametrize(("quota", "alert"), [(1, 1), (2, 2), (5, 4), (10, 8), (11, 9), (10_000, 8000)])
def test_the_alert_comes_at_four_fifths_rounded_up(quota, alert):
    assert quota_alert_at(quota) == alert


@pytest.mark.parametrize(
    ("header", "seconds"), [("600", 600), ("0", 0), ("999999999", 86_400), ("soon", None), ("", None), ("-5", None)]
)
@pytest.mark.parametrize("code", [429, 503])
def test_an_upstream_may_say_when_it_is_back(code, header, seconds):
    def away(_):
        response = streamed(code, b"maintenance")
        response.headers["Retry-After"] = header
        return response

    net = Net(away)
    with pytest.raises(Unavailable) as caught:
        net.call()
    assert caught.value.retry_at == (None if seconds is None else net.clock.now() + seconds)
    assert (len(net.requests) == 1) is (seconds is not None or code == 429)
