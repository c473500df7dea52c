"""CMPP sessions on a socket: one thread each, loopback unless told otherwise."""

import contextlib
import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from typing import Final

from adapters.sandbox.cmpp import Closed, Session
from adapters.sandbox.faults import ResetFault, TimeoutFault
from adapters.sandbox.house import House

# How often a waiting session looks for reports that have become due.
_LOOK_SECONDS: Final = 0.05
_READ: Final = 8192
# Close at once and drop what was not sent: the peer sees a reset.
_RESET: Final = struct.pack("ii", 1, 0)


class _Handler(socketserver.BaseRequestHandler):
    """One connection."""

    server: "CmppServer"
    request: socket.socket

    def handle(self) -> None:
        """Until either side closes."""
        session = Session(self.server.house)
        self.request.settimeout(_LOOK_SECONDS)
        with contextlib.suppress(OSError, Closed):
            while not self.server.stopping.is_set():
                for report in session.due():
                    self.request.sendall(report)
                try:
                    received = self.request.recv(_READ)
                except TimeoutError:
                    continue
                if not received:
                    return
                self._send(session, received)

    def _send(self, session: Session, received: bytes) -> None:
        try:
            self.request.settimeout(5)
            for answer in session.feed(received):
                self.request.sendall(answer)
        except TimeoutFault:
            pass  # nothing is said; the connection stays
        except ResetFault:
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self.request.close()
            raise Closed from None
        self.request.settimeout(_LOOK_SECONDS)


class CmppServer(socketserver.ThreadingTCPServer):
    """The gateway at an address; port 0 takes a free one. Its threads end with the process."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, house: House, host: str = "127.0.0.1", port: int = 7890) -> None:
        self.house = house
        self.stopping = threading.Event()
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Handler)

    def begin(self) -> None:
        """Serve in the background."""
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()


@contextlib.contextmanager
def served(house: House) -> Iterator[tuple[str, int]]:
    """The gateway on a free loopback port, for a test; its address."""
    with CmppServer(house, port=0) as server:
        server.begin()
        try:
            yield "127.0.0.1", server.server_address[1]
        finally:
            server.stopping.set()
            server.shutdown()
