"""What proves our right to call: headers of the gateway, header fields of the national platform, MD5 query, CSB form.

Each signer answers with a :class:`Signed`: where its values travel differs, so each place has a field.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import orjson

from adapters import signatures
from adapters.http import SECRET_FETCH, Request, Send, Transient, Upstream
from adapters.police.fields import code_of, moment_of, object_of, opened
from adapters.police.finding import CHANNEL
from adapters.police.secrets import Secret, SecretCache
from adapters.police.settings import PolicePopulationSettings
from idp.domain.errors import Distrusted, Unavailable
from idp.domain.ports import Clock

GATEWAY_MARGIN = 20.0  # of 600 s; clients in the field use 512 s and 580 s
NATIONAL_MARGIN = 60.0


@dataclass(frozen=True, slots=True)
class Signed:
    """Values for one call, by the place they travel in. ``secret`` lets the signer forget what was refused."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    soap_header: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret: Secret | None = None


class Signer(Protocol):
    """The right to call one platform."""

    def sign(self, deadline: float) -> Signed:
        """Values for a call now, with a secret fetched if need be. Raises Unavailable or Distrusted."""
        ...

    def forget(self, signed: Signed) -> None:
        """The platform says that this secret has ended."""
        ...


class CachedSigner(ABC):
    """What the three platforms with short-lived secrets share: one cached secret, renewed before it ends."""

    def __init__(self, upstream: Upstream, settings: PolicePopulationSettings, clock: Clock) -> None:
        self._upstream = upstream
        self._settings = settings
        self._clock = clock
        self._cache = SecretCache(self._fetch, clock)

    def forget(self, signed: Signed) -> None:
        """See :class:`Signer`."""
        if signed.secret is not None:
            self._cache.forget(signed.secret)

    def _milliseconds(self) -> str:
        return str(int(self._clock.now() * 1000))

    @abstractmethod
    def _fetch(self, old: Secret | None, deadline: float) -> Secret:
        """Ask the platform for a secret; ``old`` is the one before it."""


class GatewaySigner(CachedSigner):
    """Province gateway (3.2): three headers; a call is signed with the ``rtime`` of its own token."""

    def sign(self, deadline: float) -> Signed:
        """See :class:`Signer`."""
        secret = self._cache.get(deadline)
        return Signed(headers=self._headers(secret.value, secret.rtime), secret=secret)

    def _headers(self, key: str, rtime: str) -> dict[str, str]:
        app_id = self._settings.app_id
        signature = signatures.gateway_sign(key, app_id=app_id, rtime=rtime)
        headers = {"gateway_appid": app_id, "gateway_rtime": rtime, "gateway_sig": signature}
        if self._settings.caller_address:
            headers["X-Forwarded-For"] = self._settings.caller_address
        return headers

    def _fetch(self, old: Secret | None, deadline: float) -> Secret:
        del old
        return self._upstream.ask("token", self._token, SECRET_FETCH, deadline=deadline)

    def _token(self, send: Send) -> Secret:
        asked_at = self._clock.now()
        rtime = self._milliseconds()
        app_key = self._settings.app_key.get_secret_value()
        body = send(Request("/auth/token", headers=self._headers(app_key, rtime))).json_object()
        if str(body.get("code")) != "0":
            raise Unavailable(CHANNEL, f"token refused, code {code_of(body)}", alert=True)
        token = object_of(body, "body")
        life = moment_of(token.get("expires_in"))
        value = opened(signatures.gateway_secret, app_key, token.get("access_token"))
        margin = min(GATEWAY_MARGIN, life / 4)
        return Secret(value, rtime, renew_at=asked_at + life - margin, ends_at=asked_at + life)


class NationalSigner(CachedSigner):
    """National platform (3.1): four values, in the SOAP header."""

    def sign(self, deadline: float) -> Signed:
        """See :class:`Signer`."""
        secret = self._cache.get(deadline)
        return Signed(soap_header=self._values(secret.value), secret=secret)

    def _values(self, key: str) -> dict[str, str]:
        rid, sid, rtime = self._settings.app_id, self._settings.sid, self._milliseconds()
        sign = signatures.national_sign(key, sid=sid, rid=rid, rtime=rtime)
        prefix = self._settings.national_prefix
        return {f"{prefix}_rid": rid, f"{prefix}_sid": sid, f"{prefix}_rtime": rtime, f"{prefix}_sign": sign}

    def _fetch(self, old: Secret | None, deadline: float) -> Secret:
        del old
        return self._upstream.ask("refresh", self._refresh, SECRET_FETCH, deadline=deadline)

    def _refresh(self, send: Send) -> Secret:
        app_key = self._settings.app_key.get_secret_value()
        values = self._values(app_key)
        request = Request(
            "/sysapi/auth/refreshappsecret",
            content=orjson.dumps(values),
            headers={"Content-Type": "application/json"},
        )
        body = send(request).json_object()
        code = str(body.get("code"))
        if code == "-1":
            raise Transient(CHANNEL, "refresh failed, code -1", maybe_done=True)
        if code != ("0" if self._settings.national_prefix == "gjgxjhpt" else "200"):
            raise Unavailable(CHANNEL, f"refresh refused, code {code_of(body)}", alert=True)
        data = object_of(body, "data")
        value = opened(signatures.national_secret, app_key, data.get("secret"))
        ends_at = moment_of(data.get("secretEndTime")) / 1000
        rtime = values[f"{self._settings.national_prefix}_rtime"]
        return Secret(value, rtime, renew_at=ends_at - NATIONAL_MARGIN, ends_at=ends_at)


class Md5Signer(CachedSigner):
    """MD5 convention (3.6): ``requestSecret`` signs calls, ``refreshSecret`` fetches the next one."""

    def sign(self, deadline: float) -> Signed:
        """See :class:`Signer`."""
        secret = self._cache.get(deadline)
        return Signed(query=self._query(secret.value), secret=secret)

    def _query(self, secret: str) -> dict[str, str]:
        now, app_key = self._milliseconds(), self._settings.app_id
        return {"requestTime": now, "sign": signatures.md5_sign(app_key, secret, now), "appKey": app_key}

    def _fetch(self, old: Secret | None, deadline: float) -> Secret:
        renewable = old is not None and self._clock.now() < old.renewal_ends_at
        path = "/gateway/app/refreshTokenBySec.htm" if renewable else "/gateway/app/refreshTokenByKey.htm"
        key = old.renewal if old is not None and renewable else self._settings.app_secret.get_secret_value()
        return self._upstream.ask("refresh", lambda s: self._refresh(s, path, key), SECRET_FETCH, deadline=deadline)

    def _refresh(self, send: Send, path: str, key: str) -> Secret:
        query = self._query(key)
        body = send(Request(path, query=query)).json_object()
        if str(body.get("code")) != "00":
            raise Unavailable(CHANNEL, f"refresh refused, code {code_of(body)}", alert=True)
        data = object_of(body, "datas")
        ends_at = moment_of(data.get("requestSecretEndTime")) / 1000
        renewal_ends_at = moment_of(data.get("refreshSecretEndTime")) / 1000
        value, renewal = data.get("requestSecret"), data.get("refreshSecret")
        if not (isinstance(value, str) and value and isinstance(renewal, str) and renewal):
            raise Distrusted(CHANNEL, "no secret in the refresh answer")
        return Secret(value, query["requestTime"], ends_at - NATIONAL_MARGIN, ends_at, renewal, renewal_ends_at)
