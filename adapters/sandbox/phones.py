"""Every phone's inbox: what both text-message gateways deliver into (channels.md 12)."""

import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

LATE_SECONDS: Final = 240.0
# Default flow control per signature and phone: seconds, texts, and what the gateway calls the window.
_FLOW: Final = ((60, 1, "分钟级"), (3600, 5, "小时级"), (86_400, 10, "天级"))


@dataclass(frozen=True, slots=True)
class Message:
    """One text. ``visible_at`` is later than ``sent_at`` when delivery was late; ``status`` as delivery reports say."""

    mobile: str = field(repr=False)
    text: str = field(repr=False)
    code: str = field(repr=False)
    sent_at: float
    visible_at: float
    biz_id: str
    out_id: str
    status: str = "DELIVRD"


class Phones:
    """Every phone's inbox."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._inbox: defaultdict[str, list[Message]] = defaultdict(list)

    def deliver(self, message: Message) -> None:
        """Put a text into its inbox."""
        with self._lock:
            self._inbox[message.mobile].append(message)

    def inbox(self, mobile: str) -> list[Message]:
        """Delivered and visible texts, newest first."""
        now = self._now()
        arrived = [m for m in self._inbox.get(mobile, []) if m.visible_at <= now and m.status == "DELIVRD"]
        newest_first = sorted(enumerate(arrived), key=lambda row: (row[1].visible_at, row[0]), reverse=True)
        return [message for _, message in newest_first]

    def numbers(self) -> list[tuple[str, int]]:
        """Phones that have texts, the latest first, with how many."""
        rows = [(mobile, self.inbox(mobile)) for mobile in list(self._inbox)]
        rows = [row for row in rows if row[1]]
        return [(mobile, len(m)) for mobile, m in sorted(rows, key=lambda row: row[1][0].visible_at, reverse=True)]

    def full_window(self, mobile: str) -> str | None:
        """Which window of the gateway's flow control is full for a phone."""
        now = self._now()
        sent = [m.sent_at for m in self._inbox.get(mobile, [])]
        return next((name for span, most, name in _FLOW if sum(now - at < span for at in sent) >= most), None)
