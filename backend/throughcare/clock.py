"""The one clock. Times are text: ISO 8601, UTC, whole seconds, ending in Z, so that they sort as they read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def now() -> str:
    """The server's time, such as 2026-11-22T18:00:00Z."""
    return text(datetime.now(UTC))


def after(*, base: str | None = None, **duration: float) -> str:
    """The time so much after `base` (or now); durations as in timedelta, negative for before."""
    start = parse(base) if base else datetime.now(UTC)
    return text(start + timedelta(**duration))


def parse(value: str) -> datetime:
    """An aware datetime from our text. Raises ValueError."""
    return datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def text(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
