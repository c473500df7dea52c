"""A sandbox mounted behind httpx, and the surroundings of an adapter in it. Nothing is mocked, no socket is opened."""

import ssl
from dataclasses import replace

import httpx

from adapters import sms
from adapters.breaker import InProcessBreakers
from adapters.http import Surroundings
from adapters.sandbox import ResetFault, TimeoutFault, create_sandbox
from adapters.sandbox.credentials import sms_settings
from idp.domain.ports import Breakers
from tests.doubles import SeededRandomness, SteppingClock

SANDBOX = "https://sandbox.test"


class SandboxTransport(httpx.BaseTransport):
    """``httpx.WSGITransport`` that speaks of time: what the sandbox cannot say in WSGI becomes httpx's own error."""

    def __init__(self, app, clock: SteppingClock) -> None:
        self._wsgi = httpx.WSGITransport(app)
        self._clock = clock
        self.down = False
        self.strange = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        timeout = request.extensions["timeout"]
        if self.down:
            raise httpx.ConnectError("refused", request=request)
        if self.strange:  # as httpx tells it; test_http.py has a real one
            raise httpx.ConnectError("certificate", request=request) from ssl.SSLCertVerificationError(1, "hostname")
        started = self._clock.now()
        try:
            response = self._wsgi.handle_request(request)
        except TimeoutFault:
            self._clock.advance(timeout["read"])
            raise httpx.ReadTimeout("no answer", request=request) from None
        except ResetFault:
            raise httpx.ReadError("reset", request=request) from None
        if timeout["read"] is not None and self._clock.now() - started > timeout["read"]:
            raise httpx.ReadTimeout("late answer", request=request)
        return response


def streamed(status: int, body: bytes) -> httpx.Response:
    """An answer as a network brings it: to be read, not read already."""
    return httpx.Response(status, stream=httpx.ByteStream(body))


class World:
    """A sandbox, a clock, and what an adapter is built with. ``pause`` moves the clock instead of sleeping."""

    def __init__(self, seed: int = 1, **sandbox) -> None:
        self.clock = SteppingClock()
        self.seed = seed
        self.app = create_sandbox(
            self.clock, octets=SeededRandomness(1000 + seed).octets, sleep=self.clock.advance, **sandbox
        )
        self.transport = SandboxTransport(self.app, self.clock)
        self.breakers: Breakers = InProcessBreakers()
        self.control = self.app.test_client()

    def around(self, seed: int | None = None) -> Surroundings:
        """Surroundings of one worker; workers differ in their randomness."""
        around = Surroundings(
            clock=self.clock,
            randomness=SeededRandomness(self.seed if seed is None else seed),
            transport=self.transport,
            pause=self.clock.advance,
            breakers=self.breakers,
        )
        return replace(around, sms=sms.create(sms_settings(SANDBOX), around))

    def fault(self, channel: str, mode: str, **more) -> None:
        answer = self.control.put("/__control/faults", json={"channel": channel, "mode": mode, **more})
        assert answer.status_code == 200, answer.text

    def heal(self) -> None:
        assert self.control.delete("/__control/faults").status_code == 200

    def requests(self, operation: str) -> list[dict]:
        """The sandbox's masked log of one operation."""
        return [row for row in self.control.get("/__control/requests").json if row["operation"] == operation]
