"""The sandbox on sockets: one granian worker (state is in memory), loopback unless told otherwise.

What WSGI cannot say is said here: a :class:`TimeoutFault` holds the connection until the client gives up (60 s at
most), a :class:`ResetFault` breaks it.
"""

import ipaddress
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from adapters.sandbox.app import create_sandbox
from adapters.sandbox.catalogue import UPSTREAMS
from adapters.sandbox.cmpp_server import CmppServer
from adapters.sandbox.faults import ResetFault, TimeoutFault
from adapters.sandbox.house import House
from adapters.sandbox.population import generated
from adapters.sandbox.portraits import by_model
from idp.system import SystemClock

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HOLD_SECONDS: Final = 60.0
_THREADS: Final = 32


class NotLoopback(ValueError):
    """The address is reachable from other machines and nobody asked for that."""


class PortTaken(OSError):
    """An address cannot be bound; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to serve. ``control_token`` guards ``/__control``; ``synthetic`` and ``generated`` people join the personas.

    ``cmpp_port`` 0: no CMPP gateway. ``seed`` repeats the generated people and the chance of faults and latency.
    """

    host: str = "127.0.0.1"
    port: int = 8100
    control_token: str = ""
    synthetic: int = 0
    generated: int = 0
    seed: int = 0
    cmpp_port: int = 0
    latency: bool = False
    sms_flow_control: bool = True
    allow_other_machines: bool = False


class ConnectionFaults:
    """A WSGI app around the sandbox that lets connections hang or break."""

    def __init__(self, app: "WSGIApplication", sleep: Callable[[float], None] = time.sleep) -> None:
        self._app = app
        self._sleep = sleep

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Serve one request."""
        try:
            return self._app(environ, start_response)
        except TimeoutFault:
            self._sleep(HOLD_SECONDS)
            start_response("504 Gateway Timeout", [("Content-Length", "0")])
            return [b""]
        except ResetFault:
            start_response("200 OK", [("Content-Length", "100000"), ("Connection", "close")])
            return [b"x"]


def load(options: Options, _target: str) -> "WSGIApplication":
    """What the worker runs."""
    app = create_sandbox(
        SystemClock(),
        synthetic=options.synthetic,
        generated=generated(options.generated, options.seed),
        seed=options.seed,
        sms_flow_control=options.sms_flow_control,
        control_token=options.control_token,
        faces=by_model(),
    )
    house: House = app.extensions["sandbox"]
    if options.latency:
        for upstream in UPSTREAMS:
            house.faults.set_latency(upstream.name, *upstream.latency)
    if options.cmpp_port:
        CmppServer(house, options.host, options.cmpp_port).begin()
    return ConnectionFaults(app)


def check(options: Options) -> None:
    """Raises NotLoopback, or PortTaken."""
    if not options.allow_other_machines and not ipaddress.ip_address(options.host).is_loopback:
        raise NotLoopback(options.host)
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    for port in filter(None, (options.port, options.cmpp_port)):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((options.host, port))
            except OSError as error:
                raise PortTaken(f"{options.host}:{port}: {error.strerror}") from error


def serve(options: Options, announce: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT; open requests are given a moment to end. ``announce``: nothing is in the way."""
    check(options)
    announce()
    server: Any = Granian(
        "adapters.sandbox",
        address=options.host,
        port=options.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=_THREADS,
        log_level=LogLevels.error,  # granian warns of more threads than cores; waiting is what they are for
        websockets=False,
        workers_kill_timeout=3,
    )
    server.serve(target_loader=partial(load, options), wrap_loader=True)
