"""A tablet's receipts against what the service holds: docs/sync-protocol.md, "Receipts"."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from ..models import Op, RecordVersion


def check(session: Session, exported: dict[str, Any]) -> Iterator[dict[str, str]]:
    """{op, what} for each receipt that does not agree, in words. Ids only."""
    for receipt in exported["receipts"]:
        what = _difference(session, exported.get("device"), receipt)
        if what:
            yield {"op": str(receipt.get("op")), "what": what}


def _difference(session: Session, device: Any, receipt: dict[str, Any]) -> str | None:
    op = session.get(Op, str(receipt.get("op")))
    if op is None:
        return "the service does not have it"
    if receipt.get("sha256") not in (None, op.sha256):
        return "the service has other content under this id"
    if device is not None and op.device_id != device:
        return "it came from another tablet"
    if receipt.get("received_at") != op.received_at:
        return "the service received it at another time"
    rev = receipt.get("rev")
    if rev and session.get(RecordVersion, (str(receipt.get("record")), str(rev))) is None:
        return "the record never had this revision here"
    return None
