"""Evidence runs out by itself: somebody has to notice, so that relying parties hear of the lower level.

The same look finishes what was cut short: evidence that was taken back while the sessions' store was away.

Sessions and grants, offline ones too, end with it: they were opened at a level that does not hold any more, and what
they give out would go on to state it.
"""

from collections.abc import Callable
from typing import Final

from idp.domain.assurance import level_of
from idp.domain.ports import Citizens, Clock, EndedSession, Expiries, Limit, Limits
from idp.people.announcements import Announcements
from idp.people.consequences import Consequences

LOOK_EVERY: Final = 600.0
# How far back a worker looks when it starts. Less than delivered events are kept, so that none is told a second time.
LOOK_BACK: Final = 6 * 3600.0
A_MOMENT: Final = 0.001
# A mark, not a budget: what was signed in anew since is not ended by the next worker that looks.
ENDED: Final = Limit("expiry.ended", 1, 2 * LOOK_BACK)


class ExpiryWatch:
    """Tells of levels that fell. Every worker may watch: the same fall is the same event.

    ``tell`` is called with each session that ended.
    """

    def __init__(
        self,
        *,
        expiries: Expiries,
        citizens: Citizens,
        announcements: Announcements,
        consequences: Consequences,
        limits: Limits,
        tell: Callable[[EndedSession], object],
        clock: Clock,
    ) -> None:
        self._expiries = expiries
        self._citizens = citizens
        self._announcements = announcements
        self._consequences = consequences
        self._limits = limits
        self._tell = tell
        self._clock = clock
        self._seen_until = 0.0

    def tick(self) -> int:
        """Look, if it is time to. How many relying parties will be told."""
        now = self._clock.now()
        if now - self._seen_until < LOOK_EVERY:
            return 0
        told, since = 0, max(self._seen_until, now - LOOK_BACK)
        for citizen_id in self._expiries.taken_back(since, now):
            self._finish(citizen_id, now)
        for citizen_id, moment in self._expiries.between(since, now):
            evidence = self._citizens.evidence_of(citizen_id)
            before, after = level_of(evidence, moment - A_MOMENT), level_of(evidence, moment)
            occasion = f"{citizen_id} {moment}"
            told += self._announcements.level_changed(citizen_id, before, after, occasion=occasion)
            if after < before:
                self._end(citizen_id, occasion, now)
        self._seen_until = now
        return told

    def _finish(self, citizen_id: str, now: float) -> None:
        """Evidence was taken back, and Redis may have been away just then: no session claims what does not hold."""
        level = level_of(self._citizens.evidence_of(citizen_id), now)
        if any(each.level > level for each in self._consequences.sessions.of_citizen(citizen_id, now=now)):
            for each in self._consequences.ran_out(citizen_id):
                self._tell(each)

    def _end(self, citizen_id: str, occasion: str, now: float) -> None:
        """Marked afterwards: a worker that dies on the way leaves it to the next."""
        if self._limits.room(ENDED, occasion, now=now) == 0:
            return
        for each in self._consequences.ran_out(citizen_id):
            self._tell(each)
        self._limits.hit([(ENDED, occasion)], now=now)
