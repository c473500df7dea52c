"""The national platform (channels.md 3.1): four values, signed at the time of each call.

They travel as HTTP headers of ``/httpproxy``, and in the SOAP header of a SOAP service.
"""

from typing import Final

import orjson

from adapters import signatures
from adapters.exchange.customer import Customer
from adapters.exchange.fields import code_at, loggable, moment_at, object_at, text_at
from adapters.exchange.secrets import Secret
from adapters.exchange.signers import RENEWAL_MARGIN, CachedSigner, Signed
from adapters.http import SECRET_FETCH, Request, Send, Transient, Upstream
from idp.domain.errors import Unavailable
from idp.domain.ports import Clock

PROXY: Final = "/httpproxy"
_FAILED: Final = "-1"
_GRANTED: Final = {"gjgxjhpt": "0", "gjzwfwpt": "200"}


class NationalSigner(CachedSigner):
    """Both generations, told apart by the customer's ``prefix``. ``soap``: the service behind it speaks SOAP."""

    def __init__(self, upstream: Upstream, customer: Customer, clock: Clock, *, soap: bool = False) -> None:
        super().__init__(upstream, customer, clock)
        self._soap = soap

    def _signed(self, secret: Secret) -> Signed:
        values = self._values(secret.value)
        if self._soap:
            return Signed(soap_header=values, secret=secret)
        return Signed(headers=values, secret=secret)

    def _values(self, key: str) -> dict[str, str]:
        rid, sid, rtime = self._customer.app_id, self._customer.sid, self._milliseconds()
        sign = signatures.national_sign(key, sid=sid, rid=rid, rtime=rtime)
        values = {"rid": rid, "sid": sid, "rtime": rtime, "sign": sign}
        return {f"{self._customer.prefix}_{name}": value for name, value in values.items()}

    def _fetch(self, old: Secret | None, deadline: float) -> Secret:
        del old
        return self._upstream.ask("refresh", self._refresh, SECRET_FETCH, deadline=deadline)

    def _refresh(self, send: Send) -> Secret:
        channel, rtime = self._customer.channel, self._milliseconds()
        content = orjson.dumps(self._values(self._customer.key))
        request = Request("/sysapi/auth/refreshappsecret", content, {"Content-Type": "application/json"})
        body = send(request).json_object()
        code = code_at(channel, body, "code")
        if code == _FAILED:
            raise Transient(channel, "refresh failed, code -1", maybe_done=True)
        if code != _GRANTED[self._customer.prefix]:
            raise Unavailable(channel, f"refresh refused, code {loggable(code)}", alert=True)
        data = object_at(channel, body, "data")
        value = self._opened(signatures.national_secret, text_at(channel, data, "secret"))
        ends_at = moment_at(channel, data, "secretEndTime") / 1000
        return Secret(value, rtime, renew_at=ends_at - RENEWAL_MARGIN, ends_at=ends_at)
