"""An op as it travels, parsed once at the border: docs/sync-protocol.md, "POST /sync/v1/push"."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from .. import json_text
from ..records.merge import Change, parse_pointer
from ..records.revision import canonical, is_uuid
from ..records.types import TYPES

MAX_OPS = 100
MAX_BATCH = 1_000_000
MAX_OP = 256_000
MAX_DEPTH = 64  # levels of lists and maps: well below where any of the readers and writers of JSON gives up
KNOWN = frozenset({"op", "record", "type", "base", "set", "body", "resolves", "reason", "at", "recovered"})


class Rejected(Exception):
    """The op cannot be applied; `why` is a Problem code. Nothing it did stays but its own text."""

    def __init__(self, why: str, **details: Any) -> None:
        super().__init__(why)
        self.why, self.details = why, details


class Held(Exception):
    """The op waits for another op or record to arrive."""

    def __init__(self, waits_for: str, why: str) -> None:
        super().__init__(why)
        self.waits_for, self.why = waits_for, why


class Kept(Exception):
    """The op is kept as it came and not applied; a person sees to it."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class WireOp:
    """`base_rev` and `base_op` are both absent for a create. `recovered` is the revision of a record that a device held
    and the service, set back since, does not have."""

    id: str
    record: str
    type: str
    base_rev: str | None
    base_op: str | None
    changes: tuple[Change, ...]
    body: dict[str, Any]
    resolves: tuple[str, ...]
    reason: str | None
    at: str | None
    recovered: str | None = None

    @property
    def creates(self) -> bool:
        return self.base_rev is None and self.base_op is None


def op_id_of(raw: Any) -> str | None:
    """The op's id, when it has a usable one."""
    found = raw.get("op") if isinstance(raw, dict) else None
    return found if is_uuid(found) else None


def is_too_deep(raw: Any) -> bool:
    """Whether lists and maps stand in each other beyond MAX_DEPTH. Said before anything is kept: what one reader takes and
    another does not would be refused, or wait, by the order in which it came."""
    level = [raw]
    for _ in range(MAX_DEPTH):
        inner = (each.values() if type(each) is dict else each for each in level)
        level = [value for values in inner for value in values if type(value) in (dict, list)]
        if not level:
            return False
    return True


def verbatim(raw: Any) -> str:
    """The op as JSON text, safe to store in either database."""
    text = json_text.write(raw)
    return text if text.isascii() else json.dumps(raw, ensure_ascii=True, separators=(",", ":"))


def parse(raw: dict[str, Any]) -> WireOp:
    """Raises Rejected with the code that says what is wrong."""
    try:
        canonical(raw)
    except ValueError:
        raise Rejected("op.malformed") from None
    if raw.keys() - KNOWN:
        raise Rejected("op.unknown_field")
    if not is_uuid(raw.get("record")) or not isinstance(raw.get("type"), str):
        raise Rejected("op.malformed")
    if raw["type"] not in TYPES:
        raise Rejected("record.unknown_type")
    base, body, changes, resolves = (raw.get(name) for name in ("base", "body", "set", "resolves"))
    base_rev, base_op = (base.get("rev"), base.get("op")) if isinstance(base, dict) else (None, None)
    shaped = (
        (base is None or isinstance(base, dict) and len(base) == 1 and isinstance(base.get("rev", base.get("op")), str))
        and isinstance(body, (dict, type(None)))
        and isinstance(changes, (list, type(None)))
        and (resolves is None or isinstance(resolves, list) and all(isinstance(each, str) for each in resolves))
        and isinstance(raw.get("reason"), (str, type(None)))
        and isinstance(raw.get("at"), (str, type(None)))
        and isinstance(raw.get("recovered"), (str, type(None)))
        and not (raw.get("recovered") and base)
    )
    if not shaped:
        raise Rejected("op.malformed")
    return WireOp(
        id=raw["op"],
        record=raw["record"],
        type=raw["type"],
        base_rev=base_rev,
        base_op=base_op,
        changes=tuple(_change(entry, raw.get("at")) for entry in changes or []),
        body=body or {},
        resolves=tuple(resolves or ()),
        reason=(raw.get("reason") or "").strip() or None,
        at=raw.get("at"),
        recovered=raw.get("recovered"),
    )


def _change(entry: Any, op_at: str | None) -> Change:
    if not isinstance(entry, list) or len(entry) not in (3, 4):
        raise Rejected("op.malformed")
    try:
        path = parse_pointer(entry[0])
    except ValueError:
        raise Rejected("op.malformed") from None
    at = entry[3] if len(entry) == 4 else op_at
    if not isinstance(at, (str, type(None))) or len(path) > MAX_DEPTH:
        raise Rejected("op.malformed")
    return Change(path, entry[1], entry[2], at)
