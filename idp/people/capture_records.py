"""A run at the camera as a page needs it, and as it is kept between two requests."""

import base64
from dataclasses import dataclass, field
from typing import Any

from idp.domain.capturing import Colour, Hint, Movement, Shown
from idp.domain.ports import Versioned


@dataclass(frozen=True, slots=True)
class Run:
    """A capture as its page needs it. ``wanted``: the run is over, and this frame is to be sent once more."""

    id: str
    shown: Shown
    next_seq: int
    wanted: int | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """The record of a capture. ``claimed_until``: a call is being judged; ``calls`` counts them."""

    run: Run
    owner: str
    citizen_id: str
    state: bytes = field(repr=False)
    claimed_until: float = 0.0
    calls: int = 0
    version: int = field(default=1, compare=False)

    def to_json(self) -> dict[str, Any]:
        """JSON values; id and version are the store's."""
        shown = self.run.shown
        return {
            "owner": self.owner,
            "citizen_id": self.citizen_id,
            "state": base64.b64encode(self.state).decode("ascii"),
            "shown": [shown.movement, shown.colour, shown.hint, shown.done, shown.steps],
            "next_seq": self.run.next_seq,
            "wanted": self.run.wanted,
            "claimed_until": self.claimed_until,
            "calls": self.calls,
        }

    @classmethod
    def from_json(cls, capture_id: str, found: Versioned) -> "Kept":
        """The inverse of :meth:`to_json`."""
        value = found.value
        movement, colour, hint, done, steps = value["shown"]
        shown = Shown(movement and Movement(movement), colour and Colour(colour), hint and Hint(hint), done, steps)
        return cls(
            Run(capture_id, shown, value["next_seq"], value["wanted"]),
            value["owner"],
            value["citizen_id"],
            base64.b64decode(value["state"]),
            value["claimed_until"],
            value["calls"],
            found.version,
        )
