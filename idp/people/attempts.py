"""Attempts as they are kept between two requests: sealed, versioned, taken once.

A reply is worked on under a *claim* (compare-and-swap): of two submits of one form, one goes to the upstream, the other
is told that the attempt is spent. A claim lapses by itself, so a worker that died blocks nobody for long.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final

from idp.domain.attempt import Attempt, Reply, State
from idp.domain.capturing import Hint
from idp.domain.channel import Capture, FieldKind, Form, Redirect, Scan, Step
from idp.domain.claims import ClaimName
from idp.domain.errors import AttemptExpired, AttemptMismatch, AttemptSpent
from idp.domain.ports import Records, Spent

# Longer than any upstream's deadline: a bank card's transaction with its queries (44 s), then a text message (12 s).
CLAIM_SECONDS: Final = 58.0

_STEPS: Final[Mapping[str, Callable[[Mapping[str, Any]], Step]]] = {
    "form": lambda v: Form(tuple(FieldKind(kind) for kind in v["fields"]), v["keep"]),
    "redirect": lambda v: Redirect(v["url"], v["keep"]),
    "scan": lambda v: Scan(v["payload"], v["keep"], v["poll_seconds"], v["match"], v["typed"], v["joined"]),
    "capture": lambda v: Capture(tuple(Hint(each) for each in v["hints"]), v["keep"]),
}


def _step_to_json(step: Step) -> dict[str, Any]:
    values = {each.name: getattr(step, each.name) for each in fields(step)}
    plain = {name: dict(value) if isinstance(value, Mapping) else value for name, value in values.items()}
    return {"kind": type(step).__name__.lower(), **plain}


@dataclass(frozen=True, slots=True)
class Kept:
    """An attempt under way: whose it is, what is shown, and until when a reply is being worked on.

    ``failed``: a reply came to no usable answer, so that what the upstream was asked then may be spent there.
    """

    attempt: Attempt
    citizen_id: str
    step: Step
    claimed_until: float = 0.0
    failed: bool = False
    version: int = field(default=1, compare=False)

    def to_json(self) -> dict[str, Any]:
        """JSON values, for a sealed record; id and version are the store's."""
        attempt = self.attempt
        return {
            "citizen_id": self.citizen_id,
            "channel": attempt.channel,
            "expires_at": attempt.expires_at,
            "return_uri": attempt.return_uri,
            "state": str(attempt.state),
            "guarded": attempt.guarded,
            "known": {str(name): value for name, value in attempt.known.items()},
            "keep": dict(attempt.keep),
            "step": _step_to_json(self.step),
            "claimed_until": self.claimed_until,
            "failed": self.failed,
        }

    @classmethod
    def from_json(cls, attempt_id: str, value: Mapping[str, Any], version: int) -> "Kept":
        """The inverse of :meth:`to_json`."""
        attempt = Attempt(
            id=attempt_id,
            channel=value["channel"],
            expires_at=value["expires_at"],
            return_uri=value["return_uri"],
            state=State(value["state"]),
            guarded=value.get("guarded", False),
            known={ClaimName(name): text for name, text in value["known"].items()},
            keep=value["keep"],
        )
        step = _STEPS[value["step"]["kind"]](value["step"])
        return cls(attempt, value["citizen_id"], step, value["claimed_until"], value["failed"], version)


@dataclass(frozen=True, slots=True)
class Attempts:
    """The attempts of all citizens, by their random ids."""

    records: Records

    def keep(self, kept: Kept, *, now: float) -> None:
        """Keep a new attempt until its expiry."""
        self.records.create(kept.attempt.id, kept.to_json(), now=now, expires_at=kept.attempt.expires_at)

    def find(self, attempt_id: str, citizen_id: str, *, now: float) -> Kept:
        """The attempt of this citizen. Raises AttemptExpired (or unknown), AttemptSpent, AttemptMismatch."""
        found = self.records.read(attempt_id, now=now)
        if found is None:
            raise AttemptExpired("attempt")
        if isinstance(found, Spent):
            raise AttemptSpent("attempt")
        kept = Kept.from_json(attempt_id, found.value, found.version)
        if kept.citizen_id != citizen_id:
            raise AttemptMismatch("citizen")
        return kept

    def receive(self, kept: Kept, reply: Reply, *, now: float) -> None:
        """Check that the attempt may take the reply now. Raises AttemptMismatch, AttemptSpent or AttemptExpired."""
        kept.attempt.receive(reply, now)
        if now < kept.claimed_until:
            raise AttemptSpent("a reply is being worked on")

    def claim(self, kept: Kept, *, now: float) -> Kept:
        """Take the attempt for one reply. Raises AttemptSpent when another request was quicker."""
        return self._replace(replace(kept, claimed_until=now + CLAIM_SECONDS), now=now)

    def release(self, kept: Kept, *, now: float) -> Kept:
        """Let the attempt take another reply, with what ``kept`` holds now. Raises AttemptSpent when it is gone."""
        return self._replace(replace(kept, claimed_until=0.0), now=now)

    def hold(self, kept: Kept, *, now: float) -> Kept:
        """Make sure that the attempt is still this worker's, for what is to be kept elsewhere before it ends.

        Raises AttemptSpent or AttemptExpired.
        """
        if now >= kept.attempt.expires_at:
            raise AttemptExpired(kept.attempt.channel)
        return self.claim(kept, now=now)

    def finish(self, kept: Kept, *, verified: bool, now: float) -> None:
        """End the attempt for good; of any number of callers one returns. Raises AttemptSpent or AttemptExpired."""
        ended = kept.attempt.finished(verified=verified)
        if not self.records.redeem(kept.attempt.id, version=kept.version, note=str(ended.state), now=now):
            raise AttemptExpired(kept.attempt.channel) if now >= kept.attempt.expires_at else AttemptSpent("raced")

    def _replace(self, kept: Kept, *, now: float) -> Kept:
        if not self.records.replace(kept.attempt.id, kept.to_json(), version=kept.version, now=now):
            raise AttemptSpent(kept.attempt.channel)
        return replace(kept, version=kept.version + 1)
