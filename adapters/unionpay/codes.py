"""``respCode``: what each answer comes to (channels.md 5.5, vector ``unionpay_card.json``)."""

from collections.abc import Mapping
from enum import Enum
from typing import Final, TypeAlias

from idp.domain.channel import Reason
from idp.domain.errors import Unavailable

CHANNEL: Final = "unionpay_card"


class Standing(Enum):
    """Answers that are no refusal."""

    MATCH = "match"
    OPEN = "open"  # 03, 04, 05: the query decides
    REPEATED = "repeated"  # 12: this very order is known already; the query decides


Verdict: TypeAlias = Standing | Reason

_VERDICTS: Final[Mapping[str, Verdict]] = {
    "00": Standing.MATCH,
    "03": Standing.OPEN,
    "04": Standing.OPEN,
    "05": Standing.OPEN,
    "12": Standing.REPEATED,
    "38": Reason.RISK_CONTROL,
    "60": Reason.CARD_UNSUPPORTED,
    "61": Reason.MISMATCH_CARD,
    "62": Reason.CARD_UNSUPPORTED,
    "63": Reason.CARD_STATE,
    "65": Reason.BAD_INPUT,
    "66": Reason.MISMATCH_CARD,
    "67": Reason.CARD_STATE,
    "68": Reason.CARD_UNSUPPORTED,
    "72": Reason.CARD_UNSUPPORTED,
    "73": Reason.CARD_STATE,
    "77": Reason.CARD_UNSUPPORTED,
    "78": Reason.CARD_UNSUPPORTED,
}
# Our set-up is at fault: somebody must look.
_OURS: Final = frozenset({"10", "11", "12", "13", "31", "32"})


def verdict(code: str) -> Verdict:
    """What a transaction's code says.

    An unknown code of the issuer's class (60 to 89) is a card that cannot serve. Raises Unavailable for every other
    code, with ``alert`` where our own set-up is at fault.
    """
    known = _VERDICTS.get(code)
    if known is not None:
        return known
    if len(code) == 2 and "60" <= code <= "89" and code.isdecimal() and code.isascii():
        return Reason.CARD_UNSUPPORTED
    raise unavailable(code)


def unavailable(code: str) -> Unavailable:
    """The failure that a code stands for."""
    shown = code if len(code) == 2 and code.isalnum() and code.isascii() else "unreadable"
    return Unavailable(CHANNEL, f"respCode {shown}", alert=code in _OURS)
