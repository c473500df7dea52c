"""What every outbox promises: an audit event is neither lost nor doubled on its way to the log."""

from collections.abc import Iterable
from typing import Any

import pytest

from idp.domain.audit import AttemptEnded, ConsentGiven, Registered, SignedIn, SignInFailed
from idp.domain.audit_words import AuditEvent, Outcome, SignInMethod
from idp.domain.channel import Reason
from idp.domain.ports import AuditLog, Outbox
from tests.contract.threads import at_once


class KeptLog:
    """An audit log that is a dict: idempotent by event id, as the port demands."""

    def __init__(self) -> None:
        self.events: dict[str, AuditEvent] = {}

    def append(self, events: Iterable[AuditEvent]) -> int:
        before = len(self.events)
        for event in events:
            self.events.setdefault(event.id, event)
        return len(self.events) - before

    def verify(self) -> int:
        return len(self.events)

    def recent(self, citizen_id: str, *, limit: int) -> list[Any]:
        return []


class DownLog(KeptLog):
    def append(self, events: Iterable[AuditEvent]) -> int:
        raise ConnectionError("down")


class OutboxContract:
    """Fixtures: ``outbox``."""

    EVENTS: tuple[AuditEvent, ...] = (
        Registered(id="01", at=1.25, citizen_id="c1", request_id="q"),
        SignedIn(id="02", at=2.0, citizen_id="c2", method=SignInMethod.MOBILE, amr=("pwd", "otp"), level=2),
        SignInFailed(id="03", at=3.0, method=SignInMethod.ID_NUMBER, outcome=Outcome.REFUSED),
        AttemptEnded(
            id="04", at=4.0, citizen_id="c1", channel="x", outcome=Outcome.REFUSED, reason=Reason.MISMATCH_NAME
        ),
        AttemptEnded(id="05", at=5.0, citizen_id="c3", channel="x", outcome=Outcome.OK, evidence_id="e"),
        ConsentGiven(id="06", at=6.0, citizen_id="c4", client_id="rp", scopes=("openid", "profile")),
    )

    @pytest.fixture
    def filled(self, outbox: Outbox) -> Outbox:
        for event in self.EVENTS:
            outbox.append(event)
        return outbox

    def test_events_arrive_as_they_were_and_once(self, filled: Outbox):
        log = KeptLog()
        assert filled.drain(log) == len(self.EVENTS)
        assert log.events == {event.id: event for event in self.EVENTS}
        assert filled.drain(log) == 0

    def test_an_empty_outbox_moves_nothing(self, outbox: Outbox):
        assert outbox.drain(KeptLog()) == 0

    def test_a_log_that_is_down_loses_nothing(self, filled: Outbox):
        with pytest.raises(ConnectionError):
            filled.drain(DownLog())
        log: AuditLog = KeptLog()
        assert filled.drain(log) == len(self.EVENTS)

    def test_a_batch_is_the_most_that_is_moved(self, filled: Outbox):
        log = KeptLog()
        assert [filled.drain(log, batch=4), filled.drain(log, batch=4), filled.drain(log, batch=4)] == [4, 2, 0]
        assert len(log.events) == len(self.EVENTS)

    def test_eight_drainers_at_once_neither_lose_nor_double(self, outbox: Outbox):
        for n in range(100):
            outbox.append(Registered(id=f"{n:032x}", at=float(n), citizen_id=f"citizen {n % 7}"))
        log = KeptLog()
        moved = sum(at_once(8, lambda _: sum(outbox.drain(log, batch=9) for _ in range(20))))
        assert moved == 100
        assert len(log.events) == 100
