"""Servers that answer late, twice, wrongly or not at all: whose answer is it, and was the question asked once?"""

import contextlib
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator

import hiredis
import pytest

from idp.domain.errors import StoreUnavailable
from idp.stores.redis.connect import open as open_wire
from tests.contract.threads import at_once

FIRST, SECOND = b"*1\r\n$5\r\nfirst\r\n", b"*1\r\n$6\r\nsecond\r\n"
OPTIONS = pytest.mark.parametrize("option", ["", "?health_check_interval=0"], ids=["fast", "redis-py"])


class ScriptedServer:
    """Says OK to greetings, and to the question on its n-th connection what the n-th script says.

    A connection stays open until the end unless its script closes it, so that a wire which reuses it gets no answer.
    """

    def __init__(self, listener: socket.socket, scripts: tuple[Callable[[socket.socket], None], ...]) -> None:
        self._listener = listener
        self._scripts = scripts
        self._connections: list[socket.socket] = []
        self.questions = 0
        self._threads: list[threading.Thread] = []

    def accept(self) -> None:
        for script in self._scripts:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            self._threads.append(threading.Thread(target=self._converse, args=(connection, script)))
            self._threads[-1].start()

    def _converse(self, connection: socket.socket, script: Callable[[socket.socket], None]) -> None:
        reader = hiredis.Reader()
        with contextlib.suppress(OSError):
            while data := connection.recv(4096):
                reader.feed(data)
                while (command := reader.gets()) is not False:
                    if command[0] == b"CLIENT":
                        connection.sendall(b"+OK\r\n")
                    else:
                        self.questions += 1
                        if self.questions <= len(self._scripts):
                            script(connection)

    def close(self) -> None:
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        for thread in self._threads:
            thread.join(5)


@contextlib.contextmanager
def scripted(*scripts: Callable[[socket.socket], None]) -> Iterator[tuple[str, ScriptedServer]]:
    """Its URL and the server."""
    with tempfile.TemporaryDirectory(prefix="valkey-") as directory, socket.socket(socket.AF_UNIX) as listener:
        path = f"{directory}/s"
        listener.bind(path)
        listener.listen()
        server = ScriptedServer(listener, scripts)
        accepting = threading.Thread(target=server.accept)
        accepting.start()
        try:
            yield f"unix://{path}", server
        finally:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            accepting.join(5)
            server.close()


def says(answer: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(answer)


def hangs_up(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


@OPTIONS
def test_a_late_answer_is_never_read_by_the_next_caller(option):
    """CVE-2023-28858: the connection of a request that timed out still holds somebody's answer."""
    timed_out = threading.Event()

    def late(connection: socket.socket) -> None:
        timed_out.wait(5)
        connection.sendall(FIRST)

    with (
        scripted(late, says(SECOND)) as (url, _),
        contextlib.closing(open_wire(url + option, timeout=0.1)) as wire,
    ):
        with pytest.raises(StoreUnavailable):
            wire.fields("one", ["f"])
        timed_out.set()
        assert wire.fields("two", ["f"]) == [b"second"]


@pytest.mark.parametrize(
    "odd",
    [
        says(FIRST + b"*1\r\n$7\r\nanother\r\n"),
        says(b"-READONLY You can't write against a read only replica.\r\n"),
        says(b"?nonsense\r\n"),
        says(b"*1\r\n$5\r\nfi"),
        hangs_up,
    ],
    ids=["one answer too many", "error", "garbage", "half an answer", "hung up"],
)
def test_a_connection_on_which_anything_was_odd_is_not_used_again(odd):
    with (
        scripted(odd, says(SECOND)) as (url, _),
        contextlib.closing(open_wire(url, timeout=0.3)) as wire,
    ):
        with contextlib.suppress(StoreUnavailable):
            assert wire.fields("one", ["f"]) == [b"first"]
        assert wire.fields("two", ["f"]) == [b"second"]


@OPTIONS
def test_a_question_whose_answer_was_lost_is_not_asked_again(option):
    """A redemption asked twice would look like a replay and revoke an honest grant."""
    with (
        scripted(hangs_up, says(SECOND), says(SECOND)) as (url, server),
        contextlib.closing(open_wire(url + option, timeout=1)) as wire,
    ):
        with pytest.raises(StoreUnavailable):
            wire.fields("one", ["f"])
        assert server.questions == 1


def test_a_caller_that_is_interrupted_leaves_no_connection_behind():
    with (
        scripted(says(FIRST), says(SECOND)) as (url, _),
        contextlib.closing(open_wire(url, timeout=1)) as wire,
    ):
        assert wire.fields("one", ["f"]) == [b"first"]
        (connection,) = wire._idle

        def interrupted(request: bytes, replies: int) -> None:
            raise KeyboardInterrupt

        class Interrupted:
            quiet = connection.quiet
            close = connection.close
            ask = staticmethod(interrupted)

        wire._idle[0] = Interrupted()
        with pytest.raises(KeyboardInterrupt):
            wire.fields("one", ["f"])
        assert list(wire._idle) == []
        assert wire.fields("two", ["f"]) == [b"second"]


def test_a_wire_that_is_closed_keeps_no_connection(standalone):
    wire = open_wire(standalone.url)
    at_once(4, lambda _: wire.fields("k", ["f"]))
    wire.close()
    wire.fields("k", ["f"])
    assert list(wire._idle) == []


@pytest.mark.cluster
def test_redis_py_never_repeats_a_command_by_itself_in_a_cluster(cluster_wire):
    """Its default for clusters is ten more tries, of commands that may have been executed."""
    client = cluster_wire._client
    assert client.retry.get_retries() == 0
    assert {node.redis_connection.get_retry().get_retries() for node in client.get_primaries()} == {0}
