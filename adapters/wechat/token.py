"""The server token: one value with its life, fetched by the stable endpoint, kept in this process.

The stable endpoint gives every worker the same token and lets old and new live side by side, so workers need not share
one (channels.md 9.1). A forced refresh ends the token of all; it is asked for only when WeChat calls the stable token
itself wrong.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from adapters.wechat.errors import TOKEN_WRONG
from adapters.wechat.settings import CHANNEL
from idp.domain.errors import Unavailable
from idp.domain.ports import Clock

RENEW_BEFORE_SECONDS = 300.0

log = structlog.get_logger("adapters.wechat")


@dataclass(frozen=True, slots=True)
class Token:
    """``ends_at`` in seconds since the epoch."""

    value: str = field(repr=False)
    ends_at: float


class TokenCache:
    """``fetch`` takes ``force_refresh`` and a deadline. Safe for threads: one fetches, the others wait."""

    def __init__(self, fetch: Callable[[bool, float], Token], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._token: Token | None = None

    def get(self, deadline: float) -> Token:
        """A live token. Raises Unavailable or Distrusted when there is none and none can be fetched."""
        token, now = self._token, self._clock.now()
        if token is not None and now < token.ends_at - RENEW_BEFORE_SECONDS:
            return token
        return self._renewed(token, deadline)

    def instead_of(self, refused: Token, code: int, deadline: float) -> Token:
        """Another token than ``refused``, which was answered with ``code``. Raises Unavailable or Distrusted."""
        current = self._token
        if current is not None and current.value != refused.value:
            return current
        fetched = self._exclusively(deadline, lambda: self._fetch(False, deadline))
        if fetched.value != refused.value:
            return fetched
        if code != TOKEN_WRONG:
            raise Unavailable(CHANNEL, f"token refused, code {code}", alert=True)
        log.warning("token_refresh_forced", channel=CHANNEL)
        return self._exclusively(deadline, lambda: self._fetch(True, deadline))

    def _renewed(self, seen: Token | None, deadline: float) -> Token:
        def renew() -> Token:
            if self._token is not None and self._token is not seen:
                return self._token
            return self._fetch(False, deadline)

        try:
            return self._exclusively(deadline, renew)
        except Unavailable as error:
            if seen is None or error.alert or self._clock.now() >= seen.ends_at:
                raise
            log.warning("token_renewal_failed", channel=CHANNEL, what=error.what)
            return seen

    def _exclusively(self, deadline: float, work: Callable[[], Token]) -> Token:
        if not self._lock.acquire(timeout=max(0.0, deadline - self._clock.now())):
            raise Unavailable(CHANNEL, "token is being fetched")
        try:
            self._token = token = work()
        finally:
            self._lock.release()
        return token
