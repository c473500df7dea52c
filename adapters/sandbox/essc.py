"""The e-card platform's memory: who was sent to the app, what they decided, and which ``signNo`` is used up.

The seal is opened here from its layout (hexadecimal ``04 | x | y | C3 | C2``), apart from the adapter's code.
"""

import datetime
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol
from urllib.parse import urlencode

from gmalg import SM2
from gmalg.errors import GMError

PENDING, CONFIRMED, EXPIRED = "0", "1", "4"
LIFE_SECONDS: Final = 600
REPEAT_SECONDS: Final = 120
_FIELDS: Final = ("channelNo", "aac002", "aac003", "aab301", "actionType", "busiSeq", "returnUrl")
_CHINA: Final = datetime.timezone(datetime.timedelta(hours=8))


def decrypt(private_key: str, sealed: str) -> bytes | None:
    """The plain text in hexadecimal SM2 cipher text; None for what does not open."""
    try:
        raw = bytes.fromhex(sealed)
        if len(raw) <= 97 or raw[0] != 4:  # the point and the SM3 hash come before the first octet of text
            return None
        return bytes(SM2(bytes.fromhex(private_key)).decrypt(raw))
    except (ValueError, GMError):
        return None


def open_security(private_key: str, sealed: str) -> dict[str, str] | None:
    """The business parameters, when they open and every one is a text."""
    plain = decrypt(private_key, sealed)
    try:
        asked = json.loads(plain or b"")
    except ValueError:
        return None
    if not isinstance(asked, dict) or any(not isinstance(asked.get(name), str) for name in _FIELDS):
        return None
    return {name: asked[name] for name in _FIELDS}


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> float:
        """Seconds since the epoch."""
        ...


@dataclass(slots=True)
class Authorisation:
    """One visit of the app. ``holder`` is the number and name on the card that was unlocked."""

    asked: dict[str, str] = field(repr=False)
    ticket: str = field(repr=False)
    sign_no: str
    entered_at: float
    status: str = PENDING
    visible_at: float = 0.0
    holder: tuple[str, str] = field(default=("", ""), repr=False)
    unlocked_by: str = ""
    answered_at: float | None = None

    @property
    def busi_seq(self) -> str:
        """The customer's number of this visit."""
        return self.asked["busiSeq"]

    @property
    def back(self) -> str:
        """Where the browser goes with the untrusted hint."""
        hint = {"busiSeq": self.busi_seq, "signNo": self.sign_no, "actionType": self.asked["actionType"]}
        url = self.asked["returnUrl"]
        return f"{url}{'&' if '?' in url else '?'}{urlencode(hint)}"


class Authorisations:
    """All visits."""

    def __init__(self, clock: Clock, octets: Callable[[int], bytes]) -> None:
        self._clock = clock
        self._octets = octets
        self._rows: dict[str, Authorisation] = {}
        self._tickets: dict[str, Authorisation] = {}

    def enter(self, asked: dict[str, str]) -> Authorisation | None:
        """The visit of a ``busiSeq``: a new one, or the same one again; None when the number stood for another."""
        row = self._rows.get(asked["busiSeq"])
        if row is None:
            ticket, sign_no = self._octets(16).hex(), self._octets(16).hex().upper()
            row = Authorisation(asked, ticket, sign_no, self._clock.now())
            self._rows[asked["busiSeq"]] = self._tickets[ticket] = row
        return row if row.asked == asked else None

    def by_ticket(self, ticket: str) -> Authorisation | None:
        """The visit whose page carries ``ticket``."""
        return self._tickets.get(ticket)

    def find(self, busi_seq: str, sign_no: str) -> Authorisation | None:
        """The visit that both numbers belong to."""
        row = self._rows.get(busi_seq)
        return row if row is not None and row.sign_no == sign_no else None

    def used(self, row: Authorisation) -> bool:
        """Whether its ``signNo`` was answered too long ago to be a repeated question."""
        return row.answered_at is not None and self._clock.now() - row.answered_at > REPEAT_SECONDS

    def answer(self, row: Authorisation) -> dict[str, str]:
        """The ``data`` of a query's answer. A decision is given out once; until then the visit is pending."""
        now = self._clock.now()
        status = row.status if row.status != PENDING and now >= row.visible_at else PENDING
        if row.status == PENDING and now - row.entered_at > LIFE_SECONDS:
            status = EXPIRED
        if status != PENDING and row.answered_at is None:
            row.answered_at = now
        number, name = row.holder if status == CONFIRMED else ("", "")
        until = datetime.datetime.fromtimestamp(row.entered_at, tz=_CHINA) + datetime.timedelta(days=365)
        return {
            "busiSeq": row.busi_seq,
            "aac002": number,
            "aac003": name,
            "aab301": row.asked["aab301"] if number else "",
            "signNo": row.sign_no,
            "signLevel": "1",
            "validDate": f"{until:%Y%m%d}",
            "isIndep": row.unlocked_by,
            "status": status,
        }
