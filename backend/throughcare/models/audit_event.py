"""Who did or read what. Append-only; ids and codes only."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base, Id, Time


class AuditEvent(Base):
    """`action` is a dotted verb (device.enrolled, op.applied, refused); `subject` the id of what it was done to."""

    __tablename__ = "audit_events"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    at: Mapped[str] = mapped_column(Time, index=True)
    user_id: Mapped[str | None] = mapped_column(Id, index=True)
    device_id: Mapped[str | None] = mapped_column(Id)
    action: Mapped[str] = mapped_column(String(80), index=True)
    subject: Mapped[str | None] = mapped_column(String(100), index=True)
    facts: Mapped[dict[str, Any]] = mapped_column()
