"""A real PostgreSQL for the tests: one throwaway cluster a test run, shared by all xdist workers, gone at the end.

Fixtures: ``postgres_server`` (session; a Server), ``empty_postgres_url`` (a new, empty database for one test),
``postgres_url`` (this worker's migrated database, emptied for each test).
"""

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest

from idp.stores.sql.engine import open_engine
from idp.stores.sql.migrate import upgrade
from idp.stores.sql.tables import audit_head, metadata
from tests import postgres_cluster

_numbers = itertools.count()


@dataclass(frozen=True)
class Server:
    """A running cluster, by the directory of its socket."""

    directory: str

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.directory}"

    def execute(self, statement: str) -> None:
        with psycopg.connect(host=self.directory, user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    try:
        with postgres_cluster.running(shared) as directory:
            yield Server(directory)
    except postgres_cluster.NoPostgres as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def empty_postgres_url(postgres_server: Server) -> Iterator[str]:
    name = f"empty_{os.getpid()}_{next(_numbers)}"
    postgres_server.execute(f"CREATE DATABASE {name}")
    yield postgres_server.url(name)
    postgres_server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres_url(postgres_server: Server, _postgres_worker_database: str) -> str:
    tables = ", ".join(table.name for table in metadata.sorted_tables if table is not audit_head)
    with psycopg.connect(
        host=postgres_server.directory, user="postgres", dbname=_postgres_worker_database
    ) as connection:
        connection.execute(f"TRUNCATE {tables} RESTART IDENTITY")
        connection.execute("DELETE FROM audit_head")
        connection.execute("INSERT INTO audit_head (id, number, hash, seal) VALUES (1, 0, '', '')")
    return postgres_server.url(_postgres_worker_database)


@pytest.fixture(scope="session")
def _postgres_worker_database(postgres_server: Server) -> str:
    name = f"worker_{os.getpid()}"
    postgres_server.execute(f"CREATE DATABASE {name}")
    engine = open_engine(postgres_server.url(name))
    upgrade(engine)
    engine.dispose()
    return name
