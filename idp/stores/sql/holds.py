"""Whose a number is, decided and written in the caller's transaction: binding, claims, disputes.

The decision is the domain's (:mod:`idp.domain.holding`); here it is made under locks, on what the rows say. Everything
about one number comes one after the other (:func:`take_turn`): each step touches rows of several accounts, and without
one lock for all of them two steps could wait for one another.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from idp.domain.errors import AttemptSpent, PersonMismatch, SignInRefused, StoreUnavailable
from idp.domain.holding import Hold, Verdict, held_by, hold_of, settle
from idp.domain.ports import Binding, Recorded
from idp.stores.sql import evidence_rows
from idp.stores.sql.contra_rows import contra_of
from idp.stores.sql.engine import SQLITE, insert_unless_there, violated
from idp.stores.sql.tables import citizens, evidence, person_claims, standings

_PERSON_KEY = "uq_citizens_person_key"
_CHANGES_OF_HANDS = 5
_NOBODY: Mapping[str, Any] = {"person_key": None, "name": None, "id_number": None}


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof as rows: whose, when, the columns that bind an account to the person, and those of a claim."""

    citizen_id: str
    at: float
    person: Mapping[str, Any] = field(repr=False)
    claim: Mapping[str, Any] = field(repr=False)
    row: Mapping[str, Any] = field(repr=False)

    @property
    def key(self) -> Any:
        """The person key."""
        return self.person["person_key"]


def take_turn(connection: Connection, key: bytes) -> None:
    """Wait until nobody else decides about this number; held to the end of the transaction.

    SQLite needs none: its writers come one after the other anyway (``BEGIN IMMEDIATE``).
    """
    if connection.dialect.name != SQLITE:
        connection.execute(select(func.pg_advisory_xact_lock(int.from_bytes(key[:8], "big", signed=True))))


def record(connection: Connection, proof: Proof) -> Recorded:
    """Keep the proof and decide whose the number is.

    Raises PersonMismatch, AttemptSpent for evidence that is there already, SignInRefused for a joined account.
    """
    take_turn(connection, proof.key)
    _check_same_person(connection, proof)
    if not insert_unless_there(connection, evidence, proof.row, "id"):
        raise AttemptSpent("evidence")  # one attempt leaves one piece of evidence
    holder = bind_or_holder(connection, proof)
    if holder is None:
        return _settled(connection, proof)
    mine = hold(connection, proof.citizen_id, proof.at)
    verdict = settle(_held(connection, holder, proof.at), mine)
    if verdict is not Verdict.TAKES_OVER:
        _claim(connection, proof)
        return Recorded(Binding.HELD_EQUALLY if verdict is Verdict.EQUAL else Binding.HELD, (holder,))
    stood = release(connection, holder, proof.at)
    if not _bind(connection, proof):
        raise StoreUnavailable("sql: a released number was taken")
    drop_claim(connection, proof.citizen_id)
    unsuspend(connection, proof.citizen_id)
    # Others disputed whoever held it before; against this account nobody has said a word.
    others = update(person_claims).where(person_claims.c.person_key == proof.key)
    connection.execute(others.values(disputed_at=None))
    return Recorded(Binding.TAKEN_OVER, (holder,), stood=stood)


def hold(connection: Connection, citizen_id: str, now: float) -> Hold:
    """How strongly an account has shown to be its person."""
    rows = connection.execute(select(evidence).where(evidence.c.citizen_id == citizen_id)).mappings().all()
    return hold_of(evidence_rows.weighed(rows, contra_of(connection, citizen_id)), now)


def _held(connection: Connection, holder: str, now: float) -> Hold:
    rows = connection.execute(select(evidence).where(evidence.c.citizen_id == holder)).mappings().all()
    return held_by(evidence_rows.weighed(rows, contra_of(connection, holder)), now)


def release(connection: Connection, citizen_id: str, now: float) -> bool:
    """Take the number from an account: it proved nothing that counts, and is nobody in particular again.

    Whether it stood for an organisation.
    """
    connection.execute(update(citizens).where(citizens.c.id == citizen_id).values(**_NOBODY))
    return revoke(connection, citizen_id, now)


def revoke(connection: Connection, citizen_id: str, now: float) -> bool:
    """End all evidence of an account; it stands for no organisation either: that was said of its person.

    Whether it stood for one.
    """
    mine = (evidence.c.citizen_id == citizen_id, evidence.c.revoked_at.is_(None))
    connection.execute(update(evidence).where(*mine).values(revoked_at=now))
    return connection.execute(delete(standings).where(standings.c.citizen_id == citizen_id)).rowcount > 0


def suspend(connection: Connection, citizen_id: str, now: float) -> None:
    """All evidence of an account stops to count until further notice."""
    mine = (evidence.c.citizen_id == citizen_id, evidence.c.revoked_at.is_(None), evidence.c.suspended_at.is_(None))
    connection.execute(update(evidence).where(*mine).values(suspended_at=now))


def unsuspend(connection: Connection, citizen_id: str) -> None:
    """Evidence of an account counts again."""
    connection.execute(update(evidence).where(evidence.c.citizen_id == citizen_id).values(suspended_at=None))


def claimants(connection: Connection, key: Any) -> list[str]:
    """The accounts that claim the number, disputing or not."""
    claims = person_claims.c
    return list(connection.execute(select(claims.citizen_id).where(claims.person_key == key)).scalars())


def disputants(connection: Connection, key: Any) -> list[str]:
    """The accounts that dispute the number's holder."""
    claims = person_claims.c
    return list(
        connection.execute(
            select(claims.citizen_id).where(claims.person_key == key, claims.disputed_at.is_not(None))
        ).scalars()
    )


