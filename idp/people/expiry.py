"""Evidence runs out by itself: somebody has to notice, so that relying parties hear of the lower level."""

from typing import Final

from idp.domain.assurance import level_of
from idp.domain.ports import Citizens, Clock, Expiries
from idp.people.announcements import Announcements

LOOK_EVERY: Final = 600.0
# How far back a worker looks when it starts. Less than delivered events are kept, so that none is told a second time.
LOOK_BACK: Final = 6 * 3600.0
A_MOMENT: Final = 0.001


class ExpiryWatch:
    """Tells of levels that fell. Every worker may watch: the same fall is the same event."""

    def __init__(self, *, expiries: Expiries, citizens: Citizens, announcements: Announcements, clock: Clock) -> None:
        self._expiries = expiries
        self._citizens = citizens
        self._announcements = announcements
        self._clock = clock
        self._seen_until = 0.0

    def tick(self) -> int:
        """Look, if it is time to. How many relying parties will be told."""
        now = self._clock.now()
        if now - self._seen_until < LOOK_EVERY:
            return 0
        told = 0
        for citizen_id, moment in self._expiries.between(max(self._seen_until, now - LOOK_BACK), now):
            evidence = self._citizens.evidence_of(citizen_id)
            before, after = level_of(evidence, moment - A_MOMENT), level_of(evidence, moment)
            told += self._announcements.level_changed(citizen_id, before, after, occasion=f"{citizen_id} {moment}")
        self._seen_until = now
        return told
