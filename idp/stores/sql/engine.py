"""Opening the database, and the three ways of using it: :func:`reading`, :func:`snapshot` and :func:`writing`.

The differences between SQLite and PostgreSQL that the stores must not know are here: how a write transaction begins,
how an existing row is skipped, which constraint was violated, and which driver errors mean "no answer".
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from idp.domain.errors import StoreUnavailable

SQLITE: Final = "sqlite"
_BEGIN: Final = "idp_begin"
_DRIVERS: Final = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg", "sqlite": "sqlite+pysqlite"}


def open_engine(
    url: str,
    *,
    pool_size: int = 5,
    pool_wait_seconds: float = 3.0,
    lock_seconds: float = 5.0,
    statement_seconds: float = 5.0,
) -> Engine:
    """An engine for ``sqlite:///path/to/file`` or ``postgresql://user@host/database``. Connects at first use.

    ``lock_seconds``: longest wait for another writer. ``statement_seconds``: longest statement (PostgreSQL).
    ``pool_size``: connections kept; as many again are opened under load, then callers wait ``pool_wait_seconds``.
    All of these end in StoreUnavailable. Raises ValueError for another database, or an SQLite database without a file.
    """
    parsed = make_url(url)
    driver = _DRIVERS.get(parsed.get_backend_name())
    if driver is None:
        raise ValueError(f"no such kind of database: {parsed.drivername}")
    parsed = parsed.set(drivername=driver)
    pool = {"pool_size": pool_size, "max_overflow": pool_size, "pool_timeout": pool_wait_seconds}
    if parsed.get_backend_name() == SQLITE:
        return _open_sqlite(parsed, pool, lock_seconds)
    return _open_postgres(parsed, pool, lock_seconds, statement_seconds)


def _open_sqlite(url: URL, pool: Mapping[str, Any], lock_seconds: float) -> Engine:
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise ValueError("SQLite needs a file: workers share it (sqlite:///var/idp.sqlite3)")
    _create_private(Path(url.database))
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": lock_seconds}, **pool)

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        # Transactions begin when we say so, not when the driver thinks a statement writes.
        connection.isolation_level = None
        cursor = connection.cursor()
        # WAL: readers never wait for the writer. FULL: what was answered survives a power cut.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        statement = connection.get_execution_options().get(_BEGIN)
        if statement is not None:
            connection.exec_driver_sql(statement)

    return engine


def _create_private(path: Path) -> None:
    """An SQLite file that only its owner reads; the log files beside it take its mode."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _open_postgres(url: URL, pool: Mapping[str, Any], lock_seconds: float, statement_seconds: float) -> Engine:
    options = (
        f"-c lock_timeout={int(lock_seconds * 1000)} -c statement_timeout={int(statement_seconds * 1000)}"
        f" -c idle_in_transaction_session_timeout={int(statement_seconds * 4000)} -c timezone=UTC"
    )
    settings = {"connect_timeout": 5, "application_name": "yihaotong", "options": options}
    return create_engine(
        url, hide_parameters=True, pool_pre_ping=True, pool_recycle=1800, connect_args=settings, **pool
    )


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection for single reads, without a transaction around them: no BEGIN and ROLLBACK on the wire."""
    level = None if engine.dialect.name == SQLITE else "AUTOCOMMIT"
    with _translated(), _connected(engine, level) as connection:
        yield connection


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A read-only transaction that sees one state of the database however long it lasts."""
    level = None if engine.dialect.name == SQLITE else "REPEATABLE READ"
    with _translated(), _connected(engine, level, begin="BEGIN") as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes: committed at the end, rolled back by any exception.

    On SQLite it takes the write lock at once (BEGIN IMMEDIATE): a transaction that reads first and writes later would
    fail instead of wait. On PostgreSQL it is READ COMMITTED: lock the rows you decide on.
    """
    with _translated(), _connected(engine, None, begin="BEGIN IMMEDIATE") as connection, connection.begin():
        yield connection


def _connected(engine: Engine, level: Any, begin: str | None = None) -> AbstractContextManager[Connection]:
    options: dict[str, Any] = {_BEGIN: begin}
    if level is not None:
        options["isolation_level"] = level
    return engine.connect().execution_options(**options)


@contextmanager
def _translated() -> Iterator[None]:
    """Driver errors become StoreUnavailable. Only names go into its text: drivers quote SQL, values and addresses."""
    try:
        yield
    except IntegrityError as error:
        raise StoreUnavailable(f"sql: constraint {violated(error) or 'unknown'}") from None
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", None)
        raise StoreUnavailable(f"sql: {type(error.orig).__name__} {state or ''}".rstrip()) from None
    except NoFreeConnection:
        raise StoreUnavailable("sql: no free connection") from None


def violated(error: IntegrityError) -> str | None:
    """The name of the UNIQUE constraint that was violated, the same on both databases; None for another kind."""
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        name = diagnosis.constraint_name
        return str(name) if name else None
    # "UNIQUE constraint failed: citizens.mobile_fingerprint"; the first column names it (tables.NAMING).
    _, found, columns = str(error.orig).partition("UNIQUE constraint failed: ")
    return f"uq_{columns.split(',')[0].strip().replace('.', '_')}" if found else None


def insert_unless_there(connection: Connection, table: Table, values: Mapping[str, Any], unique: str) -> bool:
    """Insert a row unless one with the same ``unique`` columns (comma-separated) is there. True when it was inserted.

    When another transaction is inserting the same row, waits for its end.
    """
    columns = unique.split(",")
    if connection.dialect.name == SQLITE:
        statement: Any = sqlite.insert(table).values(**values).on_conflict_do_nothing(index_elements=columns)
    else:
        statement = postgresql.insert(table).values(**values).on_conflict_do_nothing(index_elements=columns)
    # Without the option SQLAlchemy does not ask psycopg how many rows an INSERT made, and answers -1.
    return bool(connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount == 1)
