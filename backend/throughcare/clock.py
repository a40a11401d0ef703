"""The one clock. Times are text: ISO 8601, UTC, whole seconds, ending in Z, so that they sort as they read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

# Set only while invented work is made to have happened earlier.
_standing: ContextVar[str | None] = ContextVar("throughcare_standing_clock", default=None)


def now() -> str:
    """The server's time, such as 2026-11-22T18:00:00Z."""
    return _standing.get() or text(datetime.now(UTC))


@contextmanager
def standing_at(time: str) -> Iterator[None]:
    """Within the block it is `time`. For the generator of invented data only: real work is received when it is."""
    token = _standing.set(time)
    try:
        yield
    finally:
        _standing.reset(token)


def after(*, base: str | None = None, **duration: float) -> str:
    """The time so much after `base` (or now); durations as in timedelta, negative for before."""
    start = parse(base) if base else datetime.now(UTC)
    return text(start + timedelta(**duration))


def parse(value: str) -> datetime:
    """An aware datetime from our text. Raises ValueError."""
    return datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def text(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
