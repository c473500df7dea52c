"""``Result``: what each answer comes to (channels.md 12.3, vector ``carrier_and_id_result_codes.json``)."""

from collections.abc import Mapping
from typing import Final

from adapters.http import Transient
from idp.domain.channel import Reason
from idp.domain.errors import Unavailable

CHANNEL: Final = "carrier_three_element"
AGREES: Final = "0"
BUSY: Final = "-11"
TOO_OFTEN: Final = "-12"
_REFUSALS: Final[Mapping[str, Reason]] = {
    "-4": Reason.MISMATCH_PHONE,
    "-6": Reason.BAD_INPUT,
    "-7": Reason.BAD_INPUT,
    "-8": Reason.BAD_INPUT,
    "-9": Reason.NOT_FOUND,
    "-13": Reason.MOBILE_UNSUPPORTED,
}


def verdict(result: str, *, tomorrow: float) -> Reason | None:
    """What a result says; None is agreement. ``tomorrow``: when the day ends in China, seconds since the epoch.

    Raises Transient when they are busy, Unavailable until ``tomorrow`` when they were asked too often, and Unavailable
    with ``alert`` for every other code. Asked too often is told to this person alone (``personal``): were it told to
    everybody, whoever types one number often enough would shut the way for all.
    """
    if result == AGREES:
        return None
    if result in _REFUSALS:
        return _REFUSALS[result]
    if result == BUSY:
        raise Transient(CHANNEL, f"result {BUSY}", maybe_done=False)
    if result == TOO_OFTEN:
        raise Unavailable(CHANNEL, f"result {TOO_OFTEN}", retry_at=tomorrow, personal=True)
    digits = result.removeprefix("-")
    shown = result if len(result) <= 6 and digits.isascii() and digits.isdecimal() else "unreadable"
    raise Unavailable(CHANNEL, f"result {shown}", alert=True)
