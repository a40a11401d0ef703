"""What was handed in, frozen. Review, approved and print pages are drawn from this row and nothing else."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base, Id, Time


class Submission(Base):
    """One revision of one assessment.

    Frozen: everything but `state` and `review`. `person` and `episode` are their bodies as they stood; `rows`,
    `scores`, `alerts` are the form engine's; `provenance` maps link_id to {by, by_name, device, at, received_at, op};
    `conflicts` lists answers that had two values; `verified` is false when the engine could not evaluate it (then rows
    are empty and answers stand as sent). `safety` puts it first in the queue. `state` is submitted, returned, approved
    or superseded. `review` is {outcome, marks, comment, by, by_name, at, received_at}. `reads_as` is the short code of
    the frozen content, for reading aloud.
    """

    __tablename__ = "submissions"
    __table_args__ = (UniqueConstraint("assessment_id", "number"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    assessment_id: Mapped[str] = mapped_column(Id, index=True)
    number: Mapped[int] = mapped_column()
    rev: Mapped[str] = mapped_column(String(40))
    made_by: Mapped[str] = mapped_column(String(20))  # submit, resolution or amendment
    person_id: Mapped[str] = mapped_column(Id, index=True)
    episode_id: Mapped[str | None] = mapped_column(Id)
    suite_id: Mapped[str] = mapped_column(Id, index=True)
    form: Mapped[str] = mapped_column(String(540))
    form_title: Mapped[str | None] = mapped_column(String(300))
    basis: Mapped[str] = mapped_column(String(20))
    author_id: Mapped[str] = mapped_column(Id, index=True)
    author_name: Mapped[str | None] = mapped_column(String(200))
    submitted_by: Mapped[str] = mapped_column(Id)
    submitted_by_name: Mapped[str | None] = mapped_column(String(200))
    submitted_at: Mapped[str | None] = mapped_column(Time)
    received_at: Mapped[str] = mapped_column(Time, index=True)
    person: Mapped[dict[str, Any]] = mapped_column()
    episode: Mapped[dict[str, Any] | None] = mapped_column()
    answers: Mapped[dict[str, Any]] = mapped_column()
    stopped: Mapped[dict[str, Any] | None] = mapped_column()
    replies: Mapped[dict[str, Any]] = mapped_column()
    rows: Mapped[list[Any]] = mapped_column()
    scores: Mapped[list[Any]] = mapped_column()
    alerts: Mapped[list[Any]] = mapped_column()
    conflicts: Mapped[list[Any]] = mapped_column()
    provenance: Mapped[dict[str, Any]] = mapped_column()
    engine_version: Mapped[str | None] = mapped_column(String(40))
    engine_sha256: Mapped[str | None] = mapped_column(String(64))
    verified: Mapped[bool] = mapped_column()
    safety: Mapped[bool] = mapped_column(index=True)
    reads_as: Mapped[str] = mapped_column(String(9))
    state: Mapped[str] = mapped_column(String(20), index=True)
    review: Mapped[dict[str, Any] | None] = mapped_column()
