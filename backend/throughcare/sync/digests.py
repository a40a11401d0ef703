"""What the tablets of a suite hold, in one number that both sides can reckon: docs/sync-protocol.md, "Digest"."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..models import Record, RecordScope, ScopeDigest

MODULUS = 1 << 64
KEPT = select(ScopeDigest.scope, ScopeDigest.n, ScopeDigest.x)


def mark(record_id: str, rev: str) -> int:
    """One record's share in the sum."""
    return int.from_bytes(hashlib.sha256(f"{record_id} {rev}".encode()).digest()[:8], "big")


def change(session: Session, scope: str, record_id: str, before: str | None, after: str | None) -> None:
    """The suite's tablets held the record at revision `before` (None: not at all), and shall hold it at `after`."""
    if before == after:
        return
    row = session.get(ScopeDigest, scope)
    if row is None:
        row = ScopeDigest(scope=scope, n=0, x="0" * 16)
        session.add(row)
    step = (mark(record_id, after) if after else 0) - (mark(record_id, before) if before else 0)
    row.n += bool(after) - bool(before)
    row.x = f"{(int(row.x, 16) + step) % MODULUS:016x}"


def of(session: Session, scopes: list[str]) -> dict[str, dict[str, Any]]:
    """{suite: {n, x}} of each of these suites, as it travels."""
    found = {row.scope: {"n": row.n, "x": row.x} for row in session.execute(KEPT)}
    nothing = {"n": 0, "x": "0" * 16}
    return {scope: found.get(scope, nothing) for scope in scopes}


def reckon(session: Session) -> dict[str, tuple[int, str]]:
    """{suite: (n, x)} from the records themselves: what the kept sums must be equal to."""
    sums: dict[str, tuple[int, int]] = {}
    query = (
        select(RecordScope.scope, Record.id, Record.rev)
        .join(Record, Record.id == RecordScope.record_id)
        .where(RecordScope.carried.is_(True), RecordScope.left.is_(False))
    )
    for scope, record_id, rev in session.execute(query):
        n, x = sums.get(scope, (0, 0))
        sums[scope] = (n + 1, (x + mark(record_id, rev)) % MODULUS)
    return {scope: (n, f"{x:016x}") for scope, (n, x) in sums.items()}