def dispute(connection: Connection, citizen_id: str, now: float) -> str | None:
    """Freeze claimant and holder; the holder, or None when there is nothing to dispute."""
    claim = _live_claim(connection, citizen_id)
    if claim is None or claim["disputed_at"] is not None:
        return None
    holder = _holder(connection, claim["person_key"])
    if settle(_held(connection, holder, now), hold(connection, citizen_id, now)) is not Verdict.EQUAL:
        return None
    connection.execute(update(person_claims).where(person_claims.c.citizen_id == citizen_id).values(disputed_at=now))
    suspend(connection, holder, now)
    return holder


def withdraw(connection: Connection, citizen_id: str, now: float) -> bool:
    """Give a claim up; the holder is free again unless somebody else disputes it too."""
    claim = _live_claim(connection, citizen_id)
    if claim is None:
        return False
    revoke(connection, citizen_id, now)
    drop_claim(connection, citizen_id)
    if not disputants(connection, claim["person_key"]):
        unsuspend(connection, _holder(connection, claim["person_key"]))
    return True


def _live_claim(connection: Connection, citizen_id: str) -> Any:
    """The claim as it is when its number's turn has come."""
    query = select(person_claims).where(person_claims.c.citizen_id == citizen_id)
    found = connection.execute(query).mappings().first()
    if found is None:
        return None
    take_turn(connection, found["person_key"])
    return connection.execute(query.with_for_update()).mappings().first()


def _check_same_person(connection: Connection, proof: Proof) -> None:
    """Lock the account, so that two proofs of one citizen come one after the other, and compare its person.

    An account that was joined to another meanwhile proves nothing any more: what it would gain is nobody's to see.
    """
    columns = (citizens.c.person_key, citizens.c.merged_into)
    row = connection.execute(select(*columns).where(citizens.c.id == proof.citizen_id).with_for_update()).first()
    if row is None:
        raise StoreUnavailable(f"sql: no citizen {proof.citizen_id}")
    if row.merged_into is not None:
        raise SignInRefused
    claimed = select(person_claims.c.person_key).where(person_claims.c.citizen_id == proof.citizen_id)
    if {row.person_key, connection.execute(claimed).scalar()} - {None, proof.key}:
        raise PersonMismatch(proof.citizen_id)


def _bind(connection: Connection, proof: Proof) -> bool:
    """Bind the number to the account unless another holds it; the UNIQUE constraint decides between two at once.

    The savepoint keeps PostgreSQL's transaction usable for the question who the holder is.
    """
    try:
        with connection.begin_nested():
            connection.execute(update(citizens).where(citizens.c.id == proof.citizen_id).values(**proof.person))
    except IntegrityError as error:
        if violated(error) != _PERSON_KEY:
            raise
        return False
    return True


def bind_or_holder(connection: Connection, proof: Proof) -> str | None:
    """None when the number is this account's now; else its holder, locked.

    While one waits for the holder's lock, the number may go over to a third account: then it is asked for again.
    """
    for _ in range(_CHANGES_OF_HANDS):
        if _bind(connection, proof):
            return None
        holder = _find_holder(connection, proof.key)
        if holder is not None:
            return holder
    raise StoreUnavailable("sql: a number changes hands too fast")


def _holder(connection: Connection, key: Any) -> str:
    found = _find_holder(connection, key)
    if found is None:
        raise StoreUnavailable("sql: the holder of a person key went away")
    return found


def _find_holder(connection: Connection, key: Any) -> str | None:
    found = connection.execute(select(citizens.c.id).where(citizens.c.person_key == key).with_for_update()).scalar()
    return None if found is None else str(found)


def _claim(connection: Connection, proof: Proof) -> None:
    """Keep the claim, and its evidence as what does not count."""
    if _live_claim(connection, proof.citizen_id) is None:
        connection.execute(insert(person_claims).values(**proof.claim))
    suspend(connection, proof.citizen_id, proof.at)


def free(connection: Connection, key: Any, now: float) -> tuple[str, ...]:
    """Nobody holds the number any more, so nobody is to be disputed: who claimed it may prove it and hold it."""
    freed = claimants(connection, key)
    for each in freed:
        revoke(connection, each, now)
        drop_claim(connection, each)
    return tuple(freed)


def drop_claim(connection: Connection, citizen_id: str) -> None:
    """The account claims nothing any more."""
    connection.execute(delete(person_claims).where(person_claims.c.citizen_id == citizen_id))


def _settled(connection: Connection, proof: Proof) -> Recorded:
    """The number is this account's own. In a dispute, what is stronger than every disputant's ends it."""
    drop_claim(connection, proof.citizen_id)
    disputing = disputants(connection, proof.key)
    if not disputing:
        unsuspend(connection, proof.citizen_id)
        return Recorded(Binding.BOUND)
    mine = hold(connection, proof.citizen_id, proof.at)
    if mine <= _strongest(connection, disputing, proof.at):
        suspend(connection, proof.citizen_id, proof.at)
        return Recorded(Binding.HELD_EQUALLY, tuple(disputing))
    for each in disputing:
        revoke(connection, each, proof.at)
        drop_claim(connection, each)
    unsuspend(connection, proof.citizen_id)
    return Recorded(Binding.SETTLED, tuple(disputing))


def _strongest(connection: Connection, accounts: Iterable[str], now: float) -> Hold:
    return max(hold(connection, each, now) for each in accounts)
