"""The schema: migrated equals declared, and any number of workers may start at once."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from idp.domain.errors import StoreUnavailable
from idp.stores.sql.engine import open_engine, writing
from idp.stores.sql.migrate import LOCK, configuration, pending, upgrade
from idp.stores.sql.tables import metadata


@pytest.fixture
def new_engine(new_database_url: str) -> Iterator[Engine]:
    engine = open_engine(new_database_url, lock_seconds=20.0)
    yield engine
    engine.dispose()


def test_the_migrated_schema_is_the_declared_one(new_engine: Engine):
    upgrade(new_engine)
    with new_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_every_declared_table_and_constraint_exists(new_engine: Engine):
    upgrade(new_engine)
    found = inspect(new_engine)
    assert set(found.get_table_names()) == {*metadata.tables, "alembic_version"}
    for name, table in metadata.tables.items():
        declared = {c.name for c in table.constraints if type(c).__name__ == "UniqueConstraint"}
        assert {c["name"] for c in found.get_unique_constraints(name)} == declared
        assert found.get_pk_constraint(name)["constrained_columns"] == [c.name for c in table.primary_key]


def test_pending_names_what_upgrade_will_apply(new_engine: Engine):
    todo = pending(new_engine)
    assert todo[0] == "0001"
    assert upgrade(new_engine) == todo
    assert pending(new_engine) == ()
    assert upgrade(new_engine) == ()


def test_a_migration_that_fails_leaves_nothing(new_engine: Engine):
    with new_engine.begin() as connection:
        connection.execute(text("CREATE TABLE vault_keys (in_the_way INTEGER)"))
    with pytest.raises(StoreUnavailable):
        upgrade(new_engine)
    assert inspect(new_engine).get_table_names() == ["vault_keys"]


def test_workers_that_start_at_once_migrate_once(new_database_url: str):
    engines = [open_engine(new_database_url, lock_seconds=20.0) for _ in range(6)]
    with ThreadPoolExecutor(len(engines)) as pool:
        applied = [list(revisions) for revisions in pool.map(upgrade, engines)]
    assert sorted(map(len, applied))[:-1] == [0] * 5
    assert max(applied, key=len)[0] == "0001"
    for engine in engines:
        engine.dispose()


@pytest.mark.postgres
def test_a_worker_waits_while_another_migrates(empty_postgres_url: str):
    first, second = (open_engine(empty_postgres_url, statement_seconds=30.0) for _ in range(2))
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    with ThreadPoolExecutor(1) as pool:
        with first.begin() as migrating:
            migrating.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            upgrading = pool.submit(upgrade, second)
            gate = threading.Event()
            while not migrating.execute(waiting).scalar() and not upgrading.done():
                gate.wait(0.01)
            assert not upgrading.done()
        assert upgrading.result(20) != ()
    for engine in (first, second):
        engine.dispose()


def test_processes_that_start_at_once_migrate_once(new_database_url: str):
    program = (
        "import sys; from idp.stores.sql.engine import open_engine; from idp.stores.sql.migrate import upgrade\n"
        "engine = open_engine(sys.argv[1], lock_seconds=20.0); print(len(upgrade(engine))); engine.dispose()"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program, new_database_url], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    applied = sorted(int(process.communicate()[0]) for process in running)
    assert applied[:-1] == [0, 0]
    assert applied[-1] >= 1


def test_a_database_newer_than_the_program_is_refused(new_engine: Engine):
    upgrade(new_engine)
    with new_engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreUnavailable, match="newer than this program"):
        pending(new_engine)


def test_downgrade_takes_everything_away(new_engine: Engine):
    upgrade(new_engine)
    with writing(new_engine) as connection:
        command.downgrade(configuration(connection), "base")
    assert inspect(new_engine).get_table_names() == ["alembic_version"]
