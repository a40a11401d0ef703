"""Times, dates and ages in words. The service's clock is UTC; people read the time of England."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from .. import clock

HERE = ZoneInfo("Europe/London")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _local(value: str | None) -> datetime | None:
    """Nothing for what is absent or no time at all: a tablet's claim is shown where it can be, and never breaks a page."""
    if not isinstance(value, str):
        return None
    try:
        return clock.parse(value).astimezone(HERE)
    except ValueError:
        return None


def moment(value: str | None, *, year: bool = False) -> str:
    """ "Thu 12 Nov 13:24", or with the year for a page that stands for good."""
    at = _local(value)
    if at is None:
        return "time not given"
    day = f"{DAYS[at.weekday()]} {at.day} {MONTHS[at.month - 1]}"
    return f"{day} {at.year} {at:%H:%M}" if year else f"{day} {at:%H:%M}"


def weekday_moment(value: str | None) -> str:
    """ "Thu 13:24", for beside a full one."""
    at = _local(value)
    return f"{DAYS[at.weekday()]} {at:%H:%M}" if at else "time not given"


def differs(recorded: str | None, received: str | None) -> bool:
    """Whether the two times read differently: to the minute, as they are shown."""
    return (_local(recorded) and moment(recorded, year=True)) != (_local(received) and moment(received, year=True))


def waiting(since: str, now: str) -> str:
    """ "1 d 11 h", "22 h", "5 min": two units at most."""
    minutes = max(0, int((clock.parse(now) - clock.parse(since)).total_seconds() // 60))
    days, hours = divmod(minutes // 60, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h" if hours else f"{minutes} min"


def born(value: str | None, at: str | None) -> str:
    """ "21 Jun 1984 (42)", the age as it was at that time."""
    try:
        birthday = date.fromisoformat(value or "")
    except ValueError:
        return "date of birth not known"
    text = f"{birthday.day} {MONTHS[birthday.month - 1]} {birthday.year}"
    today = _local(at)
    if today is None:
        return text
    age = today.year - birthday.year - ((today.month, today.day) < (birthday.month, birthday.day))
    return f"{text} ({age})" if age >= 0 else text


def day(value: str | None) -> str:
    """ "21 Jun 1984"."""
    try:
        at = date.fromisoformat(value or "")
    except ValueError:
        return ""
    return f"{at.day} {MONTHS[at.month - 1]} {at.year}"
