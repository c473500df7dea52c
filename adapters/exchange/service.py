"""A service behind a platform: each call signed, and signed anew once when the platform says that the secret ended."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar

from adapters.exchange.fields import code_at
from adapters.exchange.signers import Signed, Signer
from adapters.http import IDEMPOTENT_CHECK, Answer, Request, Send, Upstream
from idp.domain.errors import Distrusted, Unavailable

T = TypeVar("T")
_REFUSED: Final = frozenset({401, 403})
_ENDED: Final = "403"


class _SecretEnded(Unavailable):
    """The platform says that the secret has ended: sign again with a new one."""


class SignedService:
    """The way to ask over one platform. Safe for threads."""

    def __init__(self, channel: str, upstream: Upstream, signer: Signer) -> None:
        self._channel = channel
        self._upstream = upstream
        self._signer = signer

    def ask(self, operation: str, exchange: Callable[[Send, Signed], T], *, deadline: float) -> T:
        """Run ``exchange`` with a sender that signs, before ``deadline`` (seconds since the epoch).

        See :meth:`adapters.http.Upstream.ask`; the values for a SOAP header are the second argument. Every check over
        a platform is idempotent. Raises Unavailable or Distrusted.
        """
        try:
            return self._signed(operation, exchange, deadline)
        except _SecretEnded:
            return self._signed(operation, exchange, deadline)

    def _signed(self, operation: str, exchange: Callable[[Send, Signed], T], deadline: float) -> T:
        signed = self._signer.sign(deadline)

        def once(send: Send) -> T:
            return exchange(lambda request: self._send(send, request, signed), signed)

        try:
            return self._upstream.ask(operation, once, IDEMPOTENT_CHECK, deadline=deadline)
        except Unavailable as error:
            # A signature that is refused may be that of a secret which the platform has dropped: get another.
            if error.alert or isinstance(error, _SecretEnded):
                self._signer.forget(signed)
            raise

    def _send(self, send: Send, request: Request, signed: Signed) -> Answer:
        headers, query = {**request.headers, **signed.headers}, {**request.query, **signed.query}
        answer = send(replace(request, headers=headers, query=query, readable=request.readable | _REFUSED))
        if answer.status in _REFUSED:
            raise self._refusal(answer)
        return answer

    def _refusal(self, answer: Answer) -> Unavailable:
        """What a 401 or 403 means: the secret's end (code 403, ask with a new one), or our own mistake."""
        try:
            ended = code_at(self._channel, answer.json_object(), "code") == _ENDED
        except Distrusted:
            ended = False
        if ended:
            return _SecretEnded(self._channel, "secret ended")
        return Unavailable(self._channel, "signature or address refused", alert=True)
