"""No answer is never taken for an answer: what breaks is StoreUnavailable, and what mends is used again."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from idp.domain.errors import StoreUnavailable
from idp.stores.redis.connect import open as open_wire
from idp.stores.redis.embedded import EmbeddedServer
from idp.stores.redis.sessions import RedisSessions
from idp.stores.redis.wire import Call, Wire, load
from idp.system import SystemRandomness
from tests.contract.sign_on import facts
from tests.contract.threads import at_once

FORGET = load("forget")
WIRES = ["", "?health_check_interval=0"]


@pytest.fixture
def server() -> Iterator[EmbeddedServer]:
    with tempfile.TemporaryDirectory(prefix="valkey-") as directory, EmbeddedServer(Path(directory)) as running:
        yield running


@pytest.fixture(params=WIRES, ids=["fast", "redis-py"])
def own_wire(server: EmbeddedServer, request) -> Iterator[Wire]:
    with contextlib.closing(open_wire(server.url + request.param)) as wire:
        yield wire


@pytest.fixture
def admin(server: EmbeddedServer) -> Iterator[redis.Redis]:
    with contextlib.closing(redis.Redis.from_url(server.url)) as client:
        yield client


def test_a_stopped_server_is_unavailable_and_a_restarted_one_is_used_again(server, own_wire, clock):
    sessions = RedisSessions(own_wire, SystemRandomness())
    token = sessions.open(facts(clock), now=clock.now())
    at_once(4, lambda _: sessions.read(token, now=clock.now()))  # several pooled connections
    server.stop()
    for _ in range(6):
        with pytest.raises(StoreUnavailable):
            sessions.read(token, now=clock.now())
    server.start()
    assert sessions.read(token, now=clock.now()) == facts(clock)


def test_connections_that_died_in_the_pool_are_replaced_without_an_error(server, own_wire, clock):
    sessions = RedisSessions(own_wire, SystemRandomness())
    token = sessions.open(facts(clock), now=clock.now())
    at_once(4, lambda _: sessions.read(token, now=clock.now()))
    server.stop()
    server.start()
    assert at_once(4, lambda _: sessions.read(token, now=clock.now())) == [facts(clock)] * 4


def test_scripts_that_the_server_forgot_are_sent_again(own_wire, admin, clock):
    sessions = RedisSessions(own_wire, SystemRandomness())
    token = sessions.open(facts(clock), now=clock.now())
    admin.script_flush()
    assert sessions.read(token, now=clock.now()) == facts(clock)
    admin.script_flush()
    assert own_wire.many([Call(FORGET, ["a"]), Call(FORGET, ["b"])]) == [0, 0]


def test_a_full_memory_is_unavailable_and_writes_nothing(own_wire, admin, clock):
    sessions = RedisSessions(own_wire, SystemRandomness())
    sessions.open(facts(clock), now=clock.now())
    before = admin.dbsize()
    admin.config_set("maxmemory", "1")
    with pytest.raises(StoreUnavailable, match=r"OOM|OutOfMemory"):
        sessions.open(facts(clock, "citizen-2"), now=clock.now())
    assert admin.dbsize() == before
    admin.config_set("maxmemory", "0")
    assert sessions.open(facts(clock, "citizen-2"), now=clock.now())


def test_a_replica_that_may_not_write_is_unavailable(own_wire, admin, clock):
    sessions = RedisSessions(own_wire, SystemRandomness())
    sessions.open(facts(clock), now=clock.now())
    admin.replicaof("127.0.0.1", 1)
    with pytest.raises(StoreUnavailable):
        sessions.open(facts(clock), now=clock.now())
    admin.replicaof("NO", "ONE")
    assert sessions.open(facts(clock), now=clock.now())


def test_an_error_tells_the_code_and_no_argument(own_wire, admin):
    admin.set("k", "text")
    with pytest.raises(StoreUnavailable) as caught:
        own_wire.fields("k", ["personal"])
    assert str(caught.value) == "HMGET: WRONGTYPE" or "ResponseError" in str(caught.value)
    with pytest.raises(StoreUnavailable):
        own_wire.many([Call(load("outbox_length"), ["k"])])


def test_the_connection_carries_the_products_name(own_wire, admin):
    own_wire.fields("k", ["f"])
    assert "yihaotong" in {client["name"] for client in admin.client_list()}


def test_threads_share_a_wire_and_each_gets_its_own_answer(own_wire, admin):
    for number in range(8):
        admin.hset(f"k{number}", "f", number)

    def ask(number: int) -> set[bytes | None]:
        return {own_wire.fields(f"k{number}", ["f"])[0] for _ in range(200)}

    assert at_once(8, ask) == [{str(number).encode()} for number in range(8)]


def test_a_forked_child_talks_over_connections_of_its_own(own_wire, admin):
    admin.hset("k", "f", "v")
    own_wire.fields("k", ["f"])
    child = os.fork()
    if child == 0:
        right = False
        with contextlib.suppress(BaseException):
            right = all(own_wire.fields("k", ["f"]) == [b"v"] for _ in range(50))
        os._exit(0 if right else 1)
    assert all(own_wire.fields("k", ["f"]) == [b"v"] for _ in range(50))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
