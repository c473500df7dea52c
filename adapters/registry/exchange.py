"""The right to call an exchange platform: a short-lived secret, fetched once, and headers signed with it (3.1, 3.2).

The gateway's secret is bound to the ``rtime`` of the very call that fetched it, so secret and time are one value.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import orjson
import structlog

from adapters import signatures
from adapters.http import SECRET_FETCH, Request, Send, Transient, Upstream
from adapters.registry.fields import code_at, loggable, moment_at, object_at, text_at
from adapters.registry.organisations import CHANNEL
from adapters.registry.settings import BusinessRegistrySettings
from idp.domain.errors import Distrusted, Unavailable
from idp.domain.ports import Clock

GATEWAY_MARGIN: Final = 20.0  # of 600 s; clients in the field use 512 s and 580 s
NATIONAL_MARGIN: Final = 60.0
_FAILED: Final = "-1"

log = structlog.get_logger("adapters.registry")


@dataclass(frozen=True, slots=True)
class Secret:
    """``value`` signs calls, with ``rtime`` where bound to one. Renewed from ``renew_at``, dead at ``ends_at``."""

    value: str = field(repr=False)
    rtime: str
    renew_at: float
    ends_at: float


class Platform(ABC):
    """One platform. One thread fetches a secret, the others go on with the old one while it lives."""

    path: str

    def __init__(self, upstream: Upstream, settings: BusinessRegistrySettings, clock: Clock) -> None:
        self._upstream = upstream
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._secret: Secret | None = None

    def secret(self, deadline: float) -> Secret:
        """A live secret. Raises Unavailable or Distrusted when there is none and none can be fetched."""
        seen, now = self._secret, self._clock.now()
        if seen is not None and now < seen.renew_at:
            return seen
        alive = seen if seen is not None and now < seen.ends_at else None
        if not self._lock.acquire(timeout=0.0 if alive else max(0.0, deadline - now)):
            if alive is not None:
                return alive
            raise Unavailable(CHANNEL, "secret is being fetched")
        try:
            if self._secret is not None and self._secret is not seen:
                return self._secret
            return self._renewed(alive, deadline)
        finally:
            self._lock.release()

    def _renewed(self, alive: Secret | None, deadline: float) -> Secret:
        try:
            self._secret = fetched = self._upstream.ask("token", self._fetch, SECRET_FETCH, deadline=deadline)
        except Unavailable as error:
            if alive is None or error.alert:
                raise
            log.warning("secret_renewal_failed", channel=CHANNEL, what=error.what)
            return alive
        return fetched

    def forget(self, secret: Secret) -> None:
        """The platform no longer accepts ``secret``; a newer one is left alone."""
        with self._lock:
            if self._secret is secret:
                self._secret = None

    def _milliseconds(self) -> str:
        return str(int(self._clock.now() * 1000))

    @abstractmethod
    def headers(self, secret: Secret) -> Mapping[str, str]:
        """The headers of one call."""

    @abstractmethod
    def _fetch(self, send: Send) -> Secret:
        """Ask the platform for a secret."""


class Gateway(Platform):
    """Province gateway (3.2)."""

    def __init__(self, upstream: Upstream, settings: BusinessRegistrySettings, clock: Clock) -> None:
        super().__init__(upstream, settings, clock)
        self.path = settings.record_path

    def headers(self, secret: Secret) -> Mapping[str, str]:
        """See :class:`Platform`."""
        return self._signed(secret.value, secret.rtime)

    def _signed(self, key: str, rtime: str) -> dict[str, str]:
        app_id = self._settings.app_id
        signature = signatures.gateway_sign(key, app_id=app_id, rtime=rtime)
        headers = {"gateway_appid": app_id, "gateway_rtime": rtime, "gateway_sig": signature}
        if self._settings.caller_address:
            headers["X-Forwarded-For"] = self._settings.caller_address
        return headers

    def _fetch(self, send: Send) -> Secret:
        asked_at, rtime = self._clock.now(), self._milliseconds()
        app_key = self._settings.app_key.get_secret_value()
        body = send(Request("/auth/token", headers=self._signed(app_key, rtime))).json_object()
        code = code_at(body, "code")
        if code != "0":
            raise Unavailable(CHANNEL, f"token refused, code {loggable(code)}", alert=True)
        token = object_at(body, "body")
        life = moment_at(token, "expires_in")
        try:
            value = signatures.gateway_secret(app_key, text_at(token, "access_token"))
        except signatures.BadSecret:
            raise Distrusted(CHANNEL, "secret does not open") from None
        return Secret(value, rtime, asked_at + life - min(GATEWAY_MARGIN, life / 4), asked_at + life)


class National(Platform):
    """National platform (3.1), REST: the four values are headers."""

    path = "/httpproxy"

    def headers(self, secret: Secret) -> Mapping[str, str]:
        """See :class:`Platform`."""
        return self._signed(secret.value)

    def _signed(self, key: str) -> dict[str, str]:
        rid, sid, rtime = self._settings.app_id, self._settings.sid, self._milliseconds()
        sign = signatures.national_sign(key, sid=sid, rid=rid, rtime=rtime)
        prefix = self._settings.national_prefix
        return {f"{prefix}_rid": rid, f"{prefix}_sid": sid, f"{prefix}_rtime": rtime, f"{prefix}_sign": sign}

    def _fetch(self, send: Send) -> Secret:
        app_key = self._settings.app_key.get_secret_value()
        content = orjson.dumps(self._signed(app_key))
        request = Request("/sysapi/auth/refreshappsecret", content, {"Content-Type": "application/json"})
        body = send(request).json_object()
        code = code_at(body, "code")
        if code == _FAILED:
            raise Transient(CHANNEL, "refresh failed, code -1", maybe_done=True)
        if code != ("0" if self._settings.national_prefix == "gjgxjhpt" else "200"):
            raise Unavailable(CHANNEL, f"refresh refused, code {loggable(code)}", alert=True)
        data = object_at(body, "data")
        ends_at = moment_at(data, "secretEndTime") / 1000
        try:
            value = signatures.national_secret(app_key, text_at(data, "secret"))
        except signatures.BadSecret:
            raise Distrusted(CHANNEL, "secret does not open") from None
        return Secret(value, "", ends_at - NATIONAL_MARGIN, ends_at)
