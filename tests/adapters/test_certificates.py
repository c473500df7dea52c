"""Real TLS on a loopback port: whose certificate is taken, and what somebody else at the address gets to read."""

import datetime
import ipaddress
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from adapters.breaker import InProcessBreakers
from adapters.http import IDEMPOTENT_CHECK, Request, Send, Surroundings, Upstream
from idp.domain.errors import Distrusted
from idp.system import SystemClock
from tests.doubles import SeededRandomness

LOOPBACK = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
NOW = datetime.datetime.now(tz=datetime.UTC)
DAY = datetime.timedelta(days=1)


def certificate(
    directory: Path, of: x509.GeneralName, *, until: datetime.datetime = NOW + DAY, name: str = "c"
) -> Path:
    """A certificate that signs itself, and its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "TEST ONLY")])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - 3 * DAY)
        .not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName([of]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    path = directory / f"{name}.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return path


@contextmanager
def served(pem: Path, heard: list[bytes]) -> Iterator[str]:
    """An upstream that shows this certificate; ``heard`` is what it was told."""

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"fine")

        def log_message(self, *_: object) -> None:
            """Nothing."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = HTTPServer(("127.0.0.1", 0), Answering)
    # The handshake is the handler's: one that fails must not end the accepting thread.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Callable[..., tuple[Upstream, list[bytes]]]]:
    """A client that trusts ``trusted``, and the upstream that shows ``shown``."""
    with ExitStack() as open_:

        def made(shown: Path, trusted: Path) -> tuple[Upstream, list[bytes]]:
            heard: list[bytes] = []
            url = open_.enter_context(served(shown, heard))
            tls = ssl.create_default_context(cadata=trusted.read_text().partition("-----END PRIVATE KEY-----")[2])
            around = Surroundings(SystemClock(), SeededRandomness(), breakers=InProcessBreakers())
            return open_.enter_context(Upstream("test_channel", url, around, tls=tls)), heard

        yield made


def call(upstream: Upstream) -> bytes:
    def exchange(send: Send) -> bytes:
        return send(Request("/check", b"370102190103070012")).body

    return upstream.ask("check", exchange, IDEMPOTENT_CHECK, deadline=SystemClock().now() + 20)


def test_a_certificate_of_this_host_is_taken(ask, tmp_path: Path):
    pem = certificate(tmp_path, LOOPBACK)
    upstream, heard = ask(pem, pem)
    assert call(upstream) == b"fine"
    assert heard == [b"370102190103070012"]


@pytest.mark.parametrize("wrong", ["another host", "nobody we trust", "last year's"])
def test_any_other_certificate_is_distrusted_at_once_and_its_holder_reads_nothing(ask, tmp_path: Path, wrong: str):
    own = certificate(tmp_path, LOOPBACK)
    shown = {
        "another host": lambda: certificate(tmp_path, x509.DNSName("somebody-else.test"), name="w"),
        "nobody we trust": lambda: certificate(tmp_path, LOOPBACK, name="w"),
        "last year's": lambda: certificate(tmp_path, LOOPBACK, until=NOW - DAY, name="w"),
    }[wrong]()
    upstream, heard = ask(shown, own if wrong == "nobody we trust" else shown)
    with pytest.raises(Distrusted, match="certificate"):
        call(upstream)
    assert heard == []
