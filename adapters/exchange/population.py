"""How the population services write what they found: match marks, and the JSON form (channels.md 3.3.2, 3.3.3).

The basic check and the portrait comparison answer alike, so this is read in one place.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from adapters.exchange.fields import code_at, loggable, object_at, text_at
from adapters.http import Transient
from idp.domain.channel import Reason
from idp.domain.errors import Distrusted, Unavailable

_MARKS: Final = frozenset({"0", "1"})
_ALIVE: Final = "0"
_OK: Final = "200"
_ANSWERED: Final = "0"
_FAILED: Final = "-1"  # 接口调用失败: worth a second try (3.1)
# Codes that say: this customer, this service, not granted (3.1 E-106; the share services' 401).
_NOT_GRANTED: Final = frozenset({"E-106", "401"})
Refused: TypeAlias = Callable[[str, str], Reason | None]


def _about_nobody(_status: str, _text: str) -> Reason | None:
    return None


def judge(channel: str, number_mark: str, name_mark: str, death_mark: str) -> Reason | None:
    """The table of 3.3.2; None is a match. Raises Distrusted for marks nobody documented."""
    if number_mark not in _MARKS or name_mark not in _MARKS or not death_mark:
        raise Distrusted(channel, "unknown marks in the answer")
    if number_mark == "0":
        return Reason.NOT_FOUND
    if name_mark == "0":
        return Reason.MISMATCH_NAME
    return None if death_mark == _ALIVE else Reason.CANCELLED_OR_DECEASED


def row_of(
    channel: str, body: Mapping[str, Any], *, name: str, number: str, refused: Refused = _about_nobody
) -> Mapping[str, Any] | Reason:
    """The one row about this name and number, or why there is none.

    ``refused``: what a ``status`` other than 0 and its text mean where they speak of the person; None is Unavailable.
    The wrapper ``{"code", "msg", "data": "<JSON text>"}`` is left out by some regions. The form echoes no request
    number: number and name are all that ties an answer to its question. Raises Distrusted for another shape or person.
    """
    inner = _unwrapped(channel, body)
    status = text_at(channel, inner, "status")
    if status != _ANSWERED:
        reason = refused(status, str(inner.get("msg", "")))
        if reason is None:
            raise Unavailable(channel, f"status {loggable(status)}")
        return reason
    rows = inner.get("data")
    if not isinstance(rows, list) or len(rows) > 1:
        raise Distrusted(channel, "no single row in the answer")
    if not rows:
        return Reason.NOT_FOUND
    row = rows[0]
    if not isinstance(row, dict):
        raise Distrusted(channel, "a row that is no object")
    if (text_at(channel, row, "gmsfzh"), text_at(channel, row, "xm")) != (number, name):
        raise Distrusted(channel, "answer about another person")
    return row


def marks_of(channel: str, row: Mapping[str, Any]) -> Reason | None:
    """What the marks of a row say about name, number and registration; None is a match. Raises Distrusted."""
    return judge(channel, *(text_at(channel, row, tag) for tag in ("gmsfzh_ppddm", "xm_ppddm", "swbs")))


def _unwrapped(channel: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    if "code" not in body:
        return body
    code = code_at(channel, body, "code")
    if code == _FAILED:
        raise Transient(channel, "code -1", maybe_done=True)
    if code != _OK:
        raise Unavailable(channel, f"code {loggable(code)}", alert=code in _NOT_GRANTED)
    return object_at(channel, body, "data")
