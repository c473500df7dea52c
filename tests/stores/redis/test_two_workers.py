"""Two workers, each with its own connections and its own clients of one upstream, on one real server."""

import contextlib
import socket

import httpx
import pytest
import structlog

from adapters.http import IDEMPOTENT_CHECK, Request, Surroundings, Upstream
from idp.domain.circuits import ChannelState, quota_day_ends
from idp.domain.errors import Unavailable
from idp.stores.redis.breakers import RedisBreakers
from idp.stores.redis.connect import open as open_wire
from idp.stores.redis.memory import eviction_policies
from tests.adapters.rigs import streamed
from tests.contract.threads import at_once
from tests.doubles import SeededRandomness, SteppingClock
from tests.valkey import CountingWire, Deployment

CHANNEL = "police_population"


class System:
    """The upstream: down until it is mended; it knows how often it was asked."""

    def __init__(self) -> None:
        self.down, self.asked = True, 0

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        return streamed(500 if self.down else 200, b"fine")


class Worker:
    """What one process has: a wire, breakers over it, a client of the upstream."""

    def __init__(self, url: str, system: System, clock: SteppingClock, **more) -> None:
        self.wire = CountingWire(open_wire(url, timeout=0.5))
        self.breakers = RedisBreakers(self.wire)
        around = Surroundings(
            clock, SeededRandomness(), httpx.MockTransport(system.answer), lambda _: None, self.breakers, **more
        )
        self._clock = clock
        self._upstream = Upstream(CHANNEL, "https://upstream.test", around)

    def call(self) -> bytes | None:
        """The answer, or None when there was none."""
        with contextlib.suppress(Unavailable):
            deadline = self._clock.now() + 20
            return self._upstream.ask(
                "check", lambda send: send(Request("/")).body, IDEMPOTENT_CHECK, deadline=deadline
            )
        return None

    def close(self) -> None:
        self._upstream.close()
        self.wire.close()


@pytest.fixture
def system() -> System:
    return System()


@pytest.fixture
def workers(standalone: Deployment, system: System, clock: SteppingClock):
    made = [Worker(standalone.url, system, clock, daily_quota=40) for _ in range(2)]
    yield made
    for each in made:
        each.close()


def test_the_failures_of_all_workers_open_one_breaker_for_all(workers, system, clock):
    one, other = workers
    assert [one.call(), other.call(), one.call(), other.call(), one.call()] == [None] * 5
    assert system.asked == 5
    assert other.call() is None
    assert system.asked == 5
    state = other.breakers.states([CHANNEL], now=clock.now())[CHANNEL]
    assert (state.retry_at, state.since) == (clock.now() + 30, clock.now())


def test_after_thirty_seconds_exactly_one_call_of_all_workers_is_the_probe(workers, system, clock):
    for _ in range(5):
        workers[0].call()
    clock.advance(30)
    at_once(20, lambda n: workers[n % 2].call())
    assert system.asked == 6
    system.down = False
    clock.advance(30)
    answers = at_once(20, lambda n: workers[n % 2].call())
    assert b"fine" in answers
    assert [worker.call() for worker in workers] == [b"fine", b"fine"]
    assert workers[1].breakers.states([CHANNEL], now=clock.now())[CHANNEL].broken == ()


def test_a_worker_that_dies_with_the_probe_leaves_it_to_another(workers, system, clock):
    for _ in range(5):
        workers[0].call()
    clock.advance(30)
    operation = _operation(workers[0])
    assert workers[0].breakers.enter(operation, now=clock.now()).probe  # and never reports
    system.down = False
    assert workers[1].call() is None
    clock.advance(30)
    assert workers[1].call() == b"fine"


def test_all_workers_share_one_quota_and_one_of_them_says_so(workers, system, clock):
    system.down = False
    with structlog.testing.capture_logs() as logs:
        answers = at_once(20, lambda n: [workers[n % 2].call() for _ in range(3)])
    assert [answer for each in answers for answer in each].count(b"fine") == system.asked == 40
    events = [line["event"] for line in logs if line["event"].startswith("channel_quota")]
    assert sorted(events) == ["channel_quota_low", "channel_quota_used_up"]
    clock.advance(quota_day_ends(clock.now()) - clock.now())
    assert workers[0].call() == b"fine"


def test_a_call_is_two_round_trips_and_the_page_of_all_channels_one(workers, system):
    system.down = False
    worker = workers[0]
    worker.call()
    assert worker.wire.round_trips == 2
    worker.breakers.states([CHANNEL, "unionpay_card", "sms"], now=0)
    assert worker.wire.round_trips == 3


def test_a_server_that_is_away_stops_no_channel(system, clock):
    with socket.socket() as taken:  # bound and not listening: nobody answers there
        taken.bind(("127.0.0.1", 0))
        worker = Worker(f"redis://127.0.0.1:{taken.getsockname()[1]}", system, clock)
        system.down = False
        with structlog.testing.capture_logs() as logs:
            assert [worker.call() for _ in range(3)] == [b"fine"] * 3
        worker.close()
    assert [line["event"] for line in logs].count("breaker_store_unavailable") == 6


def test_nothing_is_kept_for_ever(workers, clock, standalone: Deployment):
    for _ in range(4):
        workers[0].call()
    workers[0].breakers.pause(CHANNEL, until=clock.now() + 5, now=clock.now())
    lives = standalone.lives()
    assert len(lives) == 2
    assert all(0 < life <= 2 * 86_400_000 for life in lives.values())


def test_results_that_expired_on_the_server_are_not_counted_any_more(workers, clock, standalone: Deployment):
    """The list goes by the server's own clock; what was counted of it must go with it."""
    worker, operation = workers[0], _operation(workers[0])
    for number in range(19):
        given = worker.breakers.enter(operation, now=clock.now())
        worker.breakers.leave(operation, given, failed=number % 2 == 0, now=clock.now())
    [results] = [key for key in standalone.lives() if b"calls:" in key]
    standalone.nodes[0].delete(results)
    for number in range(19):
        given = worker.breakers.enter(operation, now=clock.now())
        assert worker.breakers.leave(operation, given, failed=number % 3 == 1, now=clock.now()) is None
    assert worker.breakers.states([CHANNEL], now=clock.now())[CHANNEL] == ChannelState()


def test_what_a_server_does_with_a_full_memory_can_be_asked(workers, standalone: Deployment):
    [server] = standalone.nodes
    wire = workers[0].wire
    assert eviction_policies(wire) == {"noeviction"}
    server.config_set("maxmemory-policy", "allkeys-lru")
    try:
        assert eviction_policies(wire) == {"allkeys-lru"}
    finally:
        server.config_set("maxmemory-policy", "noeviction")


@pytest.mark.cluster
def test_every_node_of_a_cluster_is_asked_what_it_does_with_a_full_memory(cluster, cluster_wire):
    cluster.nodes[2].config_set("maxmemory-policy", "volatile-ttl")
    try:
        assert eviction_policies(cluster_wire) == {"noeviction", "volatile-ttl"}
    finally:
        cluster.nodes[2].config_set("maxmemory-policy", "noeviction")


def _operation(worker: Worker):
    from idp.domain.circuits import Operation

    return Operation(CHANNEL, "upstream.test", "check")
