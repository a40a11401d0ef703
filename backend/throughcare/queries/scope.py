"""Which rows a person may see: decided here, once. Every query of a screen starts from one of these."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from ..db import db
from ..models import CustodyEpisode, Move, Person, User
from ..permissions import Permission, may


def suites_of(user: User) -> list[str]:
    """The suites whose records this user may see: their own, and none at all without a permission to see people."""
    return user.suite_ids if may(user.role, Permission.SEE_PEOPLE) else []


def visible(model: type[Any], user: User) -> Select[Any]:
    """A query over a read table, narrowed to what this user may see. The table has a suite_id, or is Person."""
    suites = suites_of(user)
    if model is Person:
        here = select(CustodyEpisode.person_id).where(CustodyEpisode.suite_id.in_(suites))
        # Somebody on whom a stay was wrongly recorded here has none here any more, but a history that tells it.
        was_here = select(Move.from_person_id).where(Move.suite_id.in_(suites))
        return select(Person).where(or_(Person.id.in_(here), Person.id.in_(was_here)))
    return select(model).where(model.suite_id.in_(suites))


def find_visible(model: type[Any], row_id: str, user: User, session: Session | None = None) -> Any | None:
    """One row by id, or nothing: what someone may not see and what is not there look alike."""
    return (session or db.session()).scalars(visible(model, user).where(model.id == row_id)).one_or_none()
