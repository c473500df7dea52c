"""What the sandbox's upstreams share: a clock that can be set, the register, faults, texts, and the log of requests."""

import functools
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from flask import Response, g, request

from adapters.sandbox.calendar import Calendar
from adapters.sandbox.credentials import ISSUED, Credentials
from adapters.sandbox.effects import exhausted, instead_of_answering, spoil, unavailable
from adapters.sandbox.faults import FaultTable, ResetFault, TimeoutFault
from adapters.sandbox.masking import mask, masked, masked_body
from adapters.sandbox.phones import Phones
from adapters.sandbox.population import Register
from adapters.sandbox.portraits import Portraits

SKEW_SECONDS: Final = 300
View = Callable[..., Response]
# Of a page whose form ends at the customer's return address: that leads on to others, and form-action counts redirects.
LEADS_ON_POLICY: Final = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self' http: https:; frame-ancestors 'none'"
)


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
    """One logged request; ``fields`` and ``body`` are masked before they come here. ``status`` None: not answered."""

    at: float
    channel: str
    operation: str
    method: str
    path: str
    verdict: str
    fields: dict[str, str]
    status: int | None = None
    body: Any = None


@dataclass(slots=True)
class House:
    """The state of one sandbox. ``allowed_addresses`` None: every caller address is on the list."""

    clock: SettableClock
    octets: Callable[[int], bytes] = field(repr=False)
    sleep: Callable[[float], None] = field(repr=False)
    register: Register = field(repr=False)
    seed: int = 0
    credentials: Credentials = ISSUED
    gateway_seconds: int = 600
    national_seconds: int = 86_400
    allowed_addresses: frozenset[str] | None = None
    sms_flow_control: bool = True
    alipay_open_id: bool = False
    control_token: str | None = field(default=None, repr=False)
    journal: deque[Entry] = field(default_factory=lambda: deque(maxlen=5000), repr=False)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    faults: FaultTable = field(init=False, repr=False)
    calendar: Calendar = field(init=False, repr=False)
    phones: Phones = field(init=False, repr=False)
    portraits: Portraits = field(default_factory=Portraits, repr=False)

    def __post_init__(self) -> None:
        self.faults = FaultTable(self.seed)
        self.calendar = Calendar(self.clock.now)
        self.phones = Phones(self.clock.now)

    def fresh(self, milliseconds: str) -> bool:
        """Whether a request time is within the allowed skew."""
        return milliseconds.isdecimal() and abs(int(milliseconds) / 1000 - self.clock.now()) <= SKEW_SECONDS

    def address_allowed(self) -> bool:
        """The caller's address, as the platform's own proxy states it."""
        if self.allowed_addresses is None:
            return True
        return request.headers.get("X-Forwarded-For", request.remote_addr or "") in self.allowed_addresses

    def callback_fault(self, channel: str, operation: str) -> str | None:
        """``duplicate_callback`` or ``early_callback``, when one strikes this page of people."""
        fault = self.faults.take(channel, operation)
        return None if fault is None else fault.mode


def note(verdict: str, **fields: str) -> None:
    """Say how this request was judged; ``fields`` are masked by name (name, number, card, mobile)."""
    g.verdict = verdict
    g.fields = {key: mask(key, value) for key, value in fields.items()}


def upstream(
    house: House, channel: str, operation: str, **refusals: Callable[[], Response | None]
) -> Callable[[View], View]:
    """A view of one upstream operation: latency, fault, calendar, work, spoiling, log.

    ``refusals``: how this protocol says ``quota`` or ``maintenance``, where it has words for it, and ``window``, the
    maintenance by the clock, where it has others (a word that is None: it goes on, and knows by itself).
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def run(**parameters: Any) -> Response:
            g.verdict, g.fields, g.subject, g.fault = "not judged", {}, None, None
            said, status = _said(), None
            try:
                answer = _answer(house, channel, operation, refusals, functools.partial(view, **parameters))
                status = answer.status_code
            except (TimeoutFault, ResetFault) as fault:
                g.verdict = f"fault {type(fault).__name__}"
                raise
            else:
                return answer
            finally:
                verdict = g.verdict if g.fault is None or g.fault in g.verdict else f"{g.verdict}; fault {g.fault}"
                entry = (channel, operation, request.method, request.path, verdict, g.fields, status, said)
                house.journal.append(Entry(house.clock.now(), *entry))

        return run

    return decorate


def _said() -> Any:
    """The request's parameters, masked. A form is read as a form first: its stream cannot be read twice."""
    query = {"query": masked(request.args.to_dict())} if request.args else {}
    form = request.form.to_dict()
    body = masked(form) if form else masked_body(request.get_data())
    return {**query, "body": body} if query else body


def _answer(
    house: House,
    channel: str,
    operation: str,
    refusals: Mapping[str, Callable[[], Response | None]],
    work: Callable[[], Response],
) -> Response:
    delay = house.faults.latency(channel)
    if delay:
        house.sleep(delay)
    fault = house.faults.take(channel, operation)
    if fault is not None:
        g.fault = fault.mode
        g.verdict = f"fault {fault.mode}"
        word = refusals.get(fault.mode)
        early = word() if word is not None else instead_of_answering(fault, house.sleep)
        if early is not None:
            return early
    closed = _closed(house, channel, operation, refusals)
    if closed is not None:
        return closed
    response = work()
    body = response.get_data()
    if fault is not None:
        previous = house.faults.previous(channel, operation)
        response.set_data(spoil(fault.mode, body, previous=previous, subject=g.subject))
    else:
        house.faults.remember(channel, operation, body)
    return response


def _closed(
    house: House, channel: str, operation: str, refusals: Mapping[str, Callable[[], Response | None]]
) -> Response | None:
    """What the calendar says: nothing, or the upstream's words for its nightly window or for its daily quota."""
    if house.calendar.shut(channel):
        g.verdict = "nightly window"
        word = refusals.get("window", refusals.get("maintenance", unavailable))
        answer = word()
        if answer is not None:
            return answer
    if not house.calendar.spend(channel, operation):
        g.verdict = "daily quota"
        return refusals.get("quota", exhausted)() or exhausted()
    return None
