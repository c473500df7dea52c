"""Requests that wait for an approval elsewhere: records that are polled, and found by the citizen they are for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from idp.domain.ports.expiring import JsonObject, Records, Spent, Versioned


@dataclass(frozen=True, slots=True)
class Polled:
    """What a poll found. ``too_soon``: it came before its pause was over, which has grown by five seconds by it."""

    found: Versioned | Spent
    too_soon: bool


class WaitingRequests(Records, Protocol):
    """Records that are polled. An id is the digest of a secret: it may stand in an index, and polls for nothing."""

    def keep(self, record_id: str, value: JsonObject, citizen_id: str, *, now: float, expires_at: float) -> None:
        """A new record, found by :meth:`of_citizen`; ``citizen_id`` empty: by nobody, at the same cost."""
        ...

    def poll(self, record_id: str, *, pause: float, now: float) -> Polled | None:
        """Read the record and count the poll, in one round trip. ``pause``: the first pause between polls, seconds.

        None: unknown, or too old to be told apart.
        """
        ...

    def of_citizen(self, citizen_id: str, *, now: float) -> Sequence[str]:
        """The ids of records kept for a citizen and not expired, newest first, at most twenty."""
        ...
