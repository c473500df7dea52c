"""No answer is never taken for an answer: what breaks is StoreUnavailable, and what mends is used again."""

import contextlib
import os
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
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


@contextlib.contextmanager
def scripted_server(*conversations: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that treats its first connection as the first function says, and so on; the URL."""
    with tempfile.TemporaryDirectory(prefix="valkey-") as directory, socket.socket(socket.AF_UNIX) as listener:
        path = f"{directory}/s"
        listener.bind(path)
        listener.listen()

        def serve() -> None:
            for conversation in conversations:
                connection, _ = listener.accept()
                with connection:
                    connection.recv(4096)
                    connection.sendall(b"+OK\r\n")  # CLIENT SETNAME
                    connection.recv(4096)
                    conversation(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"unix://{path}"
        thread.join(5)


def test_a_late_answer_is_never_read_by_the_next_caller():
    """CVE-2023-28858: the connection of a request that timed out still holds somebody's answer."""
    timed_out = threading.Event()

    def late(connection: socket.socket) -> None:
        timed_out.wait(5)
        with contextlib.suppress(OSError):
            connection.sendall(b"*1\r\n$5\r\nfirst\r\n")

    def prompt(connection: socket.socket) -> None:
        connection.sendall(b"*1\r\n$6\r\nsecond\r\n")

    with scripted_server(late, prompt) as url, contextlib.closing(open_wire(url, timeout=0.05)) as wire:
        with pytest.raises(StoreUnavailable):
            wire.fields("one", ["f"])
        timed_out.set()
        assert wire.fields("two", ["f"]) == [b"second"]


@pytest.mark.parametrize(
    "answer",
    [
        b"*1\r\n$5\r\nfirst\r\n*1\r\n$7\r\nanother\r\n",
        b"-READONLY You can't write against a read only replica.\r\n",
        b"!nonsense\r\n",
        b"*1\r\n$5\r\nfi",
        b"",
    ],
    ids=["one answer too many", "error", "garbage", "half an answer", "hung up"],
)
def test_a_connection_on_which_anything_was_odd_is_not_used_again(answer):
    def odd(connection: socket.socket) -> None:
        connection.sendall(answer)

    def good(connection: socket.socket) -> None:
        connection.sendall(b"*1\r\n$6\r\nsecond\r\n")

    with scripted_server(odd, good) as url, contextlib.closing(open_wire(url, timeout=1)) as wire:
        with contextlib.suppress(StoreUnavailable):
            assert wire.fields("one", ["f"]) == [b"first"]
        assert wire.fields("two", ["f"]) == [b"second"]
