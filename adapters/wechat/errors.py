"""``errcode``: every WeChat interface answers 200 and says in the body what went wrong (channels.md 9.2)."""

from collections.abc import Mapping
from typing import Any, Final

from adapters.http import Transient
from adapters.wechat.settings import CHANNEL
from idp.domain.channel import Reason
from idp.domain.errors import Distrusted, Unavailable

# The access token is not, or no longer, good: renewed once.
TOKEN_REFUSED: Final = frozenset({40001, 40014, 41001, 42001})
# Only for this one may a new token be forced: the stable token itself is said to be wrong (9.5).
TOKEN_WRONG: Final = 40001
# A definite no that the person meets by starting again.
REASONS: Final[Mapping[int, Reason]] = {
    40029: Reason.REPLAYED,
    40163: Reason.REPLAYED,
    41008: Reason.REPLAYED,
    42002: Reason.REPLAYED,
    42003: Reason.REPLAYED,
    50001: Reason.USER_CANCELLED,
}
_BUSY: Final = frozenset({-1, -1000})
_OURS_TO_REPAIR: Final = frozenset({40003, 40013, 40125, 48001})
_DAY_QUOTA, _MINUTE_QUOTA = 45009, 45011
MINUTE: Final = 60.0


class Refusal(Exception):
    """WeChat said a definite no; ``reason`` is ours."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


def whole_number(body: Mapping[str, Any], name: str) -> int:
    """A JSON integer. Raises Distrusted for anything else, absence included."""
    value = body.get(name)
    if type(value) is not int:
        raise Distrusted(CHANNEL, f"{name} is no whole number")
    return value


def text(body: Mapping[str, Any], name: str, *, most: int) -> str:
    """A JSON text of 1 to ``most`` characters, ASCII as all WeChat identifiers are. Raises Distrusted."""
    value = body.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= most or not value.isascii() or not value.isprintable():
        raise Distrusted(CHANNEL, f"{name} is no identifier")
    return value


def errcode(body: Mapping[str, Any]) -> int:
    """The error code; absent is 0 (9.2). Raises Distrusted."""
    return whole_number(body, "errcode") if "errcode" in body else 0


def check(code: int, *, now: float, unknown_is_distrusted: bool) -> None:
    """Raises for a failure; 0, a refused token and a definite no pass.

    ``unknown_is_distrusted``: at the face query an unlisted code says that the request is not the one the session was
    opened with (9.4).
    """
    if code == 0 or code in TOKEN_REFUSED or code in REASONS:
        return
    if code in _BUSY:
        raise Transient(CHANNEL, f"errcode {code}", maybe_done=True)
    if code == _MINUTE_QUOTA:
        raise Unavailable(CHANNEL, "quota of the minute", retry_at=now + MINUTE)
    if code == _DAY_QUOTA:
        raise Unavailable(CHANNEL, "quota of the day", alert=True)
    if code not in _OURS_TO_REPAIR and unknown_is_distrusted:
        raise Distrusted(CHANNEL, f"errcode {code} in place of a result")
    raise Unavailable(CHANNEL, f"errcode {code}", alert=True)
