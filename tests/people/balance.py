"""Whether a soak's books balance: what people saw, the evidence, the audit log, the tries, and the upstreams' own log."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from sqlalchemy import func, select

from adapters.sandbox.traits import MATCH, MISMATCH, NOT_FOUND, REJECTED
from idp.domain.assurance import level_of
from idp.domain.audit import AttemptEnded
from idp.domain.audit_words import Outcome
from idp.domain.channel import UNSPENT_AFTER_FAILURE, UNSPENT_REASONS, Reason
from idp.people.limits import PROOF_CITIZEN
from idp.stores.sql import tables
from idp.stores.sql.audit_log import SqlAuditLog
from idp.stores.sql.citizens import SqlCitizens
from tests.people.faults import ONE_TIME_CODES
from tests.people.soak import Attempt, Soak, Visitor

# Another word than the table of traits has, for the same thing: a bank tells no missing card from a wrong one and is
# asked about nobody under age; who finds no licence of theirs in the app presses 拒绝.
AS_GOOD: Final[Mapping[tuple[str, str], frozenset[str]]] = {
    ("unionpay_card", NOT_FOUND): frozenset({MISMATCH, REJECTED}),
    ("business_registry", NOT_FOUND): frozenset({REJECTED}),
}
POSSESSION: Final = frozenset(
    {"unionpay_card", "social_security", "alipay_account", "wechat_realname", "business_registry"}
)
PRESENCE: Final = frozenset({"zhima_face", "local_face", "counter_verify"})
MOST_EVENTS: Final = 1000


def discrepancies(soak: Soak) -> list[str]:
    """Everything that does not agree; nothing personal. Drains the outbox first."""
    log = SqlAuditLog(soak.engine, soak.cipher)
    while soak.outbox.drain(log):
        pass
    citizens = SqlCitizens(soak.engine, soak.cipher)
    found = [] if isinstance(log.verify(), int) else ["the audit chain is broken"]
    for visitor in soak.visitors:
        found += [f"person {visitor.home}: {each}" for each in _of_person(visitor)]
        found += [f"person {visitor.home}: {each}" for each in _stored(visitor, citizens, log)]
    return found + list(_in_all(soak))


def _of_person(visitor: Visitor) -> Iterator[str]:
    """Each attempt against what this person was to expect."""
    for attempt in visitor.attempts:
        expected = visitor.person.expected(attempt.channel)
        if attempt.results > 1:
            yield f"{attempt.channel} has {attempt.results} results"
        if attempt.failures and not attempt.fault:
            yield f"{attempt.channel} failed and nothing was wrong"
        good = {"", expected} | AS_GOOD.get((attempt.channel, expected), frozenset())
        if attempt.word not in good and not _is_the_faults(attempt):
            yield f"{attempt.channel} {attempt.fault}: {attempt.word} ({attempt.reason}) and not {expected}"
        # A transaction that the fault swallowed is told by the query; where the text failed it is sent again with the
        # same details, and the bank is not asked anew.
        told_otherwise = attempt.channel == "unionpay_card" and attempt.fault and attempt.theirs <= 2
        if attempt.ours != attempt.theirs and not told_otherwise:
            yield f"{attempt.channel} {attempt.fault}: we asked {attempt.ours} times, they answered {attempt.theirs}"
    spent = sum(map(cost, visitor.attempts))
    if visitor.left != PROOF_CITIZEN.count - spent:
        yield f"{PROOF_CITIZEN.count - visitor.left} tries spent and not {spent}"


def _is_the_faults(attempt: Attempt) -> bool:
    """A refusal that the fault made: a portrait that is not there, a one-time code that is spent."""
    lost = attempt.reason in UNSPENT_AFTER_FAILURE and attempt.channel in ONE_TIME_CODES and bool(attempt.failures)
    return lost or (attempt.reason is Reason.NO_PORTRAIT and attempt.fault == "no_portrait")


def cost(attempt: Attempt) -> int:
    """Tries that an attempt costs: a yes and an avoidable no one, a failure none (channels.md 2.1)."""
    if not attempt.word or attempt.reason in UNSPENT_REASONS:
        return 0
    return 0 if attempt.reason in UNSPENT_AFTER_FAILURE and Outcome.UNAVAILABLE in attempt.failures else 1


def _stored(visitor: Visitor, citizens: SqlCitizens, log: SqlAuditLog) -> Iterator[str]:
    """Rows and events of one person: one row or one reason for each attempt that ended, in order, and no other."""
    rows = citizens.evidence_of(visitor.citizen_id)
    proved = [attempt.channel for attempt in visitor.attempts if attempt.word == MATCH]
    if Counter(row.channel for row in rows) != Counter(proved):
        yield "evidence is not what was proved"
    recent = log.recent(visitor.citizen_id, limit=MOST_EVENTS)
    ended = [entry.detail for entry in reversed(recent) if entry.kind == AttemptEnded.kind]
    told = [(each["channel"], each["outcome"], each["reason"]) for each in ended]
    if told != [line for attempt in visitor.attempts for line in _lines(attempt)]:
        yield "the audit log tells another story"
    if {each["evidence_id"] for each in ended} - {None} != {row.id for row in rows}:
        yield "the audit log names other evidence"
    now = max((row.verified_at for row in rows), default=0.0)
    if level_of(rows, now) != level_expected(frozenset(proved)):
        yield f"level {int(level_of(rows, now))} and not {level_expected(frozenset(proved))}"
    citizen = citizens.by_id(visitor.citizen_id)
    holder = (visitor.person.name, visitor.person.id18) if proved else None
    if citizen is None or citizen.person != holder:
        yield "another name or number than was proved"


def _lines(attempt: Attempt) -> Iterator[tuple[str, str, str | None]]:
    """The attempt in the audit log: each failure, then the end if it has one."""
    for failure in attempt.failures:
        yield attempt.channel, str(failure), None
    if attempt.word:
        outcome = Outcome.OK if attempt.word == MATCH else Outcome.REFUSED
        yield attempt.channel, str(outcome), None if attempt.reason is None else str(attempt.reason)


def level_expected(proved: frozenset[str]) -> int:
    """The published table of levels, read from channels and not from rows."""
    if not proved & {"police_population", "counter_verify"}:
        return 0
    return 3 if proved & PRESENCE else 2 if proved & POSSESSION else 1


def _in_all(soak: Soak) -> Iterator[str]:
    """The whole database: no row and no event that nobody accounts for."""
    attempts = [attempt for visitor in soak.visitors for attempt in visitor.attempts]
    with soak.engine.connect() as connection:
        rows = connection.execute(select(func.count()).select_from(tables.evidence)).scalar_one()
        ends = select(func.count()).where(tables.audit_events.c.kind == AttemptEnded.kind)
        events = connection.execute(ends).scalar_one()
    if rows != sum(attempt.word == MATCH for attempt in attempts):
        yield f"{rows} rows of evidence"
    if events != sum(len(attempt.failures) + bool(attempt.word) for attempt in attempts):
        yield f"{events} ends of attempts"
    if soak.outbox.waiting():
        yield "events wait in the outbox"
