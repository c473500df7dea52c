"""What each fault mode does to an answer, as far as it is the same for every upstream.

``timeout`` and ``reset`` cannot be said in WSGI: they are raised, the server holds or breaks the connection
(:mod:`adapters.sandbox.server`), and a test's transport turns them into its client's own errors. Modes that concern
signatures are made where the signature is made.
"""

from collections.abc import Callable
from typing import Final

from flask import Response

from adapters.sandbox.faults import Fault, ResetFault, TimeoutFault

BIG: Final = 5 * 1024 * 1024
GARBAGE: Final = "<!doctype html><html><body><h1>502 系统繁忙</h1></body></html>".encode()
_DOCTYPE: Final = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
_OTHER_NUMBER, _OTHER_NAME = b"370102190303030015", "赵六".encode()


def instead_of_answering(fault: Fault, sleep: Callable[[float], None]) -> Response | None:
    """What strikes before the upstream works. None: it works, perhaps late. Raises TimeoutFault or ResetFault."""
    match fault.mode:
        case "timeout":
            raise TimeoutFault
        case "reset":
            raise ResetFault
        case "slow":
            sleep(fault.latency_ms / 1000)
        case "http_500" | "http_502" | "http_503" | "http_429":
            return Response("<html>error</html>", int(fault.mode[-3:]), content_type="text/html")
        case "flap" | "maintenance":
            return unavailable()
        case "quota":
            return exhausted()
        case "garbage":
            return Response(GARBAGE, 200, content_type="text/html")
        case _:
            pass
    return None


def unavailable() -> Response:
    """Maintenance, where the protocol has no words for it."""
    return Response("<html>maintenance</html>", 503, content_type="text/html")


def exhausted() -> Response:
    """A quota, where the protocol has no words for it."""
    return Response('{"code":"429"}', 429, content_type="application/json")


def spoil(mode: str, body: bytes, *, previous: bytes | None, subject: tuple[bytes, bytes] | None) -> bytes:
    """An honest answer made wrong. ``subject`` is the (number, name) it is about."""
    match mode:
        case "truncated":
            return body[: len(body) // 2]
        case "big_body":
            return body + b" " * BIG
        case "encoding_gbk":
            return _in_gbk(body)
        case "xxe":
            return _DOCTYPE + (body if body.startswith(b"<soap") else b"<x>&e;</x>")
        case "stale" if previous is not None:
            return previous
        case "wrong_subject" if subject is not None:
            number, name = subject
            return body.replace(number, _OTHER_NUMBER).replace(name, _OTHER_NAME)
        case _:
            return body


def _in_gbk(body: bytes) -> bytes:
    """The answer in GB 18030. An object that holds no Chinese gets a member that does, else nothing would differ."""
    text = body.decode()
    if text.isascii() and text.startswith("{") and text.rstrip().endswith("}"):
        text = '{"remark":"系统提示"' + ("," if text[1:].strip() != "}" else "") + text[1:]
    return text.encode("gb18030")
