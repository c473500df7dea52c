"""The counter channel in a sandbox, and officers who work in its pages as people do: forms, one after another."""

from collections.abc import Mapping

from adapters import CHANNELS
from adapters.sandbox.counter.issued import counter_settings
from idp.domain.attempt import Attempt, Reply
from idp.domain.channel import Channel, Outcome, Scan
from idp.domain.claims import ClaimName
from tests.adapters.rigs import SANDBOX, World

NAME = "counter_verify"
FIRST, SECOND = "W-0601", "W-0602"
TYPED = {"name": "陈大文", "id_number": "810000190101010015", "valid_to": "20300101", "reason": "港澳台居民居住证"}


def claims(name: str, number: str, birthdate: str, gender: str) -> dict[ClaimName, str]:
    return {
        ClaimName.NAME: name,
        ClaimName.ID_NUMBER: number,
        ClaimName.BIRTHDATE: birthdate,
        ClaimName.GENDER: gender,
    }


def channel_of(world: World, seed: int | None = None, **changes: str) -> Channel:
    return CHANNELS[NAME](counter_settings(SANDBOX) | changes, world.around(seed))


class Visit:
    """One citizen's attempt, from the code to the outcome."""

    def __init__(self, world: World, known: Mapping[ClaimName, str] | None = None, **changes: str) -> None:
        self.world = world
        # Another worker for each visit: another randomness.
        self.channel = channel_of(world, seed=len(world.requests("open")) + 1, **changes)
        facts = self.channel.facts
        started = Attempt("attempt-1", NAME, world.clock.now() + facts.attempt_seconds, "https://idp.test/return")
        self.attempt = Attempt(started.id, NAME, started.expires_at, started.return_uri, known=dict(known or {}))
        step = self.channel.begin(self.attempt)
        assert isinstance(step, Scan)
        self.code = step.payload
        self.attempt = self.attempt.awaiting(step.keep)

    def post(self, step: str = "", officer: str = FIRST, **form: str):
        path = (
            f"/counter/desk/{officer}/{self.attempt.keep['request_id']}/{step}" if step else f"/counter/desk/{officer}"
        )
        return self.world.control.post(path, data=form, follow_redirects=True)

    def open(self, officer: str = FIRST):
        return self.post(officer=officer, code=self.code)

    def read(self, card: str = "zhang_san", condition: str = "good", officer: str = FIRST):
        return self.post("read", officer, card=card, condition=condition)

    def vouch(self, officer: str = FIRST):
        return self.post("decide", officer, decision="vouched", officer_states="yes", citizen_confirms="yes")

    def poll(self) -> Outcome:
        return self.channel.resume(self.attempt, Reply(self.attempt.id, NAME))

    def done(self, card: str = "zhang_san") -> Outcome:
        """The whole visit with a good card."""
        self.open()
        self.read(card)
        self.vouch()
        return self.poll()
