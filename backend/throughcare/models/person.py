"""Read table of people."""

from __future__ import annotations

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base, Id, Time


class Person(Base):
    """Someone in custody or under supervision. Written by the projection of `person` records only."""

    __tablename__ = "people"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    given_name: Mapped[str | None] = mapped_column(Text)
    family_name: Mapped[str | None] = mapped_column(Text, index=True)
    date_of_birth: Mapped[str | None] = mapped_column(String(10))
    also_known_as: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    rev: Mapped[str] = mapped_column(String(40))
    updated_at: Mapped[str] = mapped_column(Time)
