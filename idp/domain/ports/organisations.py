"""Who stands for which organisations."""

from collections.abc import Sequence
from typing import Protocol

from idp.domain.organisations import Standing


class Standings(Protocol):
    """Standings of citizens. They go with the number: whoever loses it, in whatever way, stands for nobody."""

    def keep(self, standing: Standing) -> bool:
        """Keep it, in place of an earlier one for the same organisation; the same one twice is kept once.

        False, and nothing kept, for an account that holds no number (any more): nobody in particular stands for nobody.
        """
        ...

    def of(self, citizen_id: str) -> Sequence[Standing]:
        """A citizen's standings, newest first, those that ran out too (for a while)."""
        ...

    def remove(self, citizen_id: str, standing_id: str) -> bool:
        """Take one of the citizen's away; False when there is no such."""
        ...
