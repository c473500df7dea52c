"""The two databases behave as one: errors, transactions, locks."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.exc import IntegrityError

from idp.domain.errors import StoreUnavailable
from idp.domain.ports import WrappedKey
from idp.stores.sql.citizens import SqlCitizens
from idp.stores.sql.consents import SqlConsents
from idp.stores.sql.engine import open_engine, reading, snapshot, violated, writing
from idp.stores.sql.key_store import SqlKeyStore
from idp.stores.sql.tables import citizens, vault_keys
from idp.vault.field_cipher import KeyringCipher
from tests.contract.lasting import new_citizen

KEY = {"key_id": "1", "purpose": "field", "created_at": 1.0, "wrapped": b"-"}


@pytest.fixture
def impatient(engine: Engine, database_url: str) -> Iterator[Engine]:
    """Another worker on the same database, which waits for almost nothing."""
    other = open_engine(database_url, pool_size=1, pool_wait_seconds=0.05, lock_seconds=0.05)
    yield other
    other.dispose()


def count(engine: Engine) -> int:
    with reading(engine) as connection:
        return len(connection.execute(select(vault_keys.c.number)).all())


def test_what_was_written_is_there_and_what_failed_is_not(engine: Engine):
    with writing(engine) as connection:
        connection.execute(insert(vault_keys).values(KEY))
    with contextlib.suppress(ZeroDivisionError), writing(engine) as connection:
        connection.execute(insert(vault_keys).values(KEY | {"key_id": "2"}))
        raise ZeroDivisionError
    assert count(engine) == 1


def test_a_writer_that_waits_too_long_is_told_so(engine: Engine, impatient: Engine):
    with writing(engine) as connection:
        connection.execute(insert(vault_keys).values(KEY | {"first_of": "field"}))
        with pytest.raises(StoreUnavailable):
            SqlKeyStore(impatient).add_first(WrappedKey("2", "field", 1.0, b"-"))
    assert count(engine) == 1


def test_a_reader_does_not_wait_for_a_writer(engine: Engine, impatient: Engine):
    with writing(engine) as connection:
        connection.execute(insert(vault_keys).values(KEY))
        assert count(impatient) == 0


def test_a_snapshot_does_not_see_what_is_written_meanwhile(engine: Engine):
    query = select(vault_keys.c.number)
    with snapshot(engine) as looking:
        assert looking.execute(query).all() == []
        with writing(engine) as connection:
            connection.execute(insert(vault_keys).values(KEY))
        assert looking.execute(query).all() == []
    assert count(engine) == 1


def test_a_pool_without_a_free_connection_is_told_so(impatient: Engine):
    with reading(impatient), reading(impatient), pytest.raises(StoreUnavailable, match="no free connection"):
        count(impatient)


@pytest.mark.postgres
def test_a_statement_that_takes_too_long_is_told_so(postgres_url: str):
    engine = open_engine(postgres_url, statement_seconds=0.3)
    with pytest.raises(StoreUnavailable, match="QueryCanceled 57014"), reading(engine) as connection:
        connection.execute(text("SELECT pg_sleep(20)"))
    engine.dispose()


@pytest.mark.postgres
def test_a_dead_connection_is_replaced(postgres_url: str, postgres_server):
    engine = open_engine(postgres_url)
    with reading(engine) as connection:
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    postgres_server.execute(f"SELECT pg_terminate_backend({pid}, 5000)")
    with reading(engine) as connection:
        assert connection.execute(text("SELECT pg_backend_pid()")).scalar_one() != pid
    engine.dispose()


def test_no_server_is_told_so_without_its_address(tmp_path: Path):
    engine = open_engine(f"postgresql://somebody@/somewhere?host={tmp_path}")
    with pytest.raises(StoreUnavailable) as caught, reading(engine):
        pass
    assert str(tmp_path) not in str(caught.value)
    assert "somebody" not in str(caught.value)


def test_a_file_that_is_no_database_is_told_so(tmp_path: Path):
    (tmp_path / "idp.sqlite3").write_bytes(b"not a database at all" * 100)
    engine = open_engine(f"sqlite:///{tmp_path / 'idp.sqlite3'}")
    with pytest.raises(StoreUnavailable), reading(engine):
        pass
    engine.dispose()


def test_errors_show_neither_sql_nor_values(engine: Engine, cipher: KeyringCipher):
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE credentials RENAME TO gone"))
    try:
        with pytest.raises(StoreUnavailable) as caught:
            SqlCitizens(engine, cipher).open(new_citizen(mobile="+8613912345678", password_hash="argon-secret"))
    finally:
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE gone RENAME TO credentials"))
    shown = f"{caught.value!r} {caught.value.__cause__!r}"
    for private in ("13912345678", "argon-secret", "INSERT", "credentials"):
        assert private not in shown
    assert caught.value.__suppress_context__


def test_a_violated_constraint_has_one_name_on_both_databases(engine: Engine):
    row = {"id": "1", "created_at": 1.0, "locale": "zh_CN", "elder_mode": False, "subject_secret": b"-"}
    with engine.begin() as connection:
        connection.execute(insert(citizens).values(row | {"person_key": b"k"}))
    with pytest.raises(IntegrityError) as caught, engine.begin() as connection:
        connection.execute(insert(citizens).values(row | {"id": "2", "person_key": b"k"}))
    assert violated(caught.value) == "uq_citizens_person_key"


def test_a_broken_reference_is_no_answer(engine: Engine):
    consents = SqlConsents(engine)
    with pytest.raises(StoreUnavailable, match="constraint"):
        consents.give("nobody", "portal-a", frozenset({"openid"}), now=1.0)
    assert consents.of("nobody", "portal-a") is None


def test_sqlite_is_durable_and_keeps_references(sqlite_url: str):
    engine = open_engine(sqlite_url)
    with reading(engine) as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    engine.dispose()
    assert found == ["wal", 2, 1]


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://root@localhost/idp"])
def test_a_database_that_workers_cannot_share_is_refused(url: str):
    with pytest.raises(ValueError, match=r"SQLite needs a file|no such kind of database"):
        open_engine(url)


def test_directories_of_the_sqlite_file_are_made(tmp_path: Path):
    engine = open_engine(f"sqlite:///{tmp_path}/var/data/idp.sqlite3")
    with reading(engine) as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    engine.dispose()
    assert (tmp_path / "var" / "data").stat().st_mode & 0o077 == 0


class TestBesideThePort:
    """What the account page and the operators need of SqlCitizens."""

    def test_settings_of_an_account_are_kept(self, citizens: SqlCitizens):
        citizens.open(new := new_citizen())
        assert citizens.set_locale(new.id, "en")
        assert citizens.set_elder_mode(new.id, on=True)
        assert citizens.disable(new.id, now=7.5)
        found = citizens.by_id(new.id)
        assert found is not None
        assert (found.locale, found.elder_mode, found.disabled_at) == ("en", True, 7.5)
        assert citizens.enable(new.id)
        again = citizens.by_id(new.id)
        assert again is not None
        assert again.disabled_at is None

    def test_settings_of_nobody_are_not(self, citizens: SqlCitizens):
        assert not citizens.set_locale("nobody", "en")
        assert not citizens.disable("nobody", now=1.0)

    def test_evidence_is_revoked_once_and_by_its_own_citizen(self, citizens: SqlCitizens):
        from tests.contract.lasting import LI, evidence_for

        citizens.open(new := new_citizen())
        citizens.record_proof(proof := evidence_for(new.id), name="李四", id_number=LI)
        assert not citizens.revoke_evidence("somebody-else", proof.id, now=9.0)
        assert citizens.revoke_evidence(new.id, proof.id, now=9.0)
        assert not citizens.revoke_evidence(new.id, proof.id, now=10.0)
        assert [e.revoked_at for e in citizens.evidence_of(new.id)] == [9.0]
