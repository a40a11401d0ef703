"""Read table of moves: work that was recorded on the wrong person, and where it went. Both histories are read from it."""

from __future__ import annotations

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base, Id, Time


class Move(Base):
    """One move of an assessment, or of a stay with everything under it. The id is the key of the entry in the record's
    `moves`; the episodes are an assessment's."""

    __tablename__ = "moves"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    record_id: Mapped[str] = mapped_column(Id, index=True)
    record_type: Mapped[str] = mapped_column(String(40))
    suite_id: Mapped[str] = mapped_column(Id, index=True)
    from_person_id: Mapped[str] = mapped_column(Id, index=True)
    to_person_id: Mapped[str] = mapped_column(Id, index=True)
    from_episode_id: Mapped[str | None] = mapped_column(Id)
    to_episode_id: Mapped[str | None] = mapped_column(Id)
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(Id)
    at: Mapped[str | None] = mapped_column(Time)
    received_at: Mapped[str] = mapped_column(Time)
