"""One uninterrupted history, or a new epoch: noticing that the database was set back to an older state."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from .. import audit, clock, logs
from ..models import AuditEvent, Op, RecordScope, SyncMeta, new_id
from ..records.revision import is_uuid
from .work import count_from, lock, meta_of

ACTION = "sync.new_epoch"
# A device that keeps saying so is right: it says it again at every sync, and nothing is lost by hearing it later.
DOUBT_MINUTES = 10
STANDING = select(SyncMeta.epoch, SyncMeta.seq, select(func.max(RecordScope.seq)).scalar_subquery())


class Witness:
    """A small file, best kept on another disk than the database, that says how far the counter had come at the last
    answer. Its epoch and number are compared at the next start. Several processes may write it: the last one stands,
    and a number lost by that is one that the next answer brings again."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, epoch: str, seq: int) -> None:
        """On the disk when this returns."""
        text = json.dumps({"epoch": epoch, "seq": seq}).ljust(120) + "\n"
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.pwrite(handle, text.encode(), 0)
            os.fdatasync(handle)
        finally:
            os.close(handle)

    def read(self) -> tuple[str, int] | None:
        """(epoch, seq), or nothing where there is no usable file."""
        try:
            found = json.loads(self.path.read_text())
            return str(found["epoch"]), int(found["seq"])
        except (OSError, ValueError, KeyError, TypeError):
            return None


def begin(session: Session, reason: str, device_id: str | None = None, *, judged: str | None = None) -> str:
    """A new epoch from here on, in the caller's transaction. Returns it. `judged` is the epoch that turned out to be over:
    where somebody else has begun another one since, that is it."""
    lock(session)
    before, epoch = meta_of(session).epoch, new_id()
    if judged not in (None, before):
        return before
    # Whatever number any table holds is below the next one.
    highest = max(
        session.scalar(select(func.max(SyncMeta.seq))) or 0,
        session.scalar(select(func.max(Op.arrival))) or 0,
        session.scalar(select(func.max(RecordScope.seq))) or 0,
    )
    count_from(session, highest + 1)
    session.execute(update(SyncMeta).where(SyncMeta.id == 1).values(epoch=epoch, durable_seq=0))
    audit.deed(ACTION, epoch, device_id=device_id, session=session, reason=reason, before=before)
    logs.note(new_epoch=reason)
    return epoch


def check_start(session: Session, witness: Witness) -> bool:
    """At the start of the service: whether a new epoch had to begin because the database is older than the witness, or
    its counter lower than what it holds. Another server may go on meanwhile: it writes the witness after its commit, so that
    one that was read before is never ahead of the counter that is read then, in one look with what it counts."""
    seen = witness.read()
    epoch, seq, highest = session.execute(STANDING).one()
    if seen is not None and (seen[1] > seq if seen[0] == epoch else not _had(session, seen[0])):
        begin(session, "witness", judged=epoch)
        return True
    if (highest or 0) > seq:
        begin(session, "counter", judged=epoch)
        return True
    return False


def _had(session: Session, epoch: str) -> bool:
    """Whether this database knows of that epoch as an earlier one. A witness of one that it never had is of a time after
    it: the database was set back to before that epoch began, and must not go on under the older one's name."""
    begun = session.scalars(select(AuditEvent).where(AuditEvent.action == ACTION))
    return any(epoch in (event.subject, event.facts.get("before")) for event in begun)


def is_set_back(session: Session, request: dict[str, Any], cursor_seq: int, device_id: str | None) -> bool:
    """Whether this device knows more of this epoch than we do: an op that was answered, or a number in our own
    cursor."""
    epoch, seq, _durable = meta_of(session)
    if request.get("epoch") != epoch:
        return False
    if cursor_seq > seq:
        return True
    last_op = request.get("last_op")
    if not is_uuid(last_op) or session.get(Op, last_op) is not None:
        return False
    # A device that invents ops could make everybody fetch everything again and again: it is believed now and then.
    said = select(AuditEvent.id).where(
        AuditEvent.action == ACTION,
        AuditEvent.device_id == device_id,
        AuditEvent.at > clock.after(base=clock.now(), minutes=-DOUBT_MINUTES),
    )
    return session.scalars(said.limit(1)).first() is None
