"""Who is signed in at this portal, and who is on the way. In memory: a demo portal forgets everything when it stops."""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

SESSION_SECONDS = 8 * 3600.0
PENDING_SECONDS = 1800.0  # as long as the provider gives a citizen to get through a journey
MOST = 10_000  # beyond this the oldest goes: a flood of sign-ins must not fill the memory


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a finished sign-in established. ``state`` is the client library's key to it."""

    state: str
    sub: str
    sid: str | None
    acr: str | None
    id_token: dict[str, object] = field(repr=False)
    userinfo: dict[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class LocalSession:
    """``form_key`` must come back with every form that changes something (CSRF).

    ``acr_now`` is the level that the provider told of since the sign-in, and ``acr_at`` when it became that.
    """

    person: SignedIn
    form_key: str = field(repr=False)
    ends_at: float
    acr_now: str | None = None
    acr_at: float = 0.0


class Sessions:
    """Local sessions and sign-ins on their way. ``forget`` is told the state of whatever ends."""

    def __init__(self, clock: Callable[[], float], forget: Callable[[str], None]) -> None:
        self._clock = clock
        self._forget = forget
        self._lock = threading.RLock()
        self._live: dict[str, LocalSession] = {}
        self._pending: dict[str, tuple[str, float]] = {}

    def expect(self, state: str, browser: str) -> None:
        """Remember that ``browser`` started a sign-in; only it may finish it (login CSRF, RFC 6749 section 10.12)."""
        now = self._clock()
        with self._lock:
            overdue = [s for s, (_, ends_at) in self._pending.items() if ends_at <= now]
            oldest = list(self._pending)[: max(0, len(self._pending) - MOST + 1)]
            for old in {*overdue, *oldest}:
                del self._pending[old]
                self._forget(old)
            self._pending[state] = (browser, now + PENDING_SECONDS)

    def arrive(self, state: str, browser: str) -> bool:
        """Whether ``browser`` started the sign-in of ``state`` and has not finished it before."""
        with self._lock:
            begun_by, ends_at = self._pending.get(state, ("", 0.0))
            if not begun_by or not secrets.compare_digest(begun_by, browser):
                return False
            del self._pending[state]
            if ends_at <= self._clock():
                self._forget(state)
                return False
            return True

    def open(self, person: SignedIn) -> str:
        """A new session's cookie value."""
        token, now = secrets.token_urlsafe(32), self._clock()
        with self._lock:
            for old in [t for t, session in self._live.items() if session.ends_at <= now]:
                self.end(old)
            while len(self._live) >= MOST:
                self.end(next(iter(self._live)))
            self._live[token] = LocalSession(person, secrets.token_urlsafe(32), now + SESSION_SECONDS)
        return token

    def read(self, token: str) -> LocalSession | None:
        """The live session of a cookie."""
        with self._lock:
            session = self._live.get(token)
            if session is None or session.ends_at <= self._clock():
                return None
            return session

    def end(self, token: str) -> None:
        """End one session."""
        with self._lock:
            session = self._live.pop(token, None)
            if session is not None:
                self._forget(session.person.state)

    def note_level(self, *, sub: str, acr: str, at: float) -> int:
        """The person's level is another since ``at``; older news than what is known change nothing. How many heard."""
        with self._lock:
            hit = [t for t, each in self._live.items() if each.person.sub == sub and each.acr_at <= at]
            for token in hit:
                self._live[token] = replace(self._live[token], acr_now=acr, acr_at=at)
            return len(hit)

    def end_where(self, *, sub: str | None, sid: str | None) -> int:
        """End the session of ``sid``, or every session of ``sub`` when no sid is given. How many ended."""
        with self._lock:
            hit = [
                token
                for token, session in self._live.items()
                if (sub is None or session.person.sub == sub) and (sid is None or session.person.sid == sid)
            ]
            for token in hit:
                self.end(token)
            return len(hit)
