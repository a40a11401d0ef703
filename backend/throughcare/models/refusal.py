"""How often somebody was refused lately. Rows are forgotten as soon as they are old."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base, Time


class Refusal(Base):
    """`source` is a keyed hash of an address or a user id: nobody's address stands in the database."""

    __tablename__ = "refusals"

    source: Mapped[str] = mapped_column(String(64), primary_key=True)
    since: Mapped[str] = mapped_column(Time, index=True)
    count: Mapped[int] = mapped_column()
