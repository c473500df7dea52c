"""One call of ``api.weixin.qq.com``: token, errcode, one renewal (channels.md 9.1, 9.2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from adapters.http import SECRET_FETCH, Answer, CallClass, Request, Upstream
from adapters.wechat import errors
from adapters.wechat.settings import CHANNEL
from adapters.wechat.token import Token, TokenCache
from idp.domain.errors import Unavailable
from idp.domain.ports import Clock

# A one-time code may be spent when the answer is lost: never sent twice (2.4).
CODE_EXCHANGE: Final = CallClass(connect=3, read=8, overall=20, idempotent=False)
FACE_OPEN: Final = CODE_EXCHANGE
POLL: Final = CallClass(connect=3, read=5, overall=14, idempotent=True, charged=False)
DELIVERY: Final = POLL
_LONGEST_LIFE: Final = 86_400
_JSON: Final = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class App:
    """A registered application."""

    id: str
    secret: str = field(repr=False)


class WechatApi:
    """Calls with the token of the mini program, and code exchanges of any of our applications. Safe for threads."""

    def __init__(self, upstream: Upstream, app: App, clock: Clock) -> None:
        self._upstream = upstream
        self._app = app
        self._clock = clock
        self._tokens = TokenCache(self._fetch_token, clock)

    def post(
        self,
        operation: str,
        path: str,
        body: Mapping[str, Any],
        kind: CallClass,
        *,
        deadline: float,
        query: Mapping[str, str] | None = None,
        unknown_is_distrusted: bool = False,
    ) -> dict[str, Any]:
        """A call with our server token. Raises Refusal, Unavailable and Distrusted."""

        def once(token: Token) -> dict[str, Any]:
            request = Request(path, orjson.dumps(body), _JSON, {"access_token": token.value, **(query or {})})
            return self._upstream.ask(
                operation,
                lambda send: self._read(send(request), unknown_is_distrusted=unknown_is_distrusted),
                kind,
                deadline=deadline,
            )

        token = self._tokens.get(deadline)
        answer = once(token)
        code = errors.errcode(answer)
        if code in errors.TOKEN_REFUSED:
            answer = once(self._tokens.instead_of(token, code, deadline))
        return _successful(answer)

    def exchange(self, operation: str, path: str, query: Mapping[str, str], *, deadline: float) -> dict[str, Any]:
        """Redeem a one-time code; the query carries application and secret. Raises Refusal, Unavailable, Distrusted."""
        request = Request(path, query=query, method="GET")
        answer = self._upstream.ask(operation, lambda send: self._read(send(request)), CODE_EXCHANGE, deadline=deadline)
        return _successful(answer)

    def _read(self, answer: Answer, *, unknown_is_distrusted: bool = False) -> dict[str, Any]:
        body = answer.json_object()
        errors.check(errors.errcode(body), now=self._clock.now(), unknown_is_distrusted=unknown_is_distrusted)
        return body

    def _fetch_token(self, force: bool, deadline: float) -> Token:  # noqa: FBT001  as the cache calls it
        body = {
            "grant_type": "client_credential",
            "appid": self._app.id,
            "secret": self._app.secret,
            "force_refresh": force,
        }
        request = Request("/cgi-bin/stable_token", orjson.dumps(body), _JSON)
        asked_at = self._clock.now()
        answer = self._upstream.ask(
            "stable_token", lambda send: self._read(send(request)), SECRET_FETCH, deadline=deadline
        )
        try:
            answer = _successful(answer)
        except errors.Refusal as refusal:
            raise Unavailable(CHANNEL, f"no token: {refusal.reason}", alert=True) from None
        life = errors.whole_number(answer, "expires_in")
        return Token(errors.text(answer, "access_token", most=512), asked_at + min(max(life, 0), _LONGEST_LIFE))


def _successful(answer: dict[str, Any]) -> dict[str, Any]:
    code = errors.errcode(answer)
    if code in errors.REASONS:
        raise errors.Refusal(errors.REASONS[code])
    if code:
        raise Unavailable(CHANNEL, f"credential refused, errcode {code}", alert=True)
    return answer
