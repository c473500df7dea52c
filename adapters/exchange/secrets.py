"""Short-lived platform secrets: fetched once, kept as one value, used until they really end.

The race of channels.md 3.2: the gateway's secret is bound to the ``rtime`` of the very call that fetched it. Two
workers that kept secret and time apart would sign with each other's time; so a :class:`Secret` is one immutable value.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from idp.domain.errors import Unavailable
from idp.domain.ports import Clock

log = structlog.get_logger("adapters.exchange")


@dataclass(frozen=True, slots=True)
class Secret:
    """``value`` signs calls; ``rtime`` is the request time that belongs to it.

    From ``renew_at`` a new one is fetched; until ``ends_at`` this one may still serve. ``renewal`` is what the MD5
    convention renews with, until ``renewal_ends_at``.
    """

    value: str = field(repr=False)
    rtime: str
    renew_at: float
    ends_at: float
    renewal: str = field(default="", repr=False)
    renewal_ends_at: float = 0.0


class SecretCache:
    """One secret of one platform. One thread fetches, the others go on with the old one while it lives."""

    def __init__(self, channel: str, fetch: Callable[[Secret | None, float], Secret], clock: Clock) -> None:
        self._channel = channel
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._secret: Secret | None = None

    def get(self, deadline: float) -> Secret:
        """A live secret. Raises Unavailable or Distrusted when there is none and none can be fetched."""
        secret, now = self._secret, self._clock.now()
        if secret is not None and now < secret.renew_at:
            return secret
        alive = secret if secret is not None and now < secret.ends_at else None
        wait = 0.0 if alive else max(0.0, deadline - now)
        if not self._lock.acquire(timeout=wait):
            if alive is not None:
                return alive
            raise Unavailable(self._channel, "secret is being fetched")
        try:
            return self._renewed(secret, alive, deadline)
        finally:
            self._lock.release()

    def forget(self, secret: Secret) -> None:
        """The platform no longer accepts ``secret``; a newer one is left alone."""
        with self._lock:
            if self._secret is secret:
                self._secret = None

    def _renewed(self, seen: Secret | None, alive: Secret | None, deadline: float) -> Secret:
        """A new secret; while the platform gives none, the old one, until it ends (channels.md 2.4).

        A refusal that is ours to repair (``alert``) is told at once: the old secret would only hide it until it ends.
        """
        current = self._secret
        if current is not None and current is not seen:
            return current
        try:
            self._secret = fetched = self._fetch(seen, deadline)
        except Unavailable as error:
            if alive is None or error.alert:
                raise
            log.warning("secret_renewal_failed", channel=self._channel, what=error.what)
            return alive
        return fetched
