"""社保卡信息核验: whether name, number and card stand in the register together, and whether the card is in order.

The fields are the ministry's; path and codes of the service are assumed (channels.md 6.1, docs/divergences.md). The
answer echoes neither request number nor person: TLS is all that ties it to its question.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import orjson

from adapters.exchange.fields import loggable, object_at, text_at
from adapters.exchange.service import SignedService
from adapters.http import Request
from adapters.social.settings import CHANNEL
from idp.domain.channel import Reason
from idp.domain.errors import Distrusted, Unavailable

PATH: Final = "/share/sbkxxhy"
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
    card: str = field(repr=False)
    deadline: float


class RecordService:
    """The register behind its platform, at ``path``. Safe for threads."""

    def __init__(self, service: SignedService, path: str) -> None:
        self._service = service
        self._path = path

    def check(self, query: Query) -> Reason | None:
        """Ask; None is a match with a card in order. Raises Unavailable or Distrusted."""
        body = orjson.dumps({"aac002": query.number, "aac003": query.name, "aaz500": query.card})
        request = Request(self._path, body, {"Content-Type": "application/json"})
        return self._service.ask("record", lambda send, _: read(send(request).json_object()), deadline=query.deadline)


def read(body: Mapping[str, object]) -> Reason | None:
    """What the register says. Raises Unavailable by status, Distrusted for another shape."""
    status = text_at(CHANNEL, body, "status")
    if status != _ANSWERED:
        raise Unavailable(CHANNEL, f"status {loggable(status)}")
    data = object_at(CHANNEL, body, "data")
    result = text_at(CHANNEL, data, "hyjg")
    if result in _DIFFERENT:
        return _DIFFERENT[result]
    state = text_at(CHANNEL, data, "aaz502")
    if result != _SAME or state not in _CARD_STATES:
        raise Distrusted(CHANNEL, "unknown marks in the answer")
    return None if state == _NORMAL else Reason.CARD_STATE
