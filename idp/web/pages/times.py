"""Times and waits as citizens read them: China Standard Time, in the page's language."""

import datetime

from flask_babel import format_date, format_datetime, ngettext


def moment(at: float) -> str:
    """A date with hours and minutes."""
    return f"{day(at)} {format_datetime(_utc(at), 'HH:mm')}"


def expected(at: float, now: float) -> str:
    """When something is back: hours and minutes, rounded up to a minute that has not passed; the date if not today."""
    minute = -(-at // 60) * 60
    return str(format_datetime(_utc(minute), "HH:mm")) if day(minute) == day(now) else moment(minute)


def clock_time(at: float) -> str:
    """Hours and minutes alone, for what must be done until then: the minute that is certainly in time."""
    return str(format_datetime(_utc(at), "HH:mm"))


def day(at: float) -> str:
    """A date."""
    return str(format_date(_utc(at), "long"))


def machine(at: float) -> str:
    """For the ``datetime`` attribute (HTML 4.10.6)."""
    return _utc(at).strftime("%Y-%m-%dT%H:%M:%SZ")


def waiting_time(seconds: int) -> str:
    """A wait, rounded up to the unit a person would use."""
    minutes, hours = -(-seconds // 60), -(-seconds // 3600)
    if seconds <= 90:
        return str(ngettext("%(num)d second", "%(num)d seconds", seconds))
    if minutes <= 90:
        return str(ngettext("%(num)d minute", "%(num)d minutes", minutes))
    return str(ngettext("%(num)d hour", "%(num)d hours", hours))


def _utc(at: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(at, datetime.UTC)
