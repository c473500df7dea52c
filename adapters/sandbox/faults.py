"""Faults on demand (``PUT /__control/faults``): how an upstream can be down, slow, wrong or hostile.

``timeout`` and ``reset`` cannot be said in WSGI. The app raises :class:`TimeoutFault` or :class:`ResetFault`; the
server holds or breaks the connection (:mod:`adapters.sandbox.server`), and a test's transport turns them into its
client's own errors. The app itself knows no client.
"""

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Final

from flask import Response

MODES: Final = frozenset(
    {
        "timeout",
        "slow",
        "reset",
        "http_500",
        "http_502",
        "http_503",
        "http_429",
        "garbage",
        "truncated",
        "bad_signature",
        "wrong_cert",
        "wrong_subject",
        "stale",
        "quota",
        "maintenance",
        "flap",
        "big_body",
        "xxe",
        "encoding_gbk",
        "late_delivery",
        "undelivered",
        "duplicate_delivery",
        "duplicate_callback",
        "early_callback",
    }
)
SLOW_MS: Final = 9_000
_BIG: Final = 5 * 1024 * 1024
_DOCTYPE: Final = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
_GARBAGE: Final = "<!doctype html><html><body><h1>502 系统繁忙</h1></body></html>".encode()


class TimeoutFault(Exception):
    """Never answer this request."""


class ResetFault(Exception):
    """Break this connection."""


@dataclass(slots=True)
class Fault:
    """One fault. ``operation`` None means every operation; ``count`` None means until cleared."""

    channel: str
    mode: str
    operation: str | None = None
    rate: float = 1.0
    count: int | None = None
    latency_ms: int = SLOW_MS
    seen: int = 0

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> "Fault":
        """Read a control request. Raises ValueError naming the field."""
        if body.get("mode") not in MODES:
            raise ValueError(f"mode must be one of {', '.join(sorted(MODES))}")
        if unknown := set(body) - {"channel", "mode", "operation", "rate", "count", "latency_ms"}:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        fault = cls(**body)
        if not 0 <= fault.rate <= 1:
            raise ValueError("rate must be from 0 to 1")
        return fault


class FaultTable:
    """Live faults and latencies, by channel."""

    def __init__(self, octets: Callable[[int], bytes]) -> None:
        self._octets = octets
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._latency: dict[str, tuple[float, float]] = {}
        self._previous: dict[tuple[str, str], bytes] = {}

    def put(self, fault: Fault) -> None:
        """Add a fault, in place of an earlier one of the same channel and operation."""
        with self._lock:
            same = (fault.channel, fault.operation)
            self._faults = [f for f in self._faults if (f.channel, f.operation) != same] + [fault]

    def clear(self) -> None:
        """All is well again."""
        with self._lock:
            self._faults.clear()

    def take(self, channel: str, operation: str) -> Fault | None:
        """The fault that strikes this request, if any; counts are counted down, ``flap`` strikes every other time."""
        with self._lock:
            for fault in self._faults:
                if fault.channel == channel and fault.operation in {None, operation} and self._strikes(fault):
                    return fault
        return None

    def _strikes(self, fault: Fault) -> bool:
        if fault.count is not None and fault.count <= 0:
            return False
        if fault.rate < 1 and self._uniform() >= fault.rate:
            return False
        fault.seen += 1
        if fault.mode == "flap" and fault.seen % 2 == 0:
            return False
        if fault.count is not None:
            fault.count -= 1
        return True

    def set_latency(self, channel: str, median_ms: float, p95_ms: float) -> None:
        """Lognormal latency of a channel from now on."""
        self._latency[channel] = (median_ms, p95_ms)

    def latency(self, channel: str) -> float:
        """Seconds that this request takes."""
        median, p95 = self._latency.get(channel, (0.0, 0.0))
        if median <= 0:
            return 0.0
        sigma = math.log(max(p95, median) / median) / 1.6449
        return median / 1000 * math.exp(sigma * NormalDist().inv_cdf(min(max(self._uniform(), 1e-6), 1 - 1e-6)))

    def remember(self, channel: str, operation: str, body: bytes) -> bytes | None:
        """Keep an honest answer for ``stale``; the one before it comes back."""
        previous = self._previous.get((channel, operation))
        self._previous[(channel, operation)] = body
        return previous

    def previous(self, channel: str, operation: str) -> bytes | None:
        """The last honest answer."""
        return self._previous.get((channel, operation))

    def _uniform(self) -> float:
        return int.from_bytes(self._octets(4)) / 2**32


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
            return Response("<html>maintenance</html>", 503, content_type="text/html")
        case "quota":
            return Response('{"code":"429"}', 429, content_type="application/json")
        case "garbage":
            return Response(_GARBAGE, 200, content_type="text/html")
        case _:
            pass
    return None


def spoil(fault: Fault, body: bytes, *, previous: bytes | None, subject: tuple[bytes, bytes] | None) -> bytes:
    """An honest answer made wrong. ``subject`` is the (number, name) it is about."""
    match fault.mode:
        case "truncated":
            return body[: len(body) // 2]
        case "big_body":
            return body + b" " * _BIG
        case "encoding_gbk":
            return body.decode().encode("gb18030")
        case "xxe":
            return _DOCTYPE + (body if body.startswith(b"<soap") else b"<x>&e;</x>")
        case "stale" if previous is not None:
            return previous
        case "wrong_subject" if subject is not None:
            number, name = subject
            return body.replace(number, b"370102190303030015").replace(name, "赵六".encode())
        case _:
            return body
