"""What an upstream does by the calendar: a nightly window in which it is shut, and a quota for each day.

Both are off until the control interface switches them on. Days and times are those of China.
"""

import datetime
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from adapters.sandbox.catalogue import BY_NAME

CHINA: Final = datetime.timezone(datetime.timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Window:
    """A time of day; it may run over midnight."""

    begins: datetime.time = datetime.time(22, 30)
    ends: datetime.time = datetime.time(0, 30)

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> "Window":
        """``from`` and ``to`` as ``HH:MM``, each with its usual value. Raises ValueError."""
        usual = cls()
        begins, ends = body.get("from", f"{usual.begins:%H:%M}"), body.get("to", f"{usual.ends:%H:%M}")
        return cls(datetime.time.fromisoformat(str(begins)), datetime.time.fromisoformat(str(ends)))

    def holds(self, time: datetime.time) -> bool:
        """Whether a time is in it."""
        if self.begins <= self.ends:
            return self.begins <= time < self.ends
        return time >= self.begins or time < self.ends


class Calendar:
    """Windows by channel; quotas by channel and operation (None: all of them together)."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._windows: dict[str, Window] = {}
        self._quotas: dict[tuple[str, str | None], int] = {}
        self._used: Counter[tuple[str, str | None, str]] = Counter()

    def moment(self) -> datetime.datetime:
        """Now, in China."""
        return datetime.datetime.fromtimestamp(self._now(), tz=CHINA)

    def set_window(self, channel: str, window: Window | None) -> None:
        """Switch the nightly window of a channel on, or off with None. Raises ValueError."""
        _known(channel)
        self._windows.pop(channel, None)
        if window is not None:
            self._windows[channel] = window

    def shut(self, channel: str) -> bool:
        """Whether a channel is in its nightly window."""
        window = self._windows.get(channel)
        return window is not None and window.holds(self.moment().time())

    def windows(self) -> dict[str, Window]:
        """Every window that is switched on."""
        return dict(self._windows)

    def set_quota(self, channel: str, operation: str | None, per_day: int | None) -> None:
        """Allow so many requests a day, or any number with None. Today's count goes on. Raises ValueError."""
        _known(channel)
        if operation is not None and operation not in BY_NAME[channel].operations:
            raise ValueError(f"operation must be one of {', '.join(BY_NAME[channel].operations)}")
        if per_day is not None and per_day < 0:
            raise ValueError("per_day must not be negative")
        with self._lock:
            self._quotas.pop((channel, operation), None)
            if per_day is not None:
                self._quotas[channel, operation] = per_day

    def spend(self, channel: str, operation: str) -> bool:
        """Count a request of today; False when a quota was used up before it."""
        day = f"{self.moment():%Y%m%d}"
        with self._lock:
            keys = (channel, operation), (channel, None)
            if any(self._used[*key, day] >= self._quotas[key] for key in keys if key in self._quotas):
                return False
            for key in keys:
                self._used[*key, day] += 1
        return True

    def quotas(self) -> list[dict[str, Any]]:
        """Every quota with what was used of it today."""
        day = f"{self.moment():%Y%m%d}"
        return [
            {"channel": channel, "operation": operation, "per_day": most, "used": self._used[channel, operation, day]}
            for (channel, operation), most in self._quotas.items()
        ]


def _known(channel: str) -> None:
    if channel not in BY_NAME:
        raise ValueError(f"channel must be one of {', '.join(sorted(BY_NAME))}")
