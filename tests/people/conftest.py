"""Every service of people over real stores (SQLite, Valkey) and the vault's real passwords, cheap ones."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine

from idp.domain.errors import DomainError, LimitReached
from idp.domain.ports import Citizen
from idp.people.consequences import Consequences
from idp.people.enrol import Enrolling
from idp.people.guarding import Guarding
from idp.people.origin import Origin
from idp.people.prove import Proving
from idp.people.sign_in import SigningIn
from idp.stores.redis.breakers import RedisBreakers
from idp.stores.redis.limits import RedisLimits
from idp.stores.redis.one_time_codes import RedisOneTimeCodes
from idp.stores.redis.records import RedisRecords
from idp.stores.redis.sessions import RedisSessions
from idp.stores.redis.wire import Wire
from idp.stores.sql.account_links import SqlAccountLinks
from idp.stores.sql.citizens import SqlCitizens
from idp.stores.sql.consents import SqlConsents
from idp.stores.sql.credentials import SqlCredentials
from idp.stores.sql.engine import open_engine
from idp.stores.sql.guardianships import SqlGuardianships
from idp.stores.sql.migrate import upgrade
from idp.stores.sql.standings import SqlStandings
from idp.system import SystemRandomness
from idp.vault.one_time_codes import OneTimeCodes
from idp.vault.passwords import Passwords
from tests.doubles import SeededRandomness, SteppingClock
from tests.people.doubles import Notebook, Phone, ScriptedChannel, Told, WatchedPasswords, facts_of
from tests.valkey import AesGcmCipher, cipher, fast_wire, standalone

__all__ = ["cipher", "fast_wire", "standalone"]

MOBILE = "+8619900000001"
PASSWORD = "correct-horse-battery-7"
HOME = Origin(address="192.0.2.7", browser="browser-at-home", request_id="r1", device="Chrome / Android")
ELSEWHERE = Origin(address="198.51.100.9", browser="a-stranger's-browser", request_id="r2")


@dataclass(frozen=True)
class People:
    """The room with everything in it."""

    clock: SteppingClock
    citizens: SqlCitizens
    credentials: SqlCredentials
    limits: RedisLimits
    phone: Phone
    notebook: Notebook
    passwords: WatchedPasswords
    totp: OneTimeCodes
    enrolling: Enrolling
    signing_in: SigningIn
    proving: Proving
    channels: dict[str, ScriptedChannel]
    consequences: Consequences
    guarding: Guarding
    sessions: RedisSessions
    consents: SqlConsents
    quotas: dict[str, int]
    standings: SqlStandings

    @property
    def police(self) -> ScriptedChannel:
        return self.channels["police"]

    def open_account(
        self, mobile: str = MOBILE, login_name: str = "", password: str = PASSWORD, origin: Origin = HOME
    ) -> Citizen:
        """An account of a person at ``origin``."""
        return self.enrolling.open(mobile, password, password, login_name, "zh-CN", origin)


def until_limited(
    action: Callable[[int], object], *expected: type[DomainError], at_most: int = 400
) -> tuple[int, LimitReached]:
    """Do it with 0, 1, 2 … until a limit says no: how often it was done, and which limit. ``expected`` refusals pass."""
    for n in range(at_most):
        try:
            action(n)
        except LimitReached as reached:
            return n, reached
        except expected:
            continue
    raise AssertionError(f"no limit after {at_most}")


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with the schema, made once and copied for each test."""
    path = tmp_path_factory.mktemp("schema") / "idp.sqlite3"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture
def engine(migrated: Path, tmp_path: Path) -> Iterator[Engine]:
    shutil.copy(migrated, tmp_path / "idp.sqlite3")
    engine = open_engine(f"sqlite:///{tmp_path / 'idp.sqlite3'}", lock_seconds=20, pool_wait_seconds=20)
    yield engine
    engine.dispose()


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def passwords() -> WatchedPasswords:
    return WatchedPasswords(Passwords(SeededRandomness(3), memory_kib=8, rounds=1, concurrent=8, wait_seconds=20))


@pytest.fixture
def people(
    engine: Engine,
    fast_wire: Wire,
    cipher: AesGcmCipher,
    clock: SteppingClock,
    passwords: WatchedPasswords,
) -> People:
    randomness = SystemRandomness()
    citizens, credentials = SqlCitizens(engine, cipher), SqlCredentials(engine, cipher)
    limits, codes = RedisLimits(fast_wire, cipher), RedisOneTimeCodes(fast_wire, cipher)
    phone, notebook, totp = Phone(), Notebook(), OneTimeCodes(randomness, issuer="Yihaotong")
    quotas: dict[str, int] = {}
    standings = SqlStandings(engine, cipher)
    channels = {"police": ScriptedChannel(facts_of("police")), "wallet": ScriptedChannel(_wallet())}
    sessions, consents = RedisSessions(fast_wire, randomness), SqlConsents(engine)
    guarding = Guarding(
        citizens,
        SqlGuardianships(engine),
        RedisRecords(fast_wire, cipher, "guardian"),
        limits,
        notebook,
        clock,
        randomness,
    )
    consequences = Consequences(
        sessions, consents, SqlAccountLinks(engine, cipher), Told(), notebook, clock, randomness
    )
    return People(
        clock=clock,
        citizens=citizens,
        credentials=credentials,
        limits=limits,
        phone=phone,
        notebook=notebook,
        passwords=passwords,
        totp=totp,
        channels=channels,
        enrolling=Enrolling(citizens, codes, limits, phone, passwords, notebook, clock, randomness),
        signing_in=SigningIn(citizens, credentials, limits, passwords, totp, notebook, clock, randomness),
        proving=Proving(
            channels,  # type: ignore[arg-type]  # dataclass fields stand where the port has properties
            RedisRecords(fast_wire, cipher, "attempt"),
            citizens,
            limits,
            notebook,
            clock,
            randomness,
            consequences,
            guarding,
            RedisBreakers(fast_wire),
            standings,
            quotas,
        ),
        guarding=guarding,
        consequences=consequences,
        sessions=sessions,
        consents=consents,
        quotas=quotas,
        standings=standings,
    )


def _wallet():
    from idp.domain.evidence import Strength
    from idp.domain.id_numbers import DocumentKind

    return facts_of(
        "wallet",
        source="ant",
        strength=Strength.POSSESSION,
        minimum_age=18,
        documents=frozenset({DocumentKind.RESIDENT}),
        validity_days=365,
    )
