"""企业基本信息验证: name, credit code and legal representative against the register (channels.md 4.1).

The answer names the true value of whatever differs (``diff_list[].out_val``). It is never read: who only guesses would
otherwise learn the representative's name.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from adapters.exchange.fields import code_at, loggable, object_at, text_at
from adapters.exchange.service import SignedService
from adapters.exchange.signers import Signed
from adapters.http import Request, Send, Transient
from adapters.registry.organisations import CHANNEL, fold
from adapters.registry.settings import BusinessRegistrySettings
from idp.domain.channel import Reason
from idp.domain.errors import Distrusted, Unavailable

OPERATION: Final = "qyjbxxyz"
_NOT_GRANTED: Final = frozenset({"E-106", "401"})
_IN_BUSINESS: Final = fold("存续（在营、开业、在册）")
_REFUSALS: Final[Mapping[str, Reason]] = {
    "01": Reason.NOT_FOUND,
    "02": Reason.AMBIGUOUS_NAME_AND_USCC,
    "05": Reason.BAD_INPUT,
}


@dataclass(frozen=True, slots=True)
class Question:
    """What is compared. ``deadline`` is in seconds since the epoch."""

    entname: str = field(repr=False)
    uniscid: str = field(repr=False)
    name: str = field(repr=False)
    deadline: float


@dataclass(frozen=True, slots=True)
class Finding:
    """``reason`` None: all agree and the enterprise is in business. ``name_differs``: its name alone."""

    reason: Reason | None
    name_differs: bool = False


class RecordCheck:
    """The record check over one exchange platform, at ``path``. Safe for threads."""

    def __init__(self, service: SignedService, settings: BusinessRegistrySettings, path: str) -> None:
        self._service = service
        self._path = path
        self._headers = {"Content-Type": "application/json", **_basic(settings)}

    def ask(self, question: Question) -> Finding:
        """Ask once, twice when the platform's secret had just ended. Raises Unavailable or Distrusted."""
        request = Request(self._path, build(question), self._headers)

        def exchange(send: Send, _: Signed) -> Finding:
            return read(unwrapped(send(request).json_object()), question)

        return self._service.ask(OPERATION, exchange, deadline=question.deadline)


def build(question: Question) -> bytes:
    """The request body."""
    return orjson.dumps({"entname": question.entname, "uniscid": question.uniscid, "name": question.name})


def unwrapped(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer inside ``{"code", "msg", "data"}`` and ``{"status", "msg", "data"}``; regions use one, both or none.

    Raises Unavailable for a refusal of the platform, Distrusted for another shape.
    """
    for name, good in (("code", "200"), ("status", "0")):
        if name in body:
            said = code_at(CHANNEL, body, name)
            if said != good:
                raise Unavailable(CHANNEL, f"{name} {loggable(said)}", alert=said in _NOT_GRANTED)
            body = object_at(CHANNEL, body, "data")
    return body


def read(body: Mapping[str, Any], question: Question) -> Finding:
    """What the register says. Raises Transient for its own query error, Distrusted for another shape or enterprise."""
    asked = object_at(CHANNEL, body, "ent_idx")
    echoed = (fold(text_at(CHANNEL, asked, "entname")), text_at(CHANNEL, asked, "uniscid"))
    if echoed != (fold(question.entname), question.uniscid):
        raise Distrusted(CHANNEL, "answer about another organisation")
    key = text_at(CHANNEL, body, "entchk_checkres_key")
    match key:
        case "03":
            return Finding(_state(text_at(CHANNEL, body, "regstateCn")))
        case "04":
            return _difference(body)
        case "06":
            raise Transient(CHANNEL, "query error 06", maybe_done=True)
        case _ if key in _REFUSALS:
            return Finding(_REFUSALS[key])
        case _:
            raise Distrusted(CHANNEL, f"unknown result {loggable(key)}")


def _state(text: str) -> Reason | None:
    if not text:
        raise Distrusted(CHANNEL, "no state of the enterprise")
    return None if fold(text) == _IN_BUSINESS else Reason.LICENCE_REVOKED


def _difference(body: Mapping[str, Any]) -> Finding:
    """04: something differs. Only ``chk_key`` is looked at."""
    rows = body.get("diff_list")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Distrusted(CHANNEL, "no list of differences")
    keys = {text_at(CHANNEL, row, "chk_key") for row in rows}
    reason = Reason.MISMATCH_NUMBER if keys == {"uniscid"} else Reason.MISMATCH_NAME
    return Finding(reason, name_differs=keys == {"entname"})


def _basic(settings: BusinessRegistrySettings) -> dict[str, str]:
    if not settings.basic_user:
        return {}
    pair = f"{settings.basic_user}:{settings.basic_password.get_secret_value()}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
