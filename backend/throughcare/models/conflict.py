"""Read table of conflicts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base, Id, Json, Time


class Conflict(Base):
    """Two values for one path. `theirs` is the working value, `mine` the other; each {value, by, device, at,
    received_at, op}."""

    __tablename__ = "conflicts"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    record_id: Mapped[str] = mapped_column(Id, index=True)
    record_type: Mapped[str] = mapped_column(String(40))
    suite_id: Mapped[str | None] = mapped_column(Id, index=True)
    person_id: Mapped[str | None] = mapped_column(Id, index=True)
    path: Mapped[str] = mapped_column(Text)
    link_id: Mapped[str | None] = mapped_column(String(200))
    safety: Mapped[bool] = mapped_column()
    base: Mapped[Any] = mapped_column(Json, nullable=True)
    theirs: Mapped[dict[str, Any]] = mapped_column()
    mine: Mapped[dict[str, Any]] = mapped_column()
    state: Mapped[str] = mapped_column(String(20), index=True)
    resolution: Mapped[dict[str, Any] | None] = mapped_column()
    received_at: Mapped[str] = mapped_column(Time)
