"""Read table of assessments as they stand. What was handed in stands in submissions."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base, Id, Time


class Assessment(Base):
    """`number` is the newest submitted revision (0 before the first); `open_conflicts` counts answers with two
    values."""

    __tablename__ = "assessments"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    person_id: Mapped[str] = mapped_column(Id, index=True)
    episode_id: Mapped[str | None] = mapped_column(Id, index=True)
    suite_id: Mapped[str] = mapped_column(Id, index=True)
    form: Mapped[str] = mapped_column(String(540))
    basis: Mapped[str] = mapped_column(String(20))
    author_id: Mapped[str] = mapped_column(Id, index=True)
    started_at: Mapped[str | None] = mapped_column(Time)
    state: Mapped[str] = mapped_column(String(20), index=True)
    number: Mapped[int] = mapped_column(default=0)
    open_conflicts: Mapped[int] = mapped_column(default=0)
    rev: Mapped[str] = mapped_column(String(40))
    updated_at: Mapped[str] = mapped_column(Time)
