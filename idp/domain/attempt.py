"""An attempt: one try at one channel, a small state machine.

::

    Started ──begin──▶ Awaiting ──resume──▶ Verified | Refused
                          │ ▲ └── still pending: Awaiting again, with new ``keep``
                          ▼ │
                       failure (Unavailable): Awaiting, nothing spent

A reply is taken only by the attempt it belongs to, only before its expiry, and only while it awaits one. A finished
attempt never takes another (CVE-2025-46815: an upstream result used twice).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from idp.domain.capturing import Judged
from idp.domain.claims import ClaimName
from idp.domain.errors import AttemptExpired, AttemptMismatch, AttemptSpent


class State(StrEnum):
    """Where an attempt stands."""

    STARTED = "started"
    AWAITING = "awaiting"
    VERIFIED = "verified"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back for an attempt: the fields of a form, or the parameters of an upstream's callback.

    ``body`` is the raw request body where an upstream signs it. Everything unverified in it is a browser's word.
    ``judged`` is ours: what the judge made of a capture that was begun for this very attempt. No request carries it.
    """

    attempt_id: str
    channel: str
    unverified_fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    unverified_body: bytes = field(default=b"", repr=False)
    judged: Judged | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try. Times are seconds since the epoch.

    ``known`` is what the account has proved already (name, ID number) for channels that check against it;
    ``keep`` is what the adapter asked to get back, JSON text values only; ``return_uri`` is where an upstream sends the
    browser. ``guarded``: a guardian agreed, so an age that needs one is no reason to refuse. An adapter sees nothing
    else: no relying party, no session, no store.
    """

    id: str
    channel: str
    expires_at: float
    return_uri: str
    state: State = State.STARTED
    known: Mapping[ClaimName, str] = field(default_factory=dict, repr=False)
    guarded: bool = False
    keep: Mapping[str, str] = field(default_factory=dict, repr=False)

    def receive(self, reply: Reply, now: float) -> None:
        """Check that ``reply`` may be taken now.

        Raises AttemptMismatch, AttemptSpent or AttemptExpired, in that order: a stranger's reply learns nothing.
        """
        if reply.attempt_id != self.id or reply.channel != self.channel:
            raise AttemptMismatch(self.channel)
        if self.state is not State.AWAITING:
            raise AttemptSpent(self.channel)
        if now >= self.expires_at:
            raise AttemptExpired(self.channel)

    def awaiting(self, keep: Mapping[str, str]) -> "Attempt":
        """This attempt, waiting for a reply, with what the adapter wants back."""
        return replace(self, state=State.AWAITING, keep=dict(keep))

    def finished(self, *, verified: bool) -> "Attempt":
        """This attempt with its result; it keeps nothing."""
        return replace(self, state=State.VERIFIED if verified else State.REFUSED, keep={}, known={})
