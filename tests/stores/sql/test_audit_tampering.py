"""An attacker who can write to the database but has no master key: every change of the log is found, and named."""

import hashlib

import pytest
from sqlalchemy import Engine, delete, insert, select, text, update

from idp.domain.errors import StoreUnavailable
from idp.domain.ports import Broken
from idp.stores.sql.audit_log import SqlAuditLog
from idp.stores.sql.tables import audit_events, audit_head
from idp.vault.field_cipher import KeyringCipher
from idp.vault.keyring import Keyring
from idp.vault.master_key import LocalMasterKey
from idp.vault.suites import Suite
from tests.contract.lasting import audit_events as events
from tests.doubles import SeededRandomness, SteppingClock
from tests.stores.sql.conftest import MASTER

number = audit_events.c.number


@pytest.fixture
def log(audit_log: SqlAuditLog) -> SqlAuditLog:
    audit_log.append(events(6))
    assert audit_log.verify() == 6
    return audit_log


def move(connection, old: int, new: int) -> None:
    connection.execute(update(audit_events).where(number == old).values(number=new))


def row_of(connection, which: int) -> dict:
    return dict(connection.execute(select(audit_events).where(number == which)).mappings().one())


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("kind", "signed_out"),
        ("at", 1.0),
        ("citizen_id", "somebody-else"),
        ("client_id", "portal-z"),
        ("request_id", "0"),
        ("event_id", "0"),
        ("detail", '{"level":3}'),
        ("hash", b"\0" * 32),
        ("previous", b"\0" * 32),
    ],
)
def test_a_changed_column_is_found(log: SqlAuditLog, engine: Engine, column: str, value: object):
    with engine.begin() as connection:
        connection.execute(update(audit_events).where(number == 3).values({column: value}))
    assert log.verify() == Broken(3, "changed")


def test_a_row_rewritten_with_a_plain_hash_of_its_own_is_found(log: SqlAuditLog, engine: Engine):
    with engine.begin() as connection:
        forged = row_of(connection, 6) | {"detail": "{}"}
        forged["hash"] = hashlib.sha256(repr(forged).encode()).digest()
        connection.execute(update(audit_events).where(number == 6).values(forged))
        connection.execute(update(audit_head).values(hash=forged["hash"]))
    assert log.verify() == Broken(6, "changed")


def test_a_removed_middle_row_is_found(log: SqlAuditLog, engine: Engine):
    with engine.begin() as connection:
        connection.execute(delete(audit_events).where(number == 3))
    assert log.verify() == Broken(3, "removed")


def test_a_removed_middle_row_is_found_when_the_rest_moves_up(log: SqlAuditLog, engine: Engine):
    with engine.begin() as connection:
        connection.execute(delete(audit_events).where(number == 3))
        for old in (4, 5, 6):
            move(connection, old, old - 1)
        connection.execute(update(audit_head).values(number=5))
    assert log.verify() == Broken(3, "removed")


def test_a_removed_first_row_is_found(log: SqlAuditLog, engine: Engine):
    with engine.begin() as connection:
        connection.execute(delete(audit_events).where(number == 1))
    assert log.verify() == Broken(1, "removed")


def test_a_removed_last_row_is_found(log: SqlAuditLog, engine: Engine):
    with engine.begin() as connection:
        connection.execute(delete(audit_events).where(number == 6))
    assert log.verify() == Broken(6, "removed")


def test_all_rows_removed_is_found(log: SqlAuditLog, engine: Engine):
    with engine.begin() as connection:
        connection.execute(delete(audit_events))
    assert log.verify() == Broken(1, "removed")


def test_a_removed_last_row_is_found_when_the_head_is_moved_back(log: SqlAuditLog, engine: Engine):
    with engine.begin() as connection:
        connection.execute(delete(audit_events).where(number == 6))
        connection.execute(update(audit_head).values(number=5, hash=row_of(connection, 5)["hash"]))
    assert log.verify() == Broken(5, "changed")


def test_a_head_put_back_from_an_earlier_day_is_found(log: SqlAuditLog, engine: Engine):
    with engine.connect() as connection:
        earlier = dict(connection.execute(select(audit_head)).mappings().one())
    log.append(events(2))
    with engine.begin() as connection:
        connection.execute(update(audit_head).values(earlier))
    assert log.verify() == Broken(7, "inserted")


def test_two_swapped_rows_are_found(log: SqlAuditLog, engine: Engine):
    with engine.begin() as connection:
        move(connection, 2, 99)
        move(connection, 3, 2)
        move(connection, 99, 3)
    assert log.verify() == Broken(2, "out of order")


def test_the_first_row_in_another_place_is_found(log: SqlAuditLog, engine: Engine):
    with engine.begin() as connection:
        move(connection, 1, 99)
        move(connection, 4, 1)
        move(connection, 99, 4)
    assert log.verify() == Broken(1, "out of order")


def test_a_row_given_another_number_is_found(log: SqlAuditLog, engine: Engine):
    with engine.begin() as connection:
        move(connection, 6, 9)
    assert log.verify() == Broken(6, "removed")


def test_an_inserted_row_is_found(log: SqlAuditLog, engine: Engine):
    with engine.begin() as connection:
        forged = row_of(connection, 3) | {"event_id": "forged", "number": 4}
        for old in (6, 5, 4):
            move(connection, old, old + 1)
        connection.execute(insert(audit_events).values(forged))
    assert log.verify() == Broken(4, "changed")


def test_a_row_added_behind_the_last_is_found(log: SqlAuditLog, engine: Engine):
    with engine.begin() as connection:
        last = row_of(connection, 6)
        connection.execute(
            insert(audit_events).values(last | {"event_id": "forged", "number": 7, "previous": last["hash"]})
        )
    assert log.verify() == Broken(7, "changed")


def test_a_missing_head_is_found_and_stops_appending(log: SqlAuditLog, engine: Engine):
    with engine.begin() as connection:
        connection.execute(delete(audit_head))
    assert log.verify() == Broken(7, "removed")
    with pytest.raises(StoreUnavailable, match="head of the audit log"):
        log.append(events(1))


def test_the_first_of_several_faults_is_named(log: SqlAuditLog, engine: Engine):
    with engine.begin() as connection:
        connection.execute(delete(audit_events).where(number == 5))
        connection.execute(update(audit_events).where(number == 2).values(kind="signed_out"))
    assert log.verify() == Broken(2, "changed")


def test_another_installations_keys_do_not_vouch_for_the_log(log: SqlAuditLog, engine: Engine):
    from tests.vault.keys import MemoryKeyStore

    randomness = SeededRandomness(99)
    stranger = KeyringCipher(Keyring(LocalMasterKey(MASTER, randomness), MemoryKeyStore(), SteppingClock(), randomness))
    assert SqlAuditLog(engine, stranger).verify() == Broken(1, "changed")


def test_the_log_stays_whole_when_the_suite_changes(log: SqlAuditLog, engine: Engine, clock: SteppingClock, key_store):
    randomness = SeededRandomness(8)
    master = LocalMasterKey(MASTER, randomness, suite=Suite.SHANGMI)
    later = SqlAuditLog(engine, KeyringCipher(Keyring(master, key_store, clock, randomness, suite=Suite.SHANGMI)))
    later.append(events(2))
    assert later.verify() == 8


def test_every_append_leaves_a_head_that_can_be_checked(audit_log: SqlAuditLog, engine: Engine):
    for count in range(1, 4):
        audit_log.append(events(1))
        assert audit_log.verify() == count
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM audit_head")).scalar() == 1
