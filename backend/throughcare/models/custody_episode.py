"""Read table of custody episodes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base, Id, Time


class CustodyEpisode(Base):
    """One detention, from arrival to release or transfer."""

    __tablename__ = "custody_episodes"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    person_id: Mapped[str] = mapped_column(Id, index=True)
    suite_id: Mapped[str] = mapped_column(Id, index=True)
    custody_number: Mapped[str | None] = mapped_column(Text)
    cell: Mapped[str | None] = mapped_column(Text)
    arrested_at: Mapped[str | None] = mapped_column(Time)
    arrived_at: Mapped[str | None] = mapped_column(Time)
    route: Mapped[str | None] = mapped_column(String(40))
    offence_category: Mapped[str | None] = mapped_column(Text)
    safe_to_see: Mapped[dict[str, Any] | None] = mapped_column()
    two_person: Mapped[bool] = mapped_column(default=False)
    released_at: Mapped[str | None] = mapped_column(Time)
    rest_until: Mapped[str | None] = mapped_column(Time)
    rev: Mapped[str] = mapped_column(String(40))
    updated_at: Mapped[str] = mapped_column(Time)
