"""The fast wire: plain sockets and hiredis, about a sixth of redis-py's processor time per call.

For one server on a unix socket or on TCP without TLS. Connections are pooled, last in first out, one caller at a time.
"""

import os
import socket
import struct
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, cast

import hiredis

from idp.domain.errors import StoreUnavailable
from idp.stores.redis.wire import Argument, Call, Script, is_noscript, refused

_RECEIVE_BYTES = 65536
_pack: Callable[[tuple[Argument, ...]], bytes] = cast("Any", hiredis.pack_command)  # stubs: one argument only


class _Connection:
    """One socket and its parser."""

    __slots__ = ("_buffer", "_reader", "_refused", "_socket")

    def __init__(self, address: str | tuple[str, int], timeout: float) -> None:
        if isinstance(address, str):
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._socket.settimeout(timeout)
            try:
                self._socket.connect(address)
            except BaseException:
                self._socket.close()
                raise
        else:
            self._socket = socket.create_connection(address, timeout=timeout)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # The kernel keeps the time: a Python-level timeout would cost a poll() before every send and receive.
        self._socket.settimeout(None)
        limit = struct.pack("@ll", int(timeout), int(timeout % 1 * 1_000_000))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        self._reader: Any = hiredis.Reader()  # its stubs forget that feed() takes a bytearray
        self._buffer = bytearray(_RECEIVE_BYTES)
        self._refused = False

    def quiet(self) -> bool:
        """Whether it is open and nothing waits to be read; anything else belongs to nobody we know."""
        try:
            self._socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def ask(self, request: bytes, replies: int = 1) -> list[Any]:
        """Send, then read exactly ``replies`` answers; an error reply is an element, not an exception."""
        self._socket.sendall(request)
        answers: list[Any] = []
        reader = self._reader
        while True:
            answer = reader.gets()
            if answer is not False:
                answers.append(answer)
                if isinstance(answer, hiredis.ReplyError):
                    self._refused = True
                if len(answers) == replies:
                    return answers
                continue
            size = self._socket.recv_into(self._buffer)
            if not size:
                raise ConnectionResetError("closed by the server")
            reader.feed(self._buffer, 0, size)

    def reusable(self) -> bool:
        """Whether it may serve the next caller.

        Not with a byte beyond the answers. Not after an error reply either: after READONLY or LOADING a new connection
        may reach a better server.
        """
        return not (self._refused or self._reader.has_data())

    def close(self) -> None:
        self._socket.close()


class SocketWire:
    """:class:`~idp.stores.redis.wire.Wire` to one server. ``timeout``: seconds, for connecting and each answer."""

    one_server = True

    def __init__(
        self,
        address: str | tuple[str, int],
        *,
        username: str | None = None,
        password: str | None = None,
        database: int = 0,
        timeout: float = 2.0,
        name: str = "yihaotong",
    ) -> None:
        self._address = address
        self._timeout = timeout
        self._greeting: list[tuple[Argument, ...]] = [("CLIENT", "SETNAME", name)]
        if database:
            self._greeting.insert(0, ("SELECT", database))
        if password is not None:
            self._greeting.insert(0, ("AUTH", username, password) if username else ("AUTH", password))
        self._idle: deque[_Connection] = deque()
        self._closed = False
        # A child that forked from us must not talk over its parent's sockets.
        forget = weakref.WeakMethod(self._forget)
        os.register_at_fork(after_in_child=lambda: (method := forget()) and method())

    def call(self, keys: Sequence[str], script: Script, args: Sequence[Argument] = ()) -> Any:
        """Run a script by its digest; one the server does not know is sent in full."""
        answer = self._exchange(_pack(("EVALSHA", script.sha, len(keys), *keys, *args)), 1)[0]
        if isinstance(answer, hiredis.ReplyError):
            if is_noscript(answer):
                answer = self._exchange(_pack(("EVAL", script.source, len(keys), *keys, *args)), 1)[0]
            if isinstance(answer, hiredis.ReplyError):
                raise refused(answer, script.name)
        return answer

    def fields(self, key: str, names: Sequence[str]) -> list[bytes | None]:
        """Fields of a hash."""
        answer: Any = self._exchange(_pack(("HMGET", key, *names)), 1)[0]
        if isinstance(answer, hiredis.ReplyError):
            raise refused(answer, "HMGET")
        fields: list[bytes | None] = answer
        return fields

    def many(self, calls: Sequence[Call]) -> list[Any]:
        """Run scripts one after another in one round trip."""
        if not calls:
            return []
        request = b"".join(_pack(("EVALSHA", c.script.sha, len(c.keys), *c.keys, *c.args)) for c in calls)
        answers = self._exchange(request, len(calls))
        for place, answer in enumerate(answers):
            if isinstance(answer, hiredis.ReplyError):
                call = calls[place]
                if not is_noscript(answer):
                    raise refused(answer, call.script.name)
                answers[place] = self.call(call.keys, call.script, call.args)
        return answers

    def close(self) -> None:
        """Close idle connections now, busy ones when their caller is done."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    def _exchange(self, request: bytes, replies: int) -> list[Any]:
        connection = self._take()
        answers = self._ask(connection, request, replies)
        if self._closed or not connection.reusable():
            connection.close()
        else:
            self._idle.append(connection)
        return answers

    def _ask(self, connection: _Connection, request: bytes, replies: int) -> list[Any]:
        try:
            return connection.ask(request, replies)
        except (OSError, hiredis.HiredisError) as error:
            connection.close()
            raise StoreUnavailable(f"no answer: {type(error).__name__}") from error
        except BaseException:  # also an interrupt between question and answer leaves it unusable
            connection.close()
            raise

    def _take(self) -> _Connection:
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread was quicker
                break
            if connection.quiet():
                return connection
            connection.close()
        try:
            connection = _Connection(self._address, self._timeout)
        except OSError as error:
            raise StoreUnavailable(f"cannot connect: {type(error).__name__}") from error
        greeting = b"".join(_pack(line) for line in self._greeting)
        for answer in self._ask(connection, greeting, len(self._greeting)):
            if isinstance(answer, hiredis.ReplyError):
                connection.close()
                raise refused(answer, "greeting")
        return connection

    def _forget(self) -> None:
        while self._idle:
            self._idle.pop().close()
