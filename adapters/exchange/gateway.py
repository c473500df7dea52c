"""The province gateway (channels.md 3.2): three headers, and a token whose time signs every call after it."""

from typing import Final

from adapters import signatures
from adapters.exchange.fields import code_at, loggable, moment_at, object_at, text_at
from adapters.exchange.secrets import Secret
from adapters.exchange.signers import CachedSigner, Signed
from adapters.http import SECRET_FETCH, Request, Send
from idp.domain.errors import Unavailable

_MARGIN: Final = 20.0  # of 600 s; clients in the field use 512 s and 580 s
_GRANTED: Final = "0"


class GatewaySigner(CachedSigner):
    """A call is signed with the ``rtime`` of its own token; cached apart, two workers would mix them up."""

    def _signed(self, secret: Secret) -> Signed:
        return Signed(headers=self._headers(secret.value, secret.rtime), secret=secret)

    def _headers(self, key: str, rtime: str) -> dict[str, str]:
        app_id = self._customer.app_id
        signature = signatures.gateway_sign(key, app_id=app_id, rtime=rtime)
        headers = {"gateway_appid": app_id, "gateway_rtime": rtime, "gateway_sig": signature}
        if self._customer.caller_address:
            headers["X-Forwarded-For"] = self._customer.caller_address
        return headers

    def _fetch(self, old: Secret | None, deadline: float) -> Secret:
        del old
        return self._upstream.ask("token", self._token, SECRET_FETCH, deadline=deadline)

    def _token(self, send: Send) -> Secret:
        channel = self._customer.channel
        asked_at, rtime = self._clock.now(), self._milliseconds()
        body = send(Request("/auth/token", headers=self._headers(self._customer.key, rtime))).json_object()
        code = code_at(channel, body, "code")
        if code != _GRANTED:
            raise Unavailable(channel, f"token refused, code {loggable(code)}", alert=True)
        token = object_at(channel, body, "body")
        ends_at = asked_at + moment_at(channel, token, "expires_in")
        value = self._opened(signatures.gateway_secret, text_at(channel, token, "access_token"))
        margin = min(_MARGIN, (ends_at - asked_at) / 4)
        return Secret(value, rtime, renew_at=ends_at - margin, ends_at=ends_at)
