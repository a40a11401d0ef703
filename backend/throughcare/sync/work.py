"""What one op is applied with: the session, who sent it, when it came, and the counter that orders it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, Text, case, cast, func, select, update
from sqlalchemy.orm import Session

from ..db import close_at_commit
from ..models import Device, SyncMeta, User

META = select(SyncMeta.epoch, SyncMeta.seq, SyncMeta.durable_seq).where(SyncMeta.id == 1)


@dataclass
class Work:
    """`role` and `suites` are the sender's on the day of receipt. `frozen` holds what was true outside the records
    then: filled the first time, read again at a replay, so that both make the same rows."""

    session: Session
    op_id: str
    by: str
    role: str
    suites: frozenset[str]
    device_id: str | None
    received_at: str
    at: str | None = None
    frozen: dict[str, Any] = field(default_factory=dict)

    @property
    def actor(self) -> dict[str, str]:
        return {"id": self.by, "role": self.role}

    def claim(self, at: str | None = None) -> dict[str, Any]:
        """Who, with what, when: as the device says and as we know."""
        return {
            "op": self.op_id,
            "by": self.by,
            "device": self.device_id,
            "at": at or self.at,
            "received_at": self.received_at,
        }

    def name_of(self, user_id: str | None) -> str | None:
        """The user's name as it was when this op was first applied."""
        if user_id is None:
            return None
        names = self.frozen.setdefault("names", {})
        if user_id not in names:
            user = self.session.get(User, user_id)
            names[user_id] = user.name if user else None
        return names[user_id]

    def device_name_of(self, device_id: str | None) -> str | None:
        """The tablet's name as it was when this op was first applied; nothing for an office screen."""
        if device_id is None:
            return None
        names = self.frozen.setdefault("devices", {})
        if device_id not in names:
            device = self.session.get(Device, device_id)
            names[device_id] = device.name if device else None
        return names[device_id]

    def named(self, claim: dict[str, Any]) -> dict[str, Any]:
        """A claim with the names that a frozen page shows: later names change nothing on it."""
        names = {"by_name": self.name_of(claim.get("by")), "device_name": self.device_name_of(claim.get("device"))}
        return {**claim, **names}


def next_seq(session: Session) -> int:
    """The next number. Whoever took one is the only writer until the commit: PostgreSQL keeps the row, SQLite the
    whole file. Of a reserved block the numbers that are left over are never used."""
    transaction = session.get_transaction()
    block = session.info.get("numbers")
    if block is None or block[0] is not transaction or block[1] >= block[2]:
        return reserve(session, 1)
    block[1] += 1
    return block[1]


def reserve(session: Session, count: int) -> int:
    """Take so many numbers at once for this transaction. Returns the first, which is used with that."""
    # The guards let through what is above where this transaction began; after a counter set back by hand, from there.
    began = case((SyncMeta.open_from < SyncMeta.seq, SyncMeta.open_from), else_=SyncMeta.seq)
    last = _count(session, seq=SyncMeta.seq + count, open_from=began)
    session.info["numbers"] = [session.get_transaction(), last - count + 1, last]
    return last - count + 1


def count_from(session: Session, seq: int) -> None:
    """The next number is the one after `seq`: for a replay, and for a new epoch."""
    session.info.pop("numbers", None)
    _count(session, seq=seq)


def open_whole(session: Session) -> None:
    """Let this transaction write any number and delete: for what makes everything again from the ops or a backup."""
    _count(session, open_from=-1)


def _count(session: Session, **values: Any) -> int:
    """Write the counter and what the guards go by (guards.py). Returns the counter."""
    connection = session.connection()
    found: list[Any] = [SyncMeta.seq]
    if connection.dialect.name == "postgresql":
        # Kept by the transaction too: to ask the row for every row that is written took a tenth of the time of a push.
        kept = (SyncMeta.seq, SyncMeta.open_from)
        found += [func.set_config(f"throughcare.{column.key}", cast(column, Text), True) for column in kept]
    close_at_commit(connection)
    written = update(SyncMeta).where(SyncMeta.id == 1).values(**values).returning(*found)
    return int(session.execute(written).scalar_one())


def lock(session: Session, numbers: int = 1) -> None:
    """Become the only writer. Everything that is read to decide something is read after this."""
    session.info.pop("waiting", None)
    reserve(session, numbers)


def meta_of(session: Session) -> Row[str, int, int]:
    """(epoch, seq, durable_seq) as this session sees them: the last is the highest number that is inside a verified
    backup of this epoch."""
    return session.execute(META).one()
