"""What arrived and was kept as it came, not applied: for the supervisors of its suites."""

from __future__ import annotations

from sqlalchemy import select

from ..db import db
from ..models import KeptOp, Op, User
from ..permissions import Permission, may
from .scope import suites_of


def list_kept(user: User) -> list[Op]:
    """Newest first; nothing for somebody who is no supervisor of the suite."""
    if not may(user.role, Permission.SETTLE_SAFETY):
        return []
    kept = select(KeptOp.op_id).where(KeptOp.scope.in_(suites_of(user)))
    return list(
        db.session.scalars(select(Op).where(Op.id.in_(kept), Op.state == "held").order_by(Op.arrival.desc()).limit(200))
    )
