"""How often somebody may be refused before we say "later" and write no more about it, so that nobody floods the audit.

Only refusals count, and only after the request was judged: behind one address sit all tablets of a force, and a good
token or passkey is served however often its neighbour was refused. Guessing is no way in anyway: tokens and codes are
random and long. The count is a row, so that every process of the service has the same one.
"""

from __future__ import annotations

import hashlib
import hmac

from flask import current_app, g, request
from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from . import clock
from .db import db
from .models import Refusal

MOST = 30
MINUTES = 10


def source() -> str:
    """Who is counted: the user where one is known, else the address; as a keyed hash."""
    actor = g.get("actor")
    said = f"user {actor.user_id}" if actor else f"address {request.remote_addr}"
    return hmac.new(current_app.config["SECRET_KEY"].encode(), said.encode(), hashlib.sha256).hexdigest()


def wait(session: Session, who: str) -> int:
    """Seconds until this source is judged again; 0 when it has not been refused too often."""
    since = session.scalar(select(Refusal.since).where(Refusal.source == who, Refusal.count >= MOST))
    if since is None:
        return 0
    ends = clock.parse(clock.after(base=since, minutes=MINUTES))
    return max(0, int((ends - clock.parse(clock.now())).total_seconds()))


def count(session: Session, who: str) -> bool:
    """Count one more. Returns whether it was the last one that is written down."""
    session.execute(delete(Refusal).where(Refusal.since <= clock.after(minutes=-MINUTES)))
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    row = insert(Refusal).values(source=who, since=clock.now(), count=1)
    again = row.on_conflict_do_update(index_elements=[Refusal.source], set_={"count": Refusal.count + 1})
    return session.scalar(again.returning(Refusal.count)) == MOST
