"""What devices and office screens sent, verbatim, with its outcome. Everything in records and the read tables follows
from it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base, Id, Time


class Op(Base):
    """One change.

    `arrival` is the server's number when it came: replay goes by it. `payload` is the op as sent, as JSON text;
    `sha256` is of its canonical form. `role` and `suites` are what the sender held on that day, so that a replay
    judges as it was judged. `result` is the answer, byte for byte. `waits_for` is the id of the op or record that a
    held op needs. `frozen` is what was true outside the records when it was applied (the form engine's answer, names
    of users and tablets), so that a replay years later freezes the same page.
    """

    __tablename__ = "ops"
    __table_args__ = (Index("ix_ops_held", "waits_for", "arrival"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    arrival: Mapped[int] = mapped_column(unique=True)
    record_id: Mapped[str] = mapped_column(String(100), index=True)
    type: Mapped[str] = mapped_column(String(40))
    user_id: Mapped[str] = mapped_column(Id, index=True)
    role: Mapped[str] = mapped_column(String(40))
    suites: Mapped[list[Any]] = mapped_column()
    device_id: Mapped[str | None] = mapped_column(Id)
    payload: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[str] = mapped_column(Time)
    state: Mapped[str] = mapped_column(String(20))
    why: Mapped[str | None] = mapped_column(String(80))
    waits_for: Mapped[str | None] = mapped_column(Id)
    result: Mapped[str] = mapped_column(Text)
    frozen: Mapped[dict[str, Any] | None] = mapped_column()
