"""The exchange platforms before the record service: their short-lived secrets and the headers (channels.md 3.1, 3.2).

The gateway's secret is bound to the ``rtime`` of the very call that fetched it, so both are one value: workers that
kept them apart would sign with each other's time.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final

import orjson

from adapters import signatures
from adapters.http import SECRET_FETCH, Request, Send, Transient, Upstream
from adapters.social.fields import loggable, object_of, text_at
from adapters.social.settings import CHANNEL, SocialSecuritySettings
from idp.domain.errors import Distrusted, Unavailable
from idp.domain.ports import Clock

_GATEWAY_MARGIN: Final = 20.0  # of 600 s; clients in the field use 512 s and 580 s
_NATIONAL_MARGIN: Final = 60.0


@dataclass(frozen=True, slots=True)
class Secret:
    """``value`` signs calls until ``ends_at``, renewed from ``renew_at``; ``rtime`` is the time of its fetch."""

    value: str = field(repr=False)
    rtime: str
    renew_at: float
    ends_at: float


class Platform(ABC):
    """One customer's right to call. One thread fetches a secret, the others use the old one while it lives."""

    path: ClassVar[str]
    fetch_operation: ClassVar[str]

    def __init__(self, upstream: Upstream, settings: SocialSecuritySettings, clock: Clock) -> None:
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
            if alive is None:
                raise Unavailable(CHANNEL, "secret is being fetched")
            return alive
        try:
            return self._renewed(seen, alive, deadline)
        finally:
            self._lock.release()

    def forget(self, secret: Secret) -> None:
        """The platform no longer accepts ``secret``; a newer one is left alone."""
        with self._lock:
            if self._secret is secret:
                self._secret = None

    @abstractmethod
    def headers(self, secret: Secret) -> Mapping[str, str]:
        """What a call carries to be let through."""

    @abstractmethod
    def _fetch(self, send: Send) -> Secret:
        """Ask the platform for a secret, once."""

    def _milliseconds(self) -> str:
        return str(int(self._clock.now() * 1000))

    def _opened(self, decrypt: Callable[[str, str], str], cipher_text: str) -> str:
        try:
            return decrypt(self._settings.app_key.get_secret_value(), cipher_text)
        except signatures.BadSecret:
            raise Distrusted(CHANNEL, "secret does not open") from None

    def _renewed(self, seen: Secret | None, alive: Secret | None, deadline: float) -> Secret:
        if self._secret is not None and self._secret is not seen:
            return self._secret
        try:
            self._secret = fetched = self._upstream.ask(
                self.fetch_operation, self._fetch, SECRET_FETCH, deadline=deadline
            )
        except Unavailable as error:
            if alive is None or error.alert:
                raise
            return alive
        return fetched


class Gateway(Platform):
    """Province gateway (3.2): three headers; a call is signed with the ``rtime`` of its own token."""

    path = "/share/sbkxxhy"
    fetch_operation = "token"

    def headers(self, secret: Secret) -> Mapping[str, str]:
        """The three headers, and the caller's address where the gateway keeps a list."""
        return self._headers(secret.value, secret.rtime)

    def _headers(self, key: str, rtime: str) -> dict[str, str]:
        app_id = self._settings.app_id
        signature = signatures.gateway_sign(key, app_id=app_id, rtime=rtime)
        headers = {"gateway_appid": app_id, "gateway_rtime": rtime, "gateway_sig": signature}
        if self._settings.caller_address:
            headers["X-Forwarded-For"] = self._settings.caller_address
        return headers

    def _fetch(self, send: Send) -> Secret:
        asked_at, rtime = self._clock.now(), self._milliseconds()
        app_key = self._settings.app_key.get_secret_value()
        body = send(Request("/auth/token", headers=self._headers(app_key, rtime))).json_object()
        code = str(body.get("code"))
        if code != "0":
            raise Unavailable(CHANNEL, f"token refused, code {loggable(code)}", alert=True)
        token = object_of(body, "body")
        ends_at = asked_at + _whole(token.get("expires_in"), at_most=86_400)
        value = self._opened(signatures.gateway_secret, text_at(token, "access_token"))
        margin = min(_GATEWAY_MARGIN, (ends_at - asked_at) / 4)
        return Secret(value, rtime, renew_at=ends_at - margin, ends_at=ends_at)


class National(Platform):
    """National platform (3.1): four values as headers of ``/httpproxy``, signed at the time of each call."""

    path = "/httpproxy"
    fetch_operation = "refresh"

    def headers(self, secret: Secret) -> Mapping[str, str]:
        """The four values."""
        return self._values(secret.value)

    def _values(self, key: str) -> dict[str, str]:
        settings, rtime = self._settings, self._milliseconds()
        sign = signatures.national_sign(key, sid=settings.sid, rid=settings.app_id, rtime=rtime)
        values = {"rid": settings.app_id, "sid": settings.sid, "rtime": rtime, "sign": sign}
        return {f"{settings.national_prefix}_{name}": value for name, value in values.items()}

    def _fetch(self, send: Send) -> Secret:
        rtime = self._milliseconds()
        content = orjson.dumps(self._values(self._settings.app_key.get_secret_value()))
        request = Request("/sysapi/auth/refreshappsecret", content, {"Content-Type": "application/json"})
        body = send(request).json_object()
        code = str(body.get("code"))
        if code == "-1":
            raise Transient(CHANNEL, "refresh failed, code -1", maybe_done=True)
        if code != ("0" if self._settings.national_prefix == "gjgxjhpt" else "200"):
            raise Unavailable(CHANNEL, f"refresh refused, code {loggable(code)}", alert=True)
        data = object_of(body, "data")
        value = self._opened(signatures.national_secret, text_at(data, "secret"))
        ends_at = _whole(data.get("secretEndTime"), at_most=10**14) / 1000
        return Secret(value, rtime, renew_at=ends_at - _NATIONAL_MARGIN, ends_at=ends_at)


def _whole(value: object, *, at_most: int) -> int:
    """A positive whole number, as JSON number or text. Raises Distrusted."""
    text = str(value) if isinstance(value, (int, str)) else ""
    if text.isascii() and text.isdecimal() and len(text) <= 15 and 0 < int(text) <= at_most:
        return int(text)
    raise Distrusted(CHANNEL, "no life of the secret in the answer")
