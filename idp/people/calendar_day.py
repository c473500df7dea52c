"""The civil day in China (UTC+8, no summer time): what "today" means on an ID card."""

import datetime
from typing import Final

CHINA: Final = datetime.timezone(datetime.timedelta(hours=8))


def china_day(now: float) -> datetime.date:
    """The day of ``now`` (seconds since the epoch)."""
    return datetime.datetime.fromtimestamp(now, tz=CHINA).date()
