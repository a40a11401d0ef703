"""Read table of alerts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base, Id, Time


class Alert(Base):
    """Something that must be told or done at once. It waits for no approval."""

    __tablename__ = "alerts"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    assessment_id: Mapped[str] = mapped_column(Id, index=True)
    person_id: Mapped[str] = mapped_column(Id, index=True)
    suite_id: Mapped[str] = mapped_column(Id, index=True)
    alert: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(20))
    text: Mapped[str | None] = mapped_column(Text)
    due: Mapped[str | None] = mapped_column(Text)
    raised_at: Mapped[str | None] = mapped_column(Time)
    owner_id: Mapped[str | None] = mapped_column(Id)
    state: Mapped[str] = mapped_column(String(20), index=True)
    settled: Mapped[dict[str, Any] | None] = mapped_column()
    received_at: Mapped[str] = mapped_column(Time)
