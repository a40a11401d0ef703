"""Work that was recorded on the wrong person: both histories, and which frozen pages name somebody else now."""

from __future__ import annotations

from sqlalchemy import or_

from ..db import db
from ..models import Assessment, Move, Submission, User
from .scope import find_visible, visible


def of_person(user: User, person_id: str) -> list[Move]:
    """What was moved from this person or to them, the newest first."""
    query = visible(Move, user).where(or_(Move.from_person_id == person_id, Move.to_person_id == person_id))
    return list(db.session.scalars(query.order_by(Move.received_at.desc(), Move.id.desc())))


def after(user: User, row: Submission) -> Move | None:
    """The newest move of this work, when the frozen page names another person than has it now."""
    now = find_visible(Assessment, row.assessment_id, user)
    if now is None or now.person_id == row.person_id:
        return None
    ids = [each for each in (row.assessment_id, row.episode_id, now.episode_id) if each]
    query = visible(Move, user).where(Move.record_id.in_(ids)).order_by(Move.received_at.desc(), Move.id.desc())
    return db.session.scalars(query.limit(1)).first()
