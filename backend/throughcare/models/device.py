"""Tablets, and everything that makes a tablet or an office browser known."""

from __future__ import annotations

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..db import Base, Id, Time
from .user import User


class Device(Base):
    """One user on one tablet. The token is kept as its SHA-256 only.

    What the tablet said of itself: `waiting` is how many changes only it has, `oldest_at` when the oldest of them was made
    (its own clock, a claim), `waiting_at` when it said so; `differs_since` since when its records have not been the same
    as ours, after comparing. `comparisons` counts how often it had to compare a suite at all, `compared_at` is the last
    time. `clear_*` is an order to destroy what it holds (services/clearing.py), `cleared_at` when it said that it has.
    """

    __tablename__ = "devices"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    credential_id: Mapped[str | None] = mapped_column(String(1400))
    created_at: Mapped[str] = mapped_column(Time)
    last_sync_at: Mapped[str | None] = mapped_column(Time)
    waiting: Mapped[int] = mapped_column(default=0)
    waiting_at: Mapped[str | None] = mapped_column(Time)
    oldest_at: Mapped[str | None] = mapped_column(Time)
    differs_since: Mapped[str | None] = mapped_column(Time)
    comparisons: Mapped[int] = mapped_column(default=0, server_default="0")
    compared_at: Mapped[str | None] = mapped_column(Time)
    revoked_at: Mapped[str | None] = mapped_column(Time)
    clear_asked_at: Mapped[str | None] = mapped_column(Time)
    clear_asked_by: Mapped[str | None] = mapped_column(Id)
    clear_reason: Mapped[str | None] = mapped_column(String(500))
    cleared_at: Mapped[str | None] = mapped_column(Time)

    user: Mapped[User] = relationship(lazy="joined")


class Enrolment(Base):
    """A one-time invitation to make a tablet known. The code is kept as its SHA-256 only."""

    __tablename__ = "enrolments"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    code_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id"), index=True)
    created_by: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[str] = mapped_column(Time)
    expires_at: Mapped[str] = mapped_column(Time)
    used_at: Mapped[str | None] = mapped_column(Time)


class Passkey(Base):
    """A WebAuthn credential of a user. `credential_id` is base64url, `public_key` the COSE bytes."""

    __tablename__ = "passkeys"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id"), index=True)
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[str] = mapped_column(Time)


class Challenge(Base):
    """What a passkey must sign, once, soon. `purpose` is "enrol" or "sign_in"; `value` is base64url."""

    __tablename__ = "challenges"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str | None] = mapped_column(Id, index=True)
    purpose: Mapped[str] = mapped_column(String(40))
    value: Mapped[str] = mapped_column(String(200), index=True)
    expires_at: Mapped[str] = mapped_column(Time)
