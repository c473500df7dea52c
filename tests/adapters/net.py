"""An upstream played by a function, and the client that calls it."""

from collections.abc import Callable

import httpx

from adapters.breaker import InProcessBreakers
from adapters.http import IDEMPOTENT_CHECK, CallClass, Request, Send, Surroundings, Upstream
from tests.adapters.rigs import streamed
from tests.doubles import SeededRandomness, SteppingClock

Handler = Callable[[httpx.Request], httpx.Response]


class Net:
    """An upstream played by a function, and the client that calls it."""

    def __init__(self, *handlers: Handler, breakers=None, daily_quota: int | None = None, **options) -> None:
        self.clock = SteppingClock()
        self.pauses: list[float] = []
        self.requests: list[httpx.Request] = []
        self._handlers = handlers
        around = Surroundings(
            clock=self.clock,
            randomness=SeededRandomness(),
            transport=httpx.MockTransport(self._handle),
            pause=self._pause,
            breakers=InProcessBreakers() if breakers is None else breakers,
            daily_quota=daily_quota,
        )
        self.upstream = Upstream("test_channel", "https://upstream.test/base/", around, **options)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._handlers[min(len(self.requests), len(self._handlers)) - 1](request)

    def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.clock.advance(seconds)

    def call(self, kind: CallClass = IDEMPOTENT_CHECK, operation: str = "check", deadline: float = 60) -> bytes:
        def exchange(send: Send) -> bytes:
            return send(Request("/path", b"body")).body

        return self.upstream.ask(operation, exchange, kind, deadline=self.clock.now() + deadline)


def ok(_: httpx.Request) -> httpx.Response:
    return streamed(200, b"fine")


def status(code: int) -> Handler:
    return lambda _: streamed(code, b"page")


def failing(error: type[httpx.TransportError]) -> Handler:
    def handle(request: httpx.Request) -> httpx.Response:
        raise error("secret detail", request=request)

    return handle
