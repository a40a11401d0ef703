"""Published form versions. One is never edited: the next version is added."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base, Id, Time


class Form(Base):
    """A FHIR Questionnaire. `sha256` is of its canonical JSON; records name it as `url|version`."""

    __tablename__ = "forms"
    __table_args__ = (UniqueConstraint("url", "version"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    url: Mapped[str] = mapped_column(String(500))
    version: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(300))
    status: Mapped[str] = mapped_column(String(20))
    definition: Mapped[dict[str, Any]] = mapped_column()
    sha256: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[str] = mapped_column(Time)

    @property
    def form(self) -> str:
        return f"{self.url}|{self.version}"
