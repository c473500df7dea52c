"""What expires and stands alone: journeys, attempts, codes sent to a person, limits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

JsonObject: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Versioned:
    """A record as read, with the version that :meth:`Records.replace` wants back."""

    value: JsonObject = field(repr=False)
    version: int


@dataclass(frozen=True, slots=True)
class Spent:
    """A record that was redeemed already; ``note`` is what the redeemer left (never personal)."""

    note: str


class Records(Protocol):
    """Sealed, expiring records of one kind (journeys; attempts). Ids are stored as digests, values sealed."""

    def create(self, record_id: str, value: JsonObject, *, now: float, expires_at: float) -> None:
        """Keep a new record (version 1). Ids are random and never reused."""
        ...

    def read(self, record_id: str, *, now: float) -> Versioned | Spent | None:
        """The record, or what is left of it, or None when unknown or expired."""
        ...

    def replace(self, record_id: str, value: JsonObject, *, version: int, now: float) -> bool:
        """Compare-and-swap on ``version``; False when it moved, was redeemed or expired. Expiry stays."""
        ...

    def redeem(self, record_id: str, *, version: int, note: str, now: float) -> bool:
        """Take the record for good, if it still has ``version``: exactly one caller gets True.

        Leaves :class:`Spent` with ``note`` until the record's expiry.
        """
        ...

    def take(self, record_id: str, *, note: str, now: float) -> Versioned | Spent | None:
        """:meth:`read` and :meth:`redeem` in one round trip: exactly one caller gets the value.

        Unlike what was redeemed, it may be put back; until then nobody else reads, replaces or redeems it.
        """
        ...

    def put_back(self, record_id: str) -> bool:
        """Undo :meth:`take`: what it was taken for did not happen. False when it was not taken, or is gone."""
        ...


@dataclass(frozen=True, slots=True)
class CodeResult:
    """``matched``: right and now used. ``tries_left`` 0: burnt or unknown, ask for a new one."""

    matched: bool
    tries_left: int


class OneTimeCodes(Protocol):
    """Codes sent to a person. A slot is bound to purpose, number and browser by its name; a new code voids the old."""

    def issue(self, slot: str, code: str, *, now: float, expires_at: float, tries: int) -> None:
        """Keep the digest of ``code`` for ``slot``, replacing any earlier one."""
        ...

    def verify(self, slot: str, code: str, *, now: float) -> CodeResult:
        """Count one try and compare, atomically: of 20 parallel guesses at most ``tries`` are looked at."""
        ...


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``count`` in any window of ``seconds`` (sliding). ``name`` is the key space and goes to audit."""

    name: str
    count: int
    seconds: float


class Limits(Protocol):
    """Counters of guesses and sends, by any key; keys are stored as digests."""

    def hit(self, pairs: Sequence[tuple[Limit, str]], *, now: float) -> tuple[Limit, float] | None:
        """Count one for each (limit, key). None when all had room; else the first full one and seconds to wait.

        All or nothing is not promised across keys; a refused hit never counts for the limit that refused it.
        """
        ...

    def reset(self, limit: Limit, key: str) -> None:
        """Forget what was counted (after a success)."""
        ...

    def refund(self, pairs: Sequence[tuple[Limit, str]], *, at: float) -> None:
        """Take back the one hit that was counted at ``at`` for each (limit, key): the try turned out to be none."""
        ...

    def room(self, limit: Limit, key: str, *, now: float) -> int:
        """How many hits are left in the window. For showing and for marks, never instead of :meth:`hit`."""
        ...

    def take_once(self, space: str, key: str, *, now: float, expires_at: float) -> bool:
        """Exactly one caller gets True for this key until ``expires_at``: replay guard."""
        ...
