"""What the sandbox's upstreams share: a clock that can be set, the register, faults, and the log of requests."""

import functools
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from flask import Response, g, request

from adapters.sandbox.credentials import ISSUED, Credentials
from adapters.sandbox.faults import FaultTable, ResetFault, TimeoutFault, instead_of_answering, spoil
from adapters.sandbox.population import Register

SKEW_SECONDS: Final = 300
View = Callable[..., Response]


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> float:
        """Seconds since the epoch."""
        ...


class SettableClock:
    """Another clock, moved by the control endpoint."""

    def __init__(self, under: Clock) -> None:
        self._under = under
        self.offset = 0.0

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._under.now() + self.offset

    def set(self, now: float) -> None:
        """Stand at ``now`` and go on from there."""
        self.offset = now - self._under.now()


@dataclass(frozen=True, slots=True)
class Entry:
    """One logged request; ``fields`` are masked before they come here."""

    at: float
    channel: str
    operation: str
    method: str
    path: str
    verdict: str
    fields: dict[str, str]


@dataclass(slots=True)
class House:
    """The state of one sandbox. ``allowed_addresses`` None: every caller address is on the list."""

    clock: SettableClock
    octets: Callable[[int], bytes] = field(repr=False)
    sleep: Callable[[float], None] = field(repr=False)
    register: Register = field(repr=False)
    credentials: Credentials = ISSUED
    gateway_seconds: int = 600
    national_seconds: int = 86_400
    allowed_addresses: frozenset[str] | None = None
    sms_flow_control: bool = True
    alipay_open_id: bool = False
    control_token: str | None = field(default=None, repr=False)
    journal: deque[Entry] = field(default_factory=lambda: deque(maxlen=2000), repr=False)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    faults: FaultTable = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.faults = FaultTable(self.octets)

    def fresh(self, milliseconds: str) -> bool:
        """Whether a request time is within the allowed skew."""
        return milliseconds.isdecimal() and abs(int(milliseconds) / 1000 - self.clock.now()) <= SKEW_SECONDS

    def address_allowed(self) -> bool:
        """The caller's address, as the platform's own proxy states it."""
        if self.allowed_addresses is None:
            return True
        return request.headers.get("X-Forwarded-For", request.remote_addr or "") in self.allowed_addresses


def note(verdict: str, **fields: str) -> None:
    """Say how this request was judged; ``fields`` are masked by name (name, number, card, mobile)."""
    g.verdict = verdict
    g.fields = {key: mask(key, value) for key, value in fields.items()}


def mask(kind: str, value: str) -> str:
    """``张*``, ``3701**********0012``, ``199****0001``: enough to recognise a test person, no more."""
    if kind == "name":
        return value[:1] + "*" * max(len(value) - 1, 0)
    if kind == "number":
        return f"{value[:4]}**********{value[-4:]}" if len(value) == 18 else "*" * len(value)
    if kind == "card":
        return f"{value[:4]}{'*' * (len(value) - 8)}{value[-4:]}" if len(value) >= 13 else "*" * len(value)
    if kind == "mobile":
        return f"{value[:3]}****{value[-4:]}" if len(value) == 11 else "*" * len(value)
    return value


def upstream(house: House, channel: str, operation: str, **refusals: Callable[[], Response]) -> Callable[[View], View]:
    """A view of one upstream operation: latency, fault, work, spoiling, log.

    ``refusals``: how this protocol says ``quota`` or ``maintenance``, where it has words for it.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def run(**parameters: Any) -> Response:
            g.verdict, g.fields, g.subject, g.fault = "not judged", {}, None, None
            try:
                return _answer(house, channel, operation, refusals, functools.partial(view, **parameters))
            except (TimeoutFault, ResetFault) as fault:
                g.verdict = f"fault {type(fault).__name__}"
                raise
            finally:
                entry = (channel, operation, request.method, request.path, g.verdict, g.fields)
                house.journal.append(Entry(house.clock.now(), *entry))

        return run

    return decorate


def _answer(
    house: House,
    channel: str,
    operation: str,
    refusals: dict[str, Callable[[], Response]],
    work: Callable[[], Response],
) -> Response:
    delay = house.faults.latency(channel)
    if delay:
        house.sleep(delay)
    fault = house.faults.take(channel, operation)
    if fault is not None:
        g.fault = fault.mode
        g.verdict = f"fault {fault.mode}"
        early = refusals[fault.mode]() if fault.mode in refusals else instead_of_answering(fault, house.sleep)
        if early is not None:
            return early
    response = work()
    body = response.get_data()
    if fault is not None:
        previous = house.faults.previous(channel, operation)
        response.set_data(spoil(fault, body, previous=previous, subject=g.subject))
    else:
        house.faults.remember(channel, operation, body)
    return response
