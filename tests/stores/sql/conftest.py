"""Both databases, migrated and empty, and the stores on them. ``engine`` runs a test once on each."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from idp.stores.sql.account_links import SqlAccountLinks
from idp.stores.sql.audit_log import SqlAuditLog
from idp.stores.sql.citizens import SqlCitizens
from idp.stores.sql.consents import SqlConsents
from idp.stores.sql.credentials import SqlCredentials
from idp.stores.sql.engine import open_engine
from idp.stores.sql.faces import SqlFaces
from idp.stores.sql.key_store import SqlKeyStore
from idp.stores.sql.merges import SqlMerges
from idp.stores.sql.migrate import upgrade
from idp.stores.sql.registered_clients import SqlInitialTokens, SqlRegisteredClients
from idp.stores.sql.security_events import SqlSecurityEvents
from idp.stores.sql.standings import SqlStandings
from idp.vault.field_cipher import KeyringCipher
from idp.vault.keyring import Keyring
from idp.vault.master_key import LocalMasterKey
from tests.doubles import SeededRandomness, SteppingClock

BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
MASTER = bytes(range(32))


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'idp.sqlite3'}"


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated, empty database."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=BOTH)
def new_database_url(request: pytest.FixtureRequest) -> str:
    """A database without any table."""
    name = {"sqlite": "sqlite_url", "postgres": "empty_postgres_url"}[request.param]
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url, lock_seconds=20.0, pool_wait_seconds=20.0)
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def keyring(engine: Engine, clock: SteppingClock) -> Keyring:
    randomness = SeededRandomness(7)
    return Keyring(LocalMasterKey(MASTER, randomness), SqlKeyStore(engine), clock, randomness)


@pytest.fixture
def cipher(keyring: Keyring) -> KeyringCipher:
    return KeyringCipher(keyring)


@pytest.fixture
def citizens(engine: Engine, cipher: KeyringCipher) -> SqlCitizens:
    return SqlCitizens(engine, cipher)


@pytest.fixture
def credentials(engine: Engine, cipher: KeyringCipher) -> SqlCredentials:
    return SqlCredentials(engine, cipher)


@pytest.fixture
def faces(engine: Engine, cipher: KeyringCipher, keyring: Keyring) -> SqlFaces:
    return SqlFaces(engine, cipher, KeyringCipher(keyring, purpose="face_template"))


@pytest.fixture
def standings(engine: Engine, cipher: KeyringCipher) -> SqlStandings:
    return SqlStandings(engine, cipher)


@pytest.fixture
def account_links(engine: Engine, cipher: KeyringCipher) -> SqlAccountLinks:
    return SqlAccountLinks(engine, cipher)


@pytest.fixture
def consents(engine: Engine) -> SqlConsents:
    return SqlConsents(engine)


@pytest.fixture
def audit_log(engine: Engine, cipher: KeyringCipher) -> SqlAuditLog:
    return SqlAuditLog(engine, cipher)


@pytest.fixture
def registered_clients(engine: Engine, cipher: KeyringCipher) -> SqlRegisteredClients:
    return SqlRegisteredClients(engine, cipher)


@pytest.fixture
def initial_tokens(engine: Engine, cipher: KeyringCipher) -> SqlInitialTokens:
    return SqlInitialTokens(engine, cipher)


@pytest.fixture
def security_events(engine: Engine) -> SqlSecurityEvents:
    return SqlSecurityEvents(engine)


@pytest.fixture
def key_store(engine: Engine) -> SqlKeyStore:
    return SqlKeyStore(engine)


@pytest.fixture
def merges(engine: Engine, cipher: KeyringCipher) -> SqlMerges:
    return SqlMerges(engine, cipher)
