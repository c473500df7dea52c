"""A carrier's text-message gateway: one session of CMPP 2.0 as a state machine, without any socket (channels.md 12.1).

:mod:`adapters.sandbox.cmpp_server` carries the octets. Texts land in the same inboxes as those of the other gateway.
"""

import datetime
import re
import struct
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from adapters.sandbox import cmpp_packets as packets
from adapters.sandbox.ciphers import same
from adapters.sandbox.cmpp_packets import Login, Malformed, Packet, Submit
from adapters.sandbox.effects import BIG, GARBAGE
from adapters.sandbox.faults import Fault, ResetFault, TimeoutFault
from adapters.sandbox.house import SKEW_SECONDS, Entry, House
from adapters.sandbox.masking import mask
from adapters.sandbox.phones import LATE_SECONDS, Message

OK, BAD_STRUCTURE, BAD_SOURCE, BAD_SECRET, BAD_VERSION, OTHER_ERROR = range(6)
_TOO_LONG, _FLOW, _BUSY = 4, 8, 9
_TEXT_OCTETS: Final = 140
_CODE: Final = re.compile(r"(?<!\d)\d{4,8}(?!\d)")
_CHINA: Final = datetime.timezone(datetime.timedelta(hours=8))
# A packet of another number than any that was sent, for ``wrong_subject``.
_STRANGE: Final = 0x7FFF_FFFE


class Closed(Exception):
    """Send what comes with it and close the connection."""


