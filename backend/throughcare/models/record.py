"""The synced documents as they stand, who may hold them, and every version they had."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..db import Base, Id, Time


class SyncMeta(Base):
    """One row. `seq` is the counter whose row lock makes commit order; `epoch` names one uninterrupted history.

    `durable_seq` is the highest number inside a verified backup of this epoch; `upkept_on` the day (UTC) of the last
    upkeep. `open_from` is what guards.py looks at.
    """

    __tablename__ = "sync_meta"

    id: Mapped[int] = mapped_column(primary_key=True)
    epoch: Mapped[str] = mapped_column(Id)
    seq: Mapped[int] = mapped_column(BigInteger, default=0)
    durable_seq: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    upkept_on: Mapped[str | None] = mapped_column(String(10))
    open_from: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")


class Record(Base):
    """A document. `provenance` maps each pointer to {op, by, device, at, received_at} of its last change; `editors`
    are the users who may edit an assessment (its author and whoever took it over); `standing` says that it is still
    open work, whatever its age."""

    __tablename__ = "records"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    type: Mapped[str] = mapped_column(String(40), index=True)
    rev: Mapped[str] = mapped_column(String(40))
    n: Mapped[int] = mapped_column()
    seq: Mapped[int] = mapped_column(BigInteger, index=True)
    body: Mapped[dict[str, Any]] = mapped_column()
    provenance: Mapped[dict[str, Any]] = mapped_column()
    editors: Mapped[list[Any]] = mapped_column()
    deleted: Mapped[bool] = mapped_column(default=False)
    standing: Mapped[bool] = mapped_column(default=False)
    person_id: Mapped[str | None] = mapped_column(Id, index=True)
    episode_id: Mapped[str | None] = mapped_column(Id, index=True)
    created_by: Mapped[str] = mapped_column(Id)
    created_at: Mapped[str] = mapped_column(Time)
    updated_at: Mapped[str] = mapped_column(Time, index=True)

    scopes: Mapped[list[RecordScope]] = relationship(passive_deletes=True, order_by="RecordScope.scope")


class RecordScope(Base):
    """A suite to which this record belongs. `seq` is its place in that suite's feed; `left` says that it went away;
    `carried` that the suite's tablets hold it (closed work of long ago they do not)."""

    __tablename__ = "record_scopes"
    __table_args__ = (Index("ix_record_scopes_feed", "scope", "seq"),)

    record_id: Mapped[str] = mapped_column(Id, ForeignKey("records.id", ondelete="CASCADE"), primary_key=True)
    scope: Mapped[str] = mapped_column(Id, primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    left: Mapped[bool] = mapped_column(default=False)
    carried: Mapped[bool] = mapped_column(default=True, server_default=true())


class ScopeDigest(Base):
    """What the tablets of a suite hold, in one number: how many records (`n`), and the sum of their marks (`x`, 16 hex
    digits)."""

    __tablename__ = "scope_digests"

    scope: Mapped[str] = mapped_column(Id, primary_key=True)
    n: Mapped[int] = mapped_column(default=0)
    x: Mapped[str] = mapped_column(String(16), default="0" * 16)


class RecordVersion(Base):
    """A body a record had, and the op that made it. Append-only."""

    __tablename__ = "record_versions"

    record_id: Mapped[str] = mapped_column(Id, primary_key=True)
    rev: Mapped[str] = mapped_column(String(40), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    op_id: Mapped[str] = mapped_column(Id)
    body: Mapped[dict[str, Any]] = mapped_column()
