"""Every fault of every upstream, at the level of the person: what an attempt comes to, and what it costs.

Real adapters over the sandbox, real stores, :class:`idp.people.prove.Proving`. The table is :mod:`tests.people.faults`.
"""

import contextlib
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

import pytest
import structlog

from adapters.sandbox.catalogue import MODES
from adapters.sandbox.population import Person, generated, personas
from idp.domain.audit import AttemptEnded
from idp.domain.audit_words import Outcome
from idp.domain.channel import UNSPENT_AFTER_FAILURE
from idp.domain.errors import Distrusted, Unavailable
from idp.people.prove import Begun, Pending, Proved, Refused, Result
from idp.stores.redis.connect import open as open_wire
from idp.stores.sql.engine import open_engine
from tests.contract.channel import _whole_story
from tests.people.doubles import Notebook
from tests.people.faults import EXPECTED, ONE_TIME_CODES, WAYS, Case, Ending, Moment, cases
from tests.people.nine import NINE, Nine
from tests.people.walks import WALKS, PageFailed, Said, begin, say, walk_on
from tests.valkey import AesGcmCipher, worker_server

T = TypeVar("T")
CASES = list(cases())
# A platform's secrets, an access token and every try of an hour are over by then; so is a try of the day.
A_DAY_LATER = 90_000
QIAN_DA = next(person for person in personas() if person.key == "legal")


@pytest.fixture(scope="module")
def everybody() -> Iterator[tuple[int, Person]]:
    """People with nothing unusual about them; each is used once."""
    return iter(enumerate((p for p in generated(1500, seed=3) if not p.traits), start=10))


@pytest.fixture(scope="module")
def nine(migrated, tmp_path_factory: pytest.TempPathFactory, everybody) -> Iterator[Nine]:
    """One provider for all cases, at which two people have been before (so that there is an old answer)."""
    path = tmp_path_factory.mktemp("faults") / "idp.sqlite3"
    shutil.copy(migrated, path)
    server = worker_server()
    server.flush()
    engine = open_engine(f"sqlite:///{path}", lock_seconds=20, pool_wait_seconds=20)
    people = generated(1500, seed=3)
    with contextlib.closing(open_wire(server.url)) as wire:
        nine = Nine(engine, wire, AesGcmCipher(), generated=people)
        for channel in NINE:
            Attempt.of(nine, channel, everybody).finish()
        yield nine
    engine.dispose()


def notebook_of(nine: Nine) -> Notebook:
    assert isinstance(nine.outbox, Notebook)
    return nine.outbox


@dataclass
class Attempt:
    """A person at a channel, with everything that the attempt leaves behind."""

    nine: Nine
    channel: str
    person: Person
    citizen_id: str
    home: int
    begun: Begun | None = None
    said: Said | None = None
    longest: float = 0.0
    most: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, nine: Nine, channel: str, everybody: Iterator[tuple[int, Person]]) -> "Attempt":
        """A person who has shown a name and a number, unless that is what the channel is for."""
        home, person = next(everybody)
        if channel == "business_registry":
            home, person = 1, QIAN_DA  # the only one who holds licences
        known = nine.citizens.by_mobile(f"+86{person.phone}")
        citizen_id = known.id if known is not None else nine.open_account(person)
        if known is None and channel != "police_population":
            cls(nine, "police_population", person, citizen_id, home).finish()
        return cls(nine, channel, person, citizen_id, home)

    def finish(self) -> Result:
        """To the end, from wherever it stands."""
        if self.begun is None:
            begun = self._watched(lambda: begin(self.nine, self.citizen_id, self.channel, home=self.home))
            assert isinstance(begun, Begun), begun
            self.begun = begun
        while True:
            self.said = WALKS[self.channel](self.nine, self.begun.step, self.person)
            result = self.say_again()
            if not isinstance(result, Pending):
                return result

    def say_again(self) -> Result:
        """The same reply, as a reloaded page sends it."""
        assert self.begun is not None
        assert self.said is not None
        begun, said = self.begun, self.said
        result = self._watched(lambda: say(self.nine, self.citizen_id, begun, said, home=self.home))
        if isinstance(result, Pending):
            self.begun = result.begun
        return result

    def until_the_last_step(self) -> None:
        begun = begin(self.nine, self.citizen_id, self.channel, home=self.home)
        assert isinstance(begun, Begun)
        self.begun = walk_on(self.nine, self.citizen_id, begun, self.person, home=self.home)

    @property
    def left(self) -> int:
        return self.nine.left(self.citizen_id, self.channel)

    @property
    def evidence(self) -> int:
        return sum(row.channel == self.channel for row in self.nine.citizens.evidence_of(self.citizen_id))

    def ended(self) -> list[Outcome]:
        """How the trail says the attempt ended, in order."""
        events = notebook_of(self.nine).of(AttemptEnded)
        return [e.outcome for e in events if e.citizen_id == self.citizen_id and e.channel == self.channel]

    def _watched(self, call: Callable[[], T]) -> T:
        """One call of ours: how long it took, and what was asked in it."""
        began = self.nine.clock.now()
        self.nine.journal.clear()
        try:
            return call()
        finally:
            self.longest = max(self.longest, self.nine.clock.now() - began)
            self.most |= Counter(entry.operation for entry in self.nine.journal)