@dataclass(slots=True)
class Session:
    """One connection. ``reports`` wait until their time has come."""

    house: House
    connected: bool = False
    reports: deque[tuple[float, bytes]] = field(default_factory=deque, repr=False)
    _received: bytes = field(default=b"", repr=False)
    _sent: int = 0

    def feed(self, octets: bytes) -> Iterator[bytes]:
        """What the gateway sends for these octets. Raises Closed, TimeoutFault (say nothing) and ResetFault."""
        self._received += octets
        while True:
            try:
                taken = packets.first(self._received)
            except Malformed as error:
                raise Closed from error
            if taken is None:
                return
            packet, self._received = taken
            yield from self._answered(packet)

    def due(self) -> Iterator[bytes]:
        """Delivery reports whose time has come."""
        now = self.house.clock.now()
        ready = [row for row in self.reports if row[0] <= now]
        for row in ready:
            self.reports.remove(row)
            yield row[1]

    def _answered(self, packet: Packet) -> Iterator[bytes]:
        name = packets.NAMES.get(packet.command)
        if name == "report":  # the customer has taken a report
            return
        if name is None or (name != "connect" and not self.connected):
            self._note(name or "unknown", "refused: not connected" if name else "refused: unknown command", {})
            raise Closed
        fault = self._strike(name)
        early: list[bytes] = []
        answer, verdict, fields = self._worked(name, packet, fault, early)
        self._note(name, verdict if fault is None else f"{verdict}; fault {fault.mode}", fields)
        yield from early
        yield self._spoilt(name, answer, fault)
        if name == "terminate" or (fault is not None and fault.mode in {"truncated", "garbage"}):
            raise Closed

    def _strike(self, name: str) -> Fault | None:
        delay = self.house.faults.latency("cmpp")
        if delay:
            self.house.sleep(delay)
        fault = self.house.faults.take("cmpp", name)
        ending = {"timeout": TimeoutFault, "reset": ResetFault, "flap": Closed}
        if fault is not None and fault.mode in ending:
            self._note(name, f"fault {fault.mode}", {})
            raise ending[fault.mode]
        if fault is not None and fault.mode == "slow":
            self.house.sleep(fault.latency_ms / 1000)
        return fault

    def _worked(
        self, name: str, packet: Packet, fault: Fault | None, early: list[bytes]
    ) -> tuple[Packet, str, dict[str, str]]:
        mode = fault.mode if fault else ""
        if name == "connect":
            answer, verdict = self._connect(packet, mode)
            return answer, verdict, {}
        if name == "submit":
            return self._submit(packet, mode, early)
        return packet.answer(b"\0" if name == "active_test" else b""), "verified", {}

    def _connect(self, packet: Packet, mode: str) -> tuple[Packet, str]:
        secret = self.house.credentials.cmpp_secret.encode()
        try:
            login = Login.read(packet.body)
            status = self._status(login, mode)
        except Malformed:
            login, status = Login(b"", bytes(16), 0, 0), BAD_STRUCTURE
        self.connected = status == OK
        proof = packets.authenticator_ismg(status, login.authenticator, secret)
        if mode == "bad_signature":
            proof = proof[:-1] + bytes([proof[-1] ^ 1])
        body = bytes([status]) + proof + bytes([packets.VERSION])
        return packet.answer(body), "verified" if status == OK else f"refused: status {status}"

    def _status(self, login: Login, mode: str) -> int:
        c = self.house.credentials
        if login.source != c.cmpp_source.encode():
            return BAD_SOURCE
        expected = packets.authenticator_source(login.source, c.cmpp_secret.encode(), login.timestamp)
        if not same(expected.hex(), login.authenticator.hex()) or not self._fresh(login.timestamp):
            return BAD_SECRET
        if login.version > packets.VERSION:
            return BAD_VERSION
        closed = self.house.calendar.shut("cmpp") or not self.house.calendar.spend("cmpp", "connect")
        return OTHER_ERROR if closed or mode == "maintenance" else OK

    def _fresh(self, timestamp: int) -> bool:
        now = self._moment(self.house.clock.now())
        try:
            at = datetime.datetime.strptime(f"{now.year}{timestamp:010d}", "%Y%m%d%H%M%S").replace(tzinfo=_CHINA)
        except ValueError:
            return False
        return abs((at - now).total_seconds()) <= SKEW_SECONDS

    def _submit(self, packet: Packet, mode: str, early: list[bytes]) -> tuple[Packet, str, dict[str, str]]:
        message_id = self._message_id()
        try:
            submit = Submit.read(packet.body)
            text = submit.text()
        except Malformed:
            return packet.answer(message_id + bytes([BAD_STRUCTURE])), "refused: result 1", {}
        fields = {f"mobile{i}": mask("mobile", m) for i, m in enumerate(submit.receivers, 1)}
        result = self._result(submit, text, mode)
        if result == OK:
            self._deliver(submit, text, message_id, mode, early)
        answer = packet.answer(message_id + bytes([result]))
        if mode == "wrong_subject":
            answer = Packet(answer.command, _STRANGE, answer.body)
        return answer, "verified" if result == OK else f"refused: result {result}", fields

    def _result(self, submit: Submit, text: str, mode: str) -> int:
        house = self.house
        if mode == "maintenance" or house.calendar.shut("cmpp"):
            return _BUSY
        if len(submit.content) > _TEXT_OCTETS or submit.parts != 1:
            return _TOO_LONG
        mobiles_good = all(re.fullmatch(r"(?:86)?1\d{10}", m, re.ASCII) for m in submit.receivers)
        signed = text.startswith(f"【{house.credentials.sms_sign_name}】")
        if not submit.receivers or not mobiles_good or not signed or submit.source != house.credentials.cmpp_source:
            return BAD_STRUCTURE
        full = house.sms_flow_control and any(house.phones.full_window(m[-11:]) for m in submit.receivers)
        return _FLOW if mode == "quota" or full or not house.calendar.spend("cmpp", "submit") else OK

    def _deliver(self, submit: Submit, text: str, message_id: bytes, mode: str, early: list[bytes]) -> None:
        now = self.house.clock.now()
        visible_at = now + (LATE_SECONDS if mode == "late_delivery" else 0.0)
        state = "UNDELIV" if mode == "undelivered" else "DELIVRD"
        found = _CODE.search(text)
        for mobile in submit.receivers:
            row = (mobile[-11:], text, found[0] if found else "", now, visible_at, message_id.hex(), "")
            for _ in range(2 if mode == "duplicate_delivery" else 1):
                self.house.phones.deliver(Message(*row, state))
            if submit.wants_report:
                self._report(message_id, state, mobile, (now, visible_at), mode, early)

    def _report(
        self, message_id: bytes, state: str, mobile: str, at: tuple[float, float], mode: str, early: list[bytes]
    ) -> None:
        submitted, done = (f"{self._moment(t):%y%m%d%H%M}" for t in at)
        source = self.house.credentials.cmpp_source
        for _ in range(2 if mode == "duplicate_callback" else 1):
            self._sent += 1
            body = packets.report(message_id, state, submitted, done, mobile, source, self._sent)
            octets = Packet(packets.DELIVER, self._sent, body).octets()
            if mode == "early_callback":
                early.append(octets)
            else:
                self.reports.append((at[1], octets))

    def _spoilt(self, name: str, answer: Packet, fault: Fault | None) -> bytes:
        octets, faults = answer.octets(), self.house.faults
        previous = faults.previous("cmpp", name)
        if fault is None:
            faults.remember("cmpp", name, octets)
            return octets
        match fault.mode:
            case "truncated":
                return octets[: len(octets) // 2]
            case "garbage":
                return GARBAGE
            case "big_body":
                return struct.pack(">I", len(octets) + BIG) + octets[4:] + bytes(BIG)
            case "stale" if previous is not None:
                return previous
            case _:
                return octets

    def _message_id(self) -> bytes:
        """Month, day, hour, minute, second, gateway and a running number, in 64 bits."""
        now = self._moment(self.house.clock.now())
        value = 0
        for part, bits in ((now.month, 4), (now.day, 5), (now.hour, 5), (now.minute, 6), (now.second, 6), (7890, 22)):
            value = value << bits | part
        return struct.pack(">Q", value << 16 | int.from_bytes(self.house.octets(2)))

    def _moment(self, at: float) -> datetime.datetime:
        return datetime.datetime.fromtimestamp(at, tz=_CHINA)

    def _note(self, name: str, verdict: str, fields: dict[str, str]) -> None:
        where = ("cmpp", name, "TCP", f"cmpp/{name}", verdict, fields)
        self.house.journal.append(Entry(self.house.clock.now(), *where))
