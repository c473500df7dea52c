"""All nine channels as the product runs them: real adapters over the sandbox, shared breakers, real stores, Proving.

The world stands still until it is moved. :mod:`tests.people.walks` plays the people.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Engine

from adapters import CHANNELS
from adapters.sandbox import channel_settings
from adapters.sandbox.credentials import registry_settings
from adapters.sandbox.house import Entry
from adapters.sandbox.population import Person
from adapters.sandbox.traits import CHANNELS as NAMES
from idp.domain.channel import Channel
from idp.domain.ports import FieldCipher, NewCitizen, Outbox
from idp.people.consequences import Consequences
from idp.people.guarding import Guarding
from idp.people.origin import Origin
from idp.people.proof_tries import ProofTries
from idp.people.prove import Proving
from idp.stores.redis.breakers import RedisBreakers
from idp.stores.redis.limits import RedisLimits
from idp.stores.redis.records import RedisRecords
from idp.stores.redis.sessions import RedisSessions
from idp.stores.redis.wire import Wire
from idp.stores.sql.account_links import SqlAccountLinks
from idp.stores.sql.citizens import SqlCitizens
from idp.stores.sql.consents import SqlConsents
from idp.stores.sql.guardianships import SqlGuardianships
from idp.stores.sql.standings import SqlStandings
from tests.adapters.rigs import SANDBOX, World
from tests.doubles import SeededRandomness
from tests.people.doubles import Notebook, Told
from tests.people.faults import Way

# Never compared with anything: nobody signs in here, so no password is ever hashed.
PASSWORD_HASH = "$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA"


# The tenth is switched off by default, and has its own suite.
NINE: Final = tuple(name for name in NAMES if name != "carrier_three_element")


def settings_of_all() -> Mapping[str, Mapping[str, str]]:
    """Every channel in the way that says something about a citizen, and that a person walks."""
    return channel_settings(SANDBOX) | {
        "business_registry": registry_settings("e_licence", SANDBOX),
    }


@dataclass
class Nine:
    """One worker with a sandbox of its own. Workers of one test differ in ``seed``; each has breakers of its own,
    because each has a clock of its own.
    """

    engine: Engine
    wire: Wire
    cipher: FieldCipher
    seed: int = 1
    generated: Sequence[Person] = ()
    outbox: Outbox = field(default_factory=Notebook)

    def __post_init__(self) -> None:
        self.world = World(self.seed, generated=self.generated, sms_flow_control=False, card_tries=10_000)
        self.clock = self.world.clock
        self.randomness = SeededRandomness(7_000_000 + self.seed)
        self.world.breakers = self.breakers = RedisBreakers(self.wire, prefix=f"w{self.seed}")
        values = settings_of_all()
        self.channels: dict[str, Channel] = {
            name: CHANNELS[name](values[name], self.world.around(100 * self.seed + place))
            for place, name in enumerate(NINE)
        }
        self.citizens = SqlCitizens(self.engine, self.cipher)
        self.limits = RedisLimits(self.wire, self.cipher)
        stamps = (self.outbox, self.clock, self.randomness)
        sessions, consents = RedisSessions(self.wire, self.randomness), SqlConsents(self.engine)
        links = SqlAccountLinks(self.engine, self.cipher)
        guardianships = SqlGuardianships(self.engine)
        records = RedisRecords(self.wire, self.cipher, "guardian")
        self.proving = Proving(
            self.channels,
            RedisRecords(self.wire, self.cipher, "attempt"),
            self.citizens,
            self.limits,
            *stamps,
            Consequences(sessions, consents, links, Told(), *stamps),
            Guarding(self.citizens, guardianships, records, self.limits, *stamps),
            self.breakers,
            SqlStandings(self.engine, self.cipher),
        )

    def open_account(self, person: Person) -> str:
        """An account of ``person``, who has confirmed a mobile number and nothing else; its id."""
        citizen_id = self.randomness.hex(16)
        new = NewCitizen(
            id=citizen_id,
            created_at=self.clock.now(),
            locale="zh-CN",
            mobile=f"+86{person.phone}",
            password_hash=PASSWORD_HASH,
            subject_secret=self.randomness.octets(32),
        )
        self.citizens.open(new)
        return citizen_id

    def left(self, citizen_id: str, channel: str) -> int:
        """Tries left at a channel."""
        return ProofTries(self.limits).left(citizen_id, self.channels[channel].facts, now=self.clock.now())

    def fault(self, way: Way, mode: str, *, count: int | None = None) -> None:
        """Arm a fault in each operation of ``way`` that can show it: for good, or ``count`` times in each."""
        for operation in way.operations_of(mode):
            late = way.late.get(operation) if mode == "slow" else None
            self.world.fault(way.upstream, mode, operation=operation, count=count, latency_ms=late)

    @property
    def journal(self) -> "deque[Entry]":
        """The sandbox's own log of requests: the last five thousand, masked."""
        return self.world.app.extensions["sandbox"].journal

    @property
    def struck(self) -> int:
        """How many requests a live fault has struck."""
        return sum(fault.struck for fault in self.world.app.extensions["sandbox"].faults.live())

    def heal(self) -> None:
        """All is well again, and every open breaker has had its pause."""
        self.world.heal()
        self.clock.advance(31)


def home_of(number: int, request_id: str) -> Origin:
    """Where the ``number``-th person sits; documentation addresses do not suffice for thousands (RFC 3849)."""
    return Origin(address=f"2001:db8::{number:x}", browser=f"browser-{number}", request_id=request_id)
