"""Read table of amendments."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base, Id, Time


class Amendment(Base):
    """A proposed change to something already handed in. `changes` maps link_id to {from, to}."""

    __tablename__ = "amendments"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    assessment_id: Mapped[str] = mapped_column(Id, index=True)
    person_id: Mapped[str] = mapped_column(Id)
    suite_id: Mapped[str] = mapped_column(Id, index=True)
    number: Mapped[int] = mapped_column()
    reason: Mapped[str | None] = mapped_column(Text)
    changes: Mapped[dict[str, Any]] = mapped_column()
    state: Mapped[str] = mapped_column(String(20), index=True)
    by: Mapped[str] = mapped_column(Id)
    at: Mapped[str | None] = mapped_column(Time)
    decided: Mapped[dict[str, Any] | None] = mapped_column()
    received_at: Mapped[str] = mapped_column(Time)
