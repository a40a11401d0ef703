"""Who is signed in to the office, one row for each browser."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..db import Base, Id, Time
from .user import User


class OfficeSession(Base):
    """The cookie names the row; without the row a cookie is worth nothing, however often it was copied."""

    __tablename__ = "office_sessions"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id"), index=True)
    started_at: Mapped[str] = mapped_column(Time)

    user: Mapped[User] = relationship(lazy="joined")
