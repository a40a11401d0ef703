"""Published form versions. One is never edited: the next version is added, and one may be retired."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base, Id, Time


class Form(Base):
    """A FHIR Questionnaire. `sha256` is of its canonical JSON; records name it as `url|version`.

    `definition` never changes. `status` is the definition's own until the version is retired: then it is `retired`, with
    `retired_at`, `retired_by` (none for the command line) and `retired_reason`.
    """

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
    retired_at: Mapped[str | None] = mapped_column(Time)
    retired_by: Mapped[str | None] = mapped_column(Id)
    retired_reason: Mapped[str | None] = mapped_column(String(500))

    @property
    def form(self) -> str:
        return f"{self.url}|{self.version}"
