"""Custody suites, which are scopes of sync, and the local authorities around them."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base, Id


class Authority(Base):
    """A local authority; `gss` is its nine-character code of the statistics office, where it has one."""

    __tablename__ = "authorities"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    gss: Mapped[str | None] = mapped_column(String(9))


class Suite(Base):
    """A custody suite. It opens and closes: `open_from` and `open_to` are dates, the last without end when absent."""

    __tablename__ = "suites"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    short: Mapped[str] = mapped_column(String(20))
    authority_id: Mapped[str | None] = mapped_column(Id, ForeignKey("authorities.id"))
    open_from: Mapped[str] = mapped_column(String(10))
    open_to: Mapped[str | None] = mapped_column(String(10))
