"""Read table of contacts."""

from __future__ import annotations

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base, Id, Time


class Contact(Base):
    """One interaction with a person, accepted, declined or not approached."""

    __tablename__ = "contacts"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    person_id: Mapped[str] = mapped_column(Id, index=True)
    episode_id: Mapped[str | None] = mapped_column(Id, index=True)
    suite_id: Mapped[str] = mapped_column(Id, index=True)
    kind: Mapped[str] = mapped_column(String(40))
    outcome: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str | None] = mapped_column(Text)
    harm_reduction_offered: Mapped[bool | None] = mapped_column()
    at: Mapped[str | None] = mapped_column(Time)
    worker_id: Mapped[str | None] = mapped_column(Id)
    received_at: Mapped[str] = mapped_column(Time)
