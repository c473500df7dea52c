"""The MD5 convention (channels.md 3.6): ``requestSecret`` signs calls, ``refreshSecret`` fetches the next one."""

from adapters import signatures
from adapters.exchange.fields import code_at, loggable, moment_at, object_at, text_at
from adapters.exchange.secrets import Secret
from adapters.exchange.signers import RENEWAL_MARGIN, CachedSigner, Signed
from adapters.http import SECRET_FETCH, Request, Send
from idp.domain.errors import Distrusted, Unavailable

_BY_KEY, _BY_SECRET = "/gateway/app/refreshTokenByKey.htm", "/gateway/app/refreshTokenBySec.htm"
_GRANTED = "00"


class Md5Signer(CachedSigner):
    """The signature is in the query and covers no field: nothing personal travels there."""

    def _signed(self, secret: Secret) -> Signed:
        return Signed(query=self._query(secret.value), secret=secret)

    def _query(self, secret: str) -> dict[str, str]:
        now, app_key = self._milliseconds(), self._customer.app_id
        return {"requestTime": now, "sign": signatures.md5_sign(app_key, secret, now), "appKey": app_key}

    def _fetch(self, old: Secret | None, deadline: float) -> Secret:
        """By the last renewal secret while it lives, else by our own (that the first signs with it: A)."""
        path, key = _BY_KEY, self._customer.key
        if old is not None and self._clock.now() < old.renewal_ends_at:
            path, key = _BY_SECRET, old.renewal
        return self._upstream.ask("refresh", lambda s: self._refresh(s, path, key), SECRET_FETCH, deadline=deadline)

    def _refresh(self, send: Send, path: str, key: str) -> Secret:
        channel, query = self._customer.channel, self._query(key)
        body = send(Request(path, query=query)).json_object()
        code = code_at(channel, body, "code")
        if code != _GRANTED:
            raise Unavailable(channel, f"refresh refused, code {loggable(code)}", alert=True)
        data = object_at(channel, body, "datas")
        ends_at = moment_at(channel, data, "requestSecretEndTime") / 1000
        renewal_ends_at = moment_at(channel, data, "refreshSecretEndTime") / 1000
        value, renewal = text_at(channel, data, "requestSecret"), text_at(channel, data, "refreshSecret")
        if not value or not renewal:
            raise Distrusted(channel, "no secret in the refresh answer")
        return Secret(value, query["requestTime"], ends_at - RENEWAL_MARGIN, ends_at, renewal, renewal_ends_at)
