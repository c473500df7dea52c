"""Bringing a database to the schema this program knows, by Alembic; safe when several workers start at once.

A new revision is written to ``migrations/versions`` by hand or by
``alembic.command.revision(configuration(connection), message, autogenerate=True)``; the test that compares the migrated
schema with :mod:`idp.stores.sql.tables` says when one is missing.
"""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, text

from idp.domain.errors import StoreUnavailable
from idp.stores.sql.engine import SQLITE, reading, writing

_MIGRATIONS: Final = Path(__file__).with_name("migrations")
# Any number, the same in every version of this program: it names the lock under which schemas change.
LOCK: Final = 20_250_110_198
# Alembic keeps the running migration in module globals.
_ONE_AT_A_TIME: Final = threading.Lock()


def upgrade(engine: Engine) -> Sequence[str]:
    """Apply what is pending, in one transaction; the revisions that were applied, oldest first.

    Workers that start at once wait for the first, then find nothing to do. Raises StoreUnavailable, also when the
    database is newer than this program.
    """
    if not pending(engine):
        return ()
    with _ONE_AT_A_TIME, writing(engine) as connection:
        if connection.dialect.name != SQLITE:  # SQLite's write lock is taken already
            for statement in ("SET LOCAL lock_timeout = 0", "SET LOCAL statement_timeout = 0"):
                connection.execute(text(statement))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        applied = _pending(connection)
        if applied:
            command.upgrade(configuration(connection), "head")
    return applied


def pending(engine: Engine) -> Sequence[str]:
    """Revisions the database does not have yet, oldest first; empty when it is up to date.

    Raises StoreUnavailable, also when the database is newer than this program.
    """
    with reading(engine) as connection:
        return _pending(connection)


def configuration(connection: Connection) -> Config:
    """Alembic's configuration for a connection of ours; there is no ini file."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _pending(connection: Connection) -> Sequence[str]:
    scripts = ScriptDirectory(str(_MIGRATIONS))
    current = MigrationContext.configure(connection).get_current_revision()
    try:
        missing = [script.revision for script in scripts.iterate_revisions("head", current or "base")]
    except (CommandError, RevisionError):
        raise StoreUnavailable(f"sql: schema {current} is newer than this program") from None
    return tuple(reversed(missing))
