"""People who work here, and the suites whose records they may hold."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..db import Base, Id, Time


class User(Base):
    """`role` is one of permissions.Role. Who is not `active` is refused at every door."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(40))
    email: Mapped[str | None] = mapped_column(String(320), unique=True)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[str] = mapped_column(Time)

    grants: Mapped[list[UserSuite]] = relationship(cascade="all, delete-orphan", lazy="selectin")

    @property
    def suite_ids(self) -> list[str]:
        return sorted(grant.suite_id for grant in self.grants)


class UserSuite(Base):
    """A grant: this user may hold this suite's records. `granted_seq` says when, on the server's own scale."""

    __tablename__ = "user_suites"

    user_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id"), primary_key=True)
    suite_id: Mapped[str] = mapped_column(Id, ForeignKey("suites.id"), primary_key=True)
    granted_seq: Mapped[int] = mapped_column(default=0)
