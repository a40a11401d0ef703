"""What the office reads of a tablet: what it last said, when it said so, and what is asked of it."""

from __future__ import annotations

from typing import Any

from .. import clock
from ..models import Device, User
from ..queries import tablets as queries
from .when import moment, waiting


def _changes(count: int) -> str:
    return "1 change" if count == 1 else f"{count} changes"


def row(device: Device, asked_by: str = "", copied: tuple[int, str] | None = None) -> dict[str, Any]:
    """`asked_by`: the name of who asked that it be cleared. `copied`: queries.copied's of this tablet."""
    # Before its first sync a tablet has said nothing, which is not the same as holding nothing.
    holds = "Nothing unsent, as it last said" if device.last_sync_at else "Not known: it has never synced"
    if device.cleared_at:
        holds = "Nothing: it was cleared"
    now, silent = clock.now(), queries.is_silent(device)
    return {
        "id": device.id,
        "name": device.name,
        "user": device.user.name,
        "last_sync": moment(device.last_sync_at) if device.last_sync_at else "Never",
        "silent": f"Not heard from for {waiting(device.last_sync_at or device.created_at, now)}" if silent else "",
        "waiting": f"{_changes(device.waiting)} not sent yet, as it last said" if device.waiting else "",
        "since": _since(device, now),
        "holds": holds,
        "copied": _copied(copied) if copied and not device.revoked_at else "",
        "differs": f"Not the same as here since {moment(device.differs_since)}" if device.differs_since else "",
        "compared": _compared(device),
        "revoked": "" if device.cleared_at or not device.revoked_at else f"Switched off {moment(device.revoked_at)}",
        "cleared": f"Cleared, {moment(device.cleared_at)}" if device.cleared_at else "",
        "clearing": _clearing(device, asked_by),
    }


def _since(device: Device, now: str) -> list[str]:
    """How old the oldest is, and when the tablet said all that: an old word is an old word."""
    if not device.waiting:
        return []
    said = [f"It said so {moment(device.waiting_at)}"] if device.waiting_at else []
    if not device.oldest_at:
        return said
    # Its clock may be wrong: an age that cannot be is not reckoned.
    age = f", {waiting(device.oldest_at, now)} ago" if device.oldest_at <= now else ""
    return [f"The oldest since {moment(device.oldest_at)}{age}, by its own clock", *said]


def _compared(device: Device) -> str:
    times = "once" if device.comparisons == 1 else f"{device.comparisons} times"
    return f"Had to be compared {times}, last {moment(device.compared_at)}" if device.comparisons else ""


def _copied(copied: tuple[int, str]) -> str:
    came = "1 change came" if copied[0] == 1 else f"{copied[0]} changes came"
    return f"{came} under a number used before, last {moment(copied[1])}. It sends them again by itself. Set it up anew, then switch this one off"


def _clearing(device: Device, asked_by: str) -> list[str]:
    """What is asked of it, and how far that is; nothing once it is over."""
    if not device.clear_asked_at or device.revoked_at:
        return []
    by = f" by {asked_by}" if asked_by else ""
    words = [f"Asked to clear {moment(device.clear_asked_at)}{by}: {device.clear_reason}"]
    if not device.user.active:
        words.append("Its worker is switched off: until they are let in again it is refused, and hears of nothing")
    if not device.last_sync_at:
        return [*words, "Never heard from"]
    if device.last_sync_at < device.clear_asked_at:
        return [*words, f"Not heard from since {moment(device.last_sync_at)}"]
    waits = f"has {_changes(device.waiting)} still to send" if device.waiting else "has not said yet that it is done"
    return [*words, f"Told, last {moment(device.last_sync_at)}; {waits}"]


def silent_words(user: User) -> str:
    """For the first page of whoever may be told of tablets; empty while none is silent."""
    tablets, changes = queries.silent(user)
    if not tablets:
        return ""
    what = "1 tablet" if tablets == 1 else f"{tablets} tablets"
    verb = "has" if tablets == 1 else "have"
    each = "holds" if tablets == 1 else "hold"
    return f"{what} {verb} not been heard from for more than {queries.hours()} hours and {each} {_changes(changes)} not sent"
