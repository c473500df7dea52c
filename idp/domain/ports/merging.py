"""One person's two accounts joined, and parted again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

UNDO_SECONDS = 30 * 86_400.0


@dataclass(frozen=True, slots=True)
class Merge:
    """``joined_id`` was joined to ``kept_id``, which holds the number; either may undo it before ``undo_until``."""

    id: str
    kept_id: str
    joined_id: str
    at: float
    undo_until: float
    undone_at: float | None = None

    def can_be_undone(self, now: float) -> bool:
        """Whether it still stands and may be taken back."""
        return self.undone_at is None and now < self.undo_until


class Merges(Protocol):
    """Merges, each made and undone in one transaction."""

    def join(self, merge: Merge, sectors: Mapping[str, bool]) -> bool:
        """Join an account that claims the number to the one that holds it; False when that is not (or no longer) so.

        The claimed evidence, the consents and linked accounts go over. ``sectors`` are those that know the joined
        account's ``sub``: it stays an alias there; True: the sector goes on to receive it.
        """
        ...

    def undo(self, merge_id: str, citizen_id: str, *, now: float) -> Merge | None:
        """Put everything back as it was, for either side; None when it is not theirs, over, or undone before."""
        ...

    def of(self, citizen_id: str) -> Sequence[Merge]:
        """Merges of either side, newest first, undone ones too."""
        ...
