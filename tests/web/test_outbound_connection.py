"""A call of the provider's own ends in time whatever the other side does, and its connection serves no other host."""

import datetime
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from idp.connection import OneCallTransport
from idp.domain.errors import DocumentUnavailable
from idp.outbound import AddressRefused, CheckedTransport, DocumentFetcher, EventPusher, LogoutPoster, RequestPinger

NEAR = "127.0.0.1"
ENOUGH = 0.2  # seconds of a call here; what drips does so ten times as long, and answers properly in the end


class Hosts(BaseHTTPRequestHandler):
    """Answers to every name, keeps connections open, and notes what it was asked and on which connection."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.append((self.headers["Host"].partition(":")[0], self.client_address))
        body = b'{"keys": []}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


class Server(ThreadingHTTPServer):
    asked: list[tuple[str, Any]]
    tls: ssl.SSLContext

    def fetcher(self) -> DocumentFetcher:
        checked = CheckedTransport(OneCallTransport(self.tls), lambda *_: frozenset({NEAR}), loopback_allowed=True)
        return DocumentFetcher(loopback_allowed=True, transport=checked)

    def address(self, host: str) -> str:
        return f"https://{host}:{self.server_address[1]}/jwks"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """With a certificate for evil.example alone, which its callers trust."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "evil")])
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    names = x509.SubjectAlternativeName([x509.DNSName("evil.example")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now - day).not_valid_after(now + day)
    signed = made.add_extension(names, False).add_extension(x509.BasicConstraints(True, None), True)
    (tmp_path / "c.pem").write_bytes(signed.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    (tmp_path / "k.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(tmp_path / "c.pem", tmp_path / "k.pem")
    with Server((NEAR, 0), Hosts) as server:
        server.asked, server.tls = [], ssl.create_default_context(cafile=tmp_path / "c.pem")
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # callers that refuse a certificate hang up
        server.socket = serving.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_connection_verified_for_one_host_never_serves_another_of_the_same_address(server: Server):
    fetch = server.fetcher()
    assert fetch(server.address("evil.example")).value == {"keys": []}
    with pytest.raises(DocumentUnavailable, match="no answer"):
        fetch(server.address("victim.example"))
    assert [host for host, _ in server.asked] == ["evil.example"]


def test_every_call_has_a_connection_of_its_own(server: Server):
    fetch = server.fetcher()
    for _ in range(3):
        fetch(server.address("evil.example"))
    assert len({connection for _, connection in server.asked}) == 3


HEADS = {
    "headers": (b"HTTP/1.1 200 OK\r\nX: ", b"a", b"\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"),
    "body": (b"HTTP/1.1 400 No\r\nContent-Type: application/json\r\nContent-Length: 102\r\n\r\n", b" ", b"{}" + b" " * 100),
    "document": (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 42\r\n\r\n", b" ", b"{}" + b" " * 40),
    "early hints": (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
}  # fmt: skip


@contextmanager
def dripping(what: str) -> Iterator[str]:
    """The address of a receiver that drips: no single read takes long, all of them together do."""
    begin, drop, end = HEADS[what]
    with socket.create_server((NEAR, 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                connection, _ = listening.accept()
                with connection:
                    connection.recv(65_536)
                    connection.sendall(begin)
                    for _ in range(40):
                        connection.sendall(drop)
                        time.sleep(ENOUGH / 4)
                    connection.sendall(end)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://{NEAR}:{listening.getsockname()[1]}/x"
        listening.close()
        thread.join(timeout=10)


CALLS: dict[str, Callable[[str], object]] = {
    "logout": lambda at: LogoutPoster(loopback_allowed=True, seconds=ENOUGH)(at, "t"),
    "event": lambda at: EventPusher(loopback_allowed=True, seconds=ENOUGH)(at, "t", None),
    "ping": lambda at: RequestPinger(loopback_allowed=True, seconds=ENOUGH)(at, "b", "i"),
    "document": lambda at: DocumentFetcher(loopback_allowed=True, seconds=ENOUGH)(at).value,
}


@pytest.mark.parametrize(
    ("what", "call"),
    [*(("headers", call) for call in CALLS), *(("early hints", call) for call in CALLS), ("body", "event"), ("document", "document")],
)  # fmt: skip
def test_a_receiver_that_drips_is_given_up_at_the_calls_one_deadline(what: str, call: str):
    given_up = pytest.raises((httpx.TimeoutException, DocumentUnavailable), match=r"too long|timed out|no answer")
    with dripping(what) as address, given_up:
        CALLS[call](address)


@pytest.mark.parametrize("call", ["logout", "ping"])
def test_a_body_that_means_nothing_is_not_waited_for(call: str):
    with dripping("body") as address:
        assert CALLS[call](address) == 400


def test_a_name_server_that_does_not_answer_holds_nobody_up():
    answer = threading.Event()

    def look_up(_host: str, _port: int) -> frozenset[str]:
        answer.wait(ENOUGH * 20)
        return frozenset({NEAR})

    checked = CheckedTransport(httpx.MockTransport(lambda _: httpx.Response(200)), look_up, loopback_allowed=True)
    with pytest.raises(AddressRefused):
        LogoutPoster(loopback_allowed=True, transport=checked, seconds=ENOUGH)("https://hall.example/logout", "t")
    answer.set()


def test_a_name_that_none_can_be_is_refused_like_an_unknown_one():
    with pytest.raises(AddressRefused):
        LogoutPoster(loopback_allowed=True)(f"https://{'a' * 64}.example/logout", "t")
