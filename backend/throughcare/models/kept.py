"""What was taken from a worker, and what they sent after that."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base, Id, Time


class PastGrant(Base):
    """A suite that this user once held, and no longer does or holds again. `revoked_seq` says since when, on the
    server's own scale."""

    __tablename__ = "past_grants"

    user_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id"), primary_key=True)
    suite_id: Mapped[str] = mapped_column(Id, ForeignKey("suites.id"), primary_key=True)
    revoked_seq: Mapped[int] = mapped_column(BigInteger)


class KeptOp(Base):
    """An op that was kept as it came and not applied, for the supervisors of this suite. It is derived from the op."""

    __tablename__ = "kept_ops"

    op_id: Mapped[str] = mapped_column(Id, primary_key=True)
    scope: Mapped[str] = mapped_column(Id, primary_key=True, index=True)
    why: Mapped[str] = mapped_column(String(80))
    received_at: Mapped[str] = mapped_column(Time)
