"""The soak: thousands of attempts of generated people, a share of them struck by faults, and the books balanced after.

Several workers at once, each with people, a clock, adapters and a sandbox of its own, over one database and one Valkey.
What a worker does is drawn from the seed alone, so a run is repeated by its seed. Nobody sleeps.
:mod:`tests.people.balance` holds both sides against each other.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Engine

from adapters.sandbox.catalogue import MODES
from adapters.sandbox.house import Entry
from adapters.sandbox.population import Person, generated
from adapters.sandbox.traits import MATCH, MISMATCH, NO_ACCOUNT, NOT_FOUND, REJECTED
from idp.domain.audit_words import Outcome
from idp.domain.channel import FieldKind, Form, Reason, Scan
from idp.domain.errors import AttemptSpent, ChannelError, Unavailable
from idp.domain.ports import FieldCipher
from idp.people.limits import PROOF_CITIZEN
from idp.people.prove import Begun, Pending, Proved, Refused, Result
from idp.stores.redis.outbox import RedisOutbox
from idp.stores.redis.wire import Wire
from tests.contract.threads import at_once
from tests.people.faults import WAYS
from tests.people.nine import NINE, Nine
from tests.people.walks import WALKS, PageFailed, Said, begin, is_last, say

FAULTS: Final = 0.10
TWICE: Final = 0.05
MOST_OF_ONE: Final = 7
BETWEEN_SECONDS: Final = 45
# The request that a channel makes once for each beginning, or once for each reply that decides.
ONCE_A_BEGINNING: Final = {
    "business_registry": "challenge",
    "alipay_account": "alipay.user.certdoc.certverify.preconsult",
    "zhima_face": "alipay.user.certify.open.initialize",
    "counter_verify": "open",
}
ONCE_A_REPLY: Final = {
    "police_population": "2109",
    "social_security": "query",
    "wechat_realname": "queryverifyinfo",
    "local_face": "rkkrxbd",
}
COUNTED: Final = {**ONCE_A_BEGINNING, **ONCE_A_REPLY, "unionpay_card": "backTransReq"}


@dataclass
class Attempt:
    """What one attempt came to, as the person saw it. ``word``, of the table of traits, is empty for one left lying."""

    channel: str
    fault: str = ""
    word: str = ""
    reason: Reason | None = None
    failures: list[Outcome] = field(default_factory=list)
    results: int = 0
    ours: int = 0
    theirs: int = 0

    def ends(self, result: Result) -> None:
        """Note the result."""
        assert isinstance(result, Proved | Refused), result
        self.results += 1
        self.reason = result.reason if isinstance(result, Refused) else None
        self.word = MATCH if self.reason is None else word_of(self.reason)


@dataclass
class Visitor:
    """One person with an account, and everything they did. ``left``: tries of the day, after the last attempt."""

    person: Person
    home: int
    citizen_id: str
    attempts: list[Attempt] = field(default_factory=list)
    left: int = 0


def word_of(reason: Reason) -> str:
    """A refusal in the words of the table of traits."""
    if reason is Reason.NOT_FOUND:
        return NOT_FOUND
    return MISMATCH if reason.startswith("mismatch") else REJECTED


class Worker:
    """Serves its people one after another."""

    def __init__(self, nine: Nine, seed: int, people: Sequence[Person], first_home: int) -> None:
        self.nine = nine
        self.visitors: list[Visitor] = []
        self._draw = random.Random(f"{seed}-{first_home}")
        self._people = enumerate(people, start=first_home)

    def serve(self, attempts: int) -> None:
        """Until this many attempts were made."""
        while attempts > 0:
            home, person = next(self._people)
            visitor = Visitor(person, home, self.nine.open_account(person))
            self.visitors.append(visitor)
            for channel in self._plan(visitor):
                attempt = Attempt(channel)
                visitor.attempts.append(attempt)
                self._make(visitor, attempt)
                self.nine.clock.advance(BETWEEN_SECONDS)
                attempts -= 1
                if attempts == 0:
                    break
            visitor.left = self.nine.limits.room(PROOF_CITIZEN, visitor.citizen_id, now=self.nine.clock.now())

    def _plan(self, visitor: Visitor) -> Iterator[str]:
        """Who they are first, by the register or else at the counter; then whatever is offered, in any order."""
        first = ["police_population", "counter_verify", "counter_verify"]
        if self._draw.random() < 0.15:
            first.insert(0, "unionpay_card")
        for channel in first:
            if self._is_known(visitor):
                break
            yield channel
        if not self._is_known(visitor):
            return
        offered = {offer.facts.name for offer in self.nine.proving.offers(visitor.citizen_id)}
        rest = [name for name in NINE if name in offered]
        self._draw.shuffle(rest)
        yield from rest[: MOST_OF_ONE - len(visitor.attempts)]

    def _is_known(self, visitor: Visitor) -> bool:
        citizen = self.nine.citizens.by_id(visitor.citizen_id)
        assert citizen is not None
        return citizen.person is not None

    def _make(self, visitor: Visitor, attempt: Attempt) -> None:
        """One attempt, with a fault or without, to whatever end it finds. Half of those who fail try once more."""
        struck, again, twice = (self._draw.random() < share for share in (FAULTS, 0.5, TWICE))
        if struck:
            attempt.fault = self._arm(attempt.channel)
        walk = Walk(self.nine, visitor, attempt, twice=twice and not struck)
        self.nine.journal.clear()
        try:
            walk.on()
        except ChannelError:
            if again:
                self.nine.heal()
                walk.on()
        except PageFailed:
            pass  # they close the browser
        if struck:
            self.nine.heal()
        walk.count_theirs()

    def _arm(self, channel: str) -> str:
        """A fault of one upstream behind the channel, once in each operation or until it is healed.

        Not ``stale``: an old answer is somebody else's, and where the protocol has no mark for it the books cannot know.
        """
        way = self._draw.choice([way for way in WAYS if way.channel == channel])
        mode = self._draw.choice([mode for mode in sorted(MODES - {"stale"}) if way.operations_of(mode)])
        self.nine.fault(way, mode, count=self._draw.choice([None, 1]))
        return mode


def _is_honest(entry: Entry) -> bool:
    """Whether the upstream answered as itself. That it has no portrait is an answer, too."""
    return "fault" not in entry.verdict or "no_portrait" in entry.verdict


class Walk:
    """One attempt under way. After a failure :meth:`on` goes on where it stood, with the same reply."""

    def __init__(self, nine: Nine, visitor: Visitor, attempt: Attempt, *, twice: bool) -> None:
        self._nine, self._visitor, self._attempt, self._twice = nine, visitor, attempt, twice
        self._begun: Begun | None = None
        self._said: Said | None = None

    def on(self) -> None:
        """To the end. Raises ChannelError, which is noted, or PageFailed."""
        try:
            result = self._begin() if self._begun is None else None
            while self._begun is not None:
                result = self._reply(self._begun)
                self._begun = result.begun if isinstance(result, Pending) else None
        except ChannelError as error:
            failure = Outcome.UNAVAILABLE if isinstance(error, Unavailable) else Outcome.DISTRUSTED
            self._attempt.failures.append(failure)
            raise
        assert result is not None
        self._attempt.ends(result)

    def count_theirs(self) -> None:
        """What the sandbox's log says of honest answers to the channel's request."""
        operation = COUNTED[self._attempt.channel]
        asked = [entry for entry in self._nine.journal if entry.operation == operation]
        self._attempt.theirs = sum(map(_is_honest, asked))

    def _begin(self) -> Refused | None:
        visitor, channel = self._visitor, self._attempt.channel
        begun = begin(self._nine, visitor.citizen_id, channel, home=visitor.home)
        self._attempt.ours += channel in ONCE_A_BEGINNING
        if isinstance(begun, Refused):
            return begun
        self._begun = begun
        return None

    def _reply(self, begun: Begun) -> Result:
        if isinstance(begun.step, Scan) and self._visitor.person.expected(begun.channel) == NO_ACCOUNT:
            raise PageFailed("no such account to scan with")
        if self._said is None:
            self._said = WALKS[begun.channel](self._nine, begun.step, self._visitor.person)
        result = self._submit_twice(begun, self._said) if self._twice and is_last(begun.step) else self._submit(begun)
        # Whose document the police's register does not hold is told so without asking it.
        told = "permit" in self._visitor.person.traits and begun.channel == "police_population"
        self._attempt.ours += begun.channel in ONCE_A_REPLY and is_last(begun.step) and not told
        if isinstance(begun.step, Form) and FieldKind.BANK_CARD in begun.step.fields:
            self._attempt.ours = int(isinstance(result, Pending) or word_of(result.reason) == MISMATCH)
        self._said = None
        return result

    def _submit(self, begun: Begun) -> Result:
        assert self._said is not None
        return say(self._nine, self._visitor.citizen_id, begun, self._said, home=self._visitor.home)

    def _submit_twice(self, begun: Begun, said: Said) -> Result:
        """Two requests with one reply at the same moment: one has the result, the other is told that it is spent."""

        def submit(_: int) -> Result | None:
            try:
                return say(self._nine, self._visitor.citizen_id, begun, said, home=self._visitor.home)
            except AttemptSpent:
                return None

        [result] = [each for each in at_once(2, submit) if each is not None]
        return result


@dataclass
class Soak:
    """A run: who did what, and the stores with what is left of it."""

    workers: list[Worker]
    outbox: RedisOutbox
    engine: Engine
    cipher: FieldCipher

    @property
    def visitors(self) -> list[Visitor]:
        return [visitor for worker in self.workers for visitor in worker.visitors]

    def totals(self) -> dict[str, Counter[str]]:
        """By channel: how many attempts, and what they came to."""
        found: dict[str, Counter[str]] = {channel: Counter() for channel in NINE}
        for attempt in (each for visitor in self.visitors for each in visitor.attempts):
            found[attempt.channel].update(["attempts", attempt.word or "left lying"])
            found[attempt.channel].update(str(failure) for failure in attempt.failures)
            found[attempt.channel].update(struck=bool(attempt.fault), asked=attempt.ours, answered=attempt.theirs)
        return found


def run(engine: Engine, wire: Wire, cipher: FieldCipher, *, attempts: int, seed: int, workers: int = 2) -> Soak:
    """``attempts`` in all, by ``workers`` threads."""
    people = generated(attempts, seed)
    outbox = RedisOutbox(wire)
    share = len(people) // workers
    hands = []
    for number in range(workers):
        mine = people[number * share : (number + 1) * share]
        nine = Nine(engine, wire, cipher, seed=seed * 100 + number, generated=mine, outbox=outbox)
        hands.append(Worker(nine, seed, mine, 1 + number * share))
    with ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(hand.serve, attempts // workers) for hand in hands]:
            done.result()
    return Soak(hands, outbox, engine, cipher)
