"""The JSON form of the basic check (channels.md 3.3.3), carried by the MD5 and CSB conventions.

It echoes no request number: number and name are all that ties an answer to its question. That these two conventions
carry this form is our choice; the fields and the answer are the published ones.
"""

from typing import Any, Final

from adapters.http import json_object
from adapters.police.fields import code_of, loggable, text_at
from adapters.police.finding import CHANNEL
from adapters.police.package import judge
from idp.domain.channel import Reason
from idp.domain.errors import Distrusted, Unavailable

_OK: Final = "200"
_ANSWERED: Final = "0"


def read(body: dict[str, Any], *, name: str, number: str) -> Reason | None:
    """What the register says; None is a match. Raises Unavailable by code or status, Distrusted for another shape.

    The wrapper ``{"code", "msg", "data": "<JSON text>"}`` is left out by some regions.
    """
    inner = body
    if "code" in body:
        if str(body["code"]) != _OK:
            raise Unavailable(CHANNEL, f"code {code_of(body)}")
        inner = json_object(CHANNEL, text_at(body, "data").encode())
    status = text_at(inner, "status")
    if status != _ANSWERED:
        raise Unavailable(CHANNEL, f"status {loggable(status)}")
    rows = inner.get("data")
    if not isinstance(rows, list) or len(rows) > 1:
        raise Distrusted(CHANNEL, "no single row in the answer")
    if not rows:
        return Reason.NOT_FOUND
    row = rows[0]
    if not isinstance(row, dict):
        raise Distrusted(CHANNEL, "a row that is no object")
    if (text_at(row, "gmsfzh"), text_at(row, "xm")) != (number, name):
        raise Distrusted(CHANNEL, "answer about another person")
    return judge(text_at(row, "gmsfzh_ppddm"), text_at(row, "xm_ppddm"), text_at(row, "swbs"))
