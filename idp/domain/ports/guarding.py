"""Guardians: who agreed that a child may use channels for which it is too young alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Guardianship:
    """``guardian_id`` agreed for ``minor_id`` at ``agreed_at`` (seconds since the epoch)."""

    minor_id: str
    guardian_id: str
    agreed_at: float


class Guardianships(Protocol):
    """Live agreements; withdrawn ones are kept as rows and not answered."""

    def agree(self, guardianship: Guardianship) -> None:
        """Keep an agreement, also one that was withdrawn before."""
        ...

    def withdraw(self, minor_id: str, guardian_id: str, *, now: float) -> bool:
        """End it. False when there was none."""
        ...

    def of_minor(self, minor_id: str) -> Sequence[Guardianship]:
        """Who agreed for this child, oldest first."""
        ...

    def of_guardian(self, guardian_id: str) -> Sequence[Guardianship]:
        """The children this citizen agreed for, oldest first."""
        ...