def ending_of(attempt: Attempt, case: Case) -> tuple[Ending, list[str]]:
    """Drive the attempt into the fault; how it ended, and everything that an error would print."""
    if case.moment is Moment.REPLY:
        attempt.until_the_last_step()
    attempt.nine.fault(case.way, case.mode)
    try:
        result = attempt.finish()
    except Unavailable as error:
        return Ending.UNAVAILABLE, _whole_story(error)
    except Distrusted as error:
        return Ending.DISTRUSTED, _whole_story(error)
    except PageFailed:
        return Ending.STUCK, []
    if isinstance(result, Refused):
        assert result.tries_left is None
        return Ending.UNSPENT_REFUSAL, [repr(result)]
    assert isinstance(result, Proved)
    return Ending.NO_EFFECT, [repr(result)]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_fault_ends_as_the_channels_book_says_in_time_and_costs_no_try(
    case: Case, nine: Nine, everybody, caplog: pytest.LogCaptureFixture
):
    nine.heal()
    nine.clock.advance(A_DAY_LATER)
    attempt = Attempt.of(nine, case.way.channel, everybody)
    notebook_of(nine).events.clear()
    had, left = attempt.evidence, attempt.left
    caplog.set_level("DEBUG")

    with structlog.testing.capture_logs() as logged:
        ending, told = ending_of(attempt, case)

    assert nine.struck
    assert ending in case.expected
    assert attempt.longest <= case.way.deadline
    assert {name: attempt.most[name] for name in case.never_twice if attempt.most[name] > 1} == {}
    assert {name: attempt.most[name] for name in case.once} == dict.fromkeys(case.once, 1)
    proved = ending is Ending.NO_EFFECT
    assert attempt.left == left - proved
    assert attempt.evidence == had + proved
    assert attempt.ended() == TRAIL[ending]
    told += [repr(logged), caplog.text, repr(notebook_of(nine).events), repr(list(nine.journal))]
    assert [value for value in private(attempt.person) if value in "".join(told)] == []

    nine.heal()
    attempt.most.clear()
    if ending in {Ending.UNAVAILABLE, Ending.DISTRUSTED}:
        the_person_goes_on(attempt, case, ending, left)


TRAIL = {
    Ending.UNAVAILABLE: [Outcome.UNAVAILABLE],
    Ending.DISTRUSTED: [Outcome.DISTRUSTED],
    Ending.NO_EFFECT: [Outcome.OK],
    Ending.UNSPENT_REFUSAL: [Outcome.REFUSED],
    Ending.STUCK: [],
}


def private(person: Person) -> list[str]:
    return [value for value in (person.name, person.id18, person.phone, person.pan, person.social_card_no) if value]


def the_person_goes_on(attempt: Attempt, case: Case, ending: Ending, left: int) -> None:
    """All is well again: the same reply is good, or the attempt is over and cost nothing; a new one succeeds."""
    if attempt.said is not None:
        result = attempt.say_again()
        if isinstance(result, Pending):
            result = attempt.finish()
        if isinstance(result, Refused):
            assert case.way.channel in ONE_TIME_CODES
            assert result.reason in UNSPENT_AFTER_FAILURE
            # An answer that cannot be believed excuses no old code: whoever can provoke it would have tries for nothing.
            left -= ending is Ending.DISTRUSTED
            assert attempt.left == left
            attempt.begun = attempt.said = None
            result = attempt.finish()
    else:
        assert attempt.begun is None  # the beginning failed, and nothing of it was kept
        result = attempt.finish()
    assert isinstance(result, Proved)
    assert attempt.left == left - 1
    assert attempt.ended().count(Outcome.OK) == 1
    assert {name: attempt.most[name] for name in case.never_twice if attempt.most[name] > 1} == {}


def test_the_matrix_has_every_channel_and_every_mode_that_any_channel_can_show():
    assert {way.channel for way in WAYS} == set(NINE)
    assert set(EXPECTED) == MODES == {case.mode for case in CASES}
    assert len(CASES) == len({str(case) for case in CASES}) > 200
