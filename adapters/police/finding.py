"""What a register said about a name and a number, before it becomes an outcome."""

from dataclasses import dataclass, field
from typing import Final, Protocol

from idp.domain.channel import Reason

CHANNEL: Final = "police_population"


@dataclass(frozen=True, slots=True)
class Query:
    """One question. ``name`` is the exact spelling sent; ``deadline`` is in seconds since the epoch."""

    name: str = field(repr=False)
    number: str = field(repr=False)
    deadline: float


@dataclass(frozen=True, slots=True)
class Finding:
    """``reason`` None: the register says both belong together and the registration is alive. ``txn`` is our number."""

    reason: Reason | None
    txn: str


class Register(Protocol):
    """One way of asking the register."""

    def check(self, query: Query) -> Finding:
        """Ask once. Raises Unavailable or Distrusted."""
        ...
