"""What tablets say of themselves in a push or a pull, for the office: how much waits on them, since when, and whether what
they hold is the same as what we do."""

from __future__ import annotations

from typing import Any

from .. import clock
from ..models import Device

SOON = 60  # seconds within which a second idle pull does not write its time again
MOST = 1_000_000_000


def pushed(device: Device, sent: dict[str, Any], taken: int) -> None:
    """`taken`: how many of what it says that it held came with this push."""
    _waits(device, max(0, sent["waiting"] - taken), sent["oldest"])
    device.last_sync_at = clock.now()


def is_news(device: Device, sent: dict[str, Any]) -> bool:
    """Whether a pull says something that has to be written down. An idle one a minute after another does not."""
    last = device.last_sync_at
    if not last or last < clock.after(seconds=-SOON):
        return True
    said = (sent["waiting"], _time(sent["oldest"]), _time(sent["out_of_step"]))
    return sent["waiting"] is not None and said != (device.waiting, device.oldest_at, device.differs_since)


def pulled(device: Device, sent: dict[str, Any]) -> None:
    """A client that says nothing of its queue leaves what is known of it as it is."""
    if sent["waiting"] is not None:
        _waits(device, sent["waiting"], sent["oldest"])
        device.differs_since = _time(sent["out_of_step"])
    device.last_sync_at = clock.now()


def compared(device: Device) -> None:
    """It found that its sum of a suite is not ours, and asks what differs: each time is a fault of somebody's."""
    device.comparisons += 1
    device.compared_at = clock.now()


def _waits(device: Device, waiting: int, oldest: str | None) -> None:
    device.waiting = min(waiting, MOST)
    device.oldest_at = _time(oldest) if waiting else None
    device.waiting_at = clock.now()


def _time(said: str | None) -> str | None:
    """Nothing for what is no time of ours: a claim never refuses a sync."""
    try:
        return clock.text(clock.parse(said)) if said else None
    except (ValueError, OverflowError):
        return None
