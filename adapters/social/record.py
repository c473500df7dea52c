"""社保卡信息核验: whether a name and a number stand in the register together, and whether the card is in order.

The fields are the ministry's; path and codes of the service are assumed (channels.md 6.1, docs/divergences.md). The
answer echoes neither request number nor person: TLS is all that ties it to its question.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import orjson

from adapters.http import IDEMPOTENT_CHECK, Answer, Request, Send, Upstream
from adapters.social.fields import loggable, object_of, text_at
from adapters.social.platforms import Platform, Secret
from adapters.social.settings import CHANNEL
from idp.domain.channel import Reason
from idp.domain.errors import Distrusted, Unavailable

_REFUSED: Final = frozenset({401, 403})
_ENDED: Final = "403"
_ANSWERED: Final = "0"
_SAME: Final = "1"
_DIFFERENT: Final[Mapping[str, Reason]] = {"2": Reason.MISMATCH_NAME, "3": Reason.NOT_FOUND}
_NORMAL: Final = "1"
_CARD_STATES: Final = frozenset({"1", "2", "3", "4"})


@dataclass(frozen=True, slots=True)
class Query:
    """One question. ``name`` is the exact spelling sent; ``deadline`` is in seconds since the epoch."""

    name: str = field(repr=False)
    number: str = field(repr=False)
    deadline: float


class _SecretEnded(Unavailable):
    """The platform says that the token has ended: sign again with a new one."""


class RecordService:
    """The register behind its platform. Safe for threads."""

    def __init__(self, upstream: Upstream, platform: Platform) -> None:
        self._upstream = upstream
        self._platform = platform

    def check(self, query: Query) -> Reason | None:
        """Ask; None is a match with a card in order. Raises Unavailable or Distrusted."""
        try:
            return self._signed_check(query)
        except _SecretEnded:
            return self._signed_check(query)

    def _signed_check(self, query: Query) -> Reason | None:
        secret = self._platform.secret(query.deadline)
        return self._upstream.ask(
            "record", lambda send: self._exchange(send, query, secret), IDEMPOTENT_CHECK, deadline=query.deadline
        )

    def _exchange(self, send: Send, query: Query, secret: Secret) -> Reason | None:
        # The card's own number is left empty: it is not compared then (A).
        body = orjson.dumps({"aac002": query.number, "aac003": query.name, "aaz500": ""})
        headers = {"Content-Type": "application/json", **self._platform.headers(secret)}
        answer = send(Request(self._platform.path, body, headers, readable=_REFUSED))
        if answer.status in _REFUSED:
            self._platform.forget(secret)
            raise _refusal(answer)
        return read(answer.json_object())


def _refusal(answer: Answer) -> Unavailable:
    """What a 401 or 403 means: the token's end (code 403, ask with a new one), or our own mistake."""
    try:
        ended = str(answer.json_object().get("code")) == _ENDED
    except Distrusted:
        ended = False
    if ended:
        return _SecretEnded(CHANNEL, "secret ended")
    return Unavailable(CHANNEL, "signature or address refused", alert=True)


def read(body: Mapping[str, object]) -> Reason | None:
    """What the register says. Raises Unavailable by status, Distrusted for another shape."""
    status = text_at(body, "status")
    if status != _ANSWERED:
        raise Unavailable(CHANNEL, f"status {loggable(status)}")
    data = object_of(body, "data")
    result = text_at(data, "hyjg")
    if result in _DIFFERENT:
        return _DIFFERENT[result]
    state = text_at(data, "aaz502")
    if result != _SAME or state not in _CARD_STATES:
        raise Distrusted(CHANNEL, "unknown marks in the answer")
    return None if state == _NORMAL else Reason.CARD_STATE
