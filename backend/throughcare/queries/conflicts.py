"""Two values that wait for a person: which, and who may choose."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..db import db
from ..models import Conflict, Device, Form, User
from ..permissions import Permission, may
from .scope import find_visible, visible


def list_open(user: User) -> list[Conflict]:
    """Open conflicts this user may see: all of a supervisor's suites, else those they are one side of. Safety first, then by receipt."""
    rows = db.session.scalars(visible(Conflict, user).where(Conflict.state == "open"))
    mine = [row for row in rows if may(user.role, Permission.SETTLE_SAFETY) or is_side(user, row)]
    return sorted(mine, key=lambda row: (not row.safety, row.received_at, row.id))


def count_open(user: User) -> int:
    return len(list_open(user))


def is_side(user: User, conflict: Conflict) -> bool:
    """Whether one of the two values is this user's."""
    return user.id in (conflict.theirs.get("by"), conflict.mine.get("by"))


def find(user: User, conflict_id: str) -> Conflict | None:
    found: Conflict | None = find_visible(Conflict, conflict_id, user)
    if found is None or not (may(user.role, Permission.SETTLE_SAFETY) or is_side(user, found)):
        return None
    return found


def may_settle(user: User, conflict: Conflict) -> bool:
    """A safety-flagged answer only by a supervisor; the others by either author too. The sync checks the same again."""
    if may(user.role, Permission.SETTLE_SAFETY):
        return True
    return may(user.role, Permission.SETTLE) and not conflict.safety and is_side(user, conflict)


def device_names(conflicts: list[Conflict]) -> dict[str, str]:
    """{device id: name} of the tablets the values came from."""
    ids = {side.get("device") for row in conflicts for side in (row.theirs, row.mine)} - {None}
    return {
        row.id: row.name for row in db.session.execute(select(Device.id, Device.name).where(Device.id.in_(sorted(ids))))
    }


def question_of(form: str, link_id: str, session: Session | None = None) -> dict[str, Any]:
    """{text, options {code: words}, inside {link_id: the same}, row (it repeats)} of a published question, or of a row or group of
    questions, by link id or by the engine's address; the link id as text when the form is not here."""
    url, _, version = form.rpartition("|")
    found = (
        (session or db.session()).scalars(select(Form).where(Form.url == url, Form.version == version)).one_or_none()
    )
    items = (found.definition.get("item") or []) if found else []
    keys = [part.replace("~1", "/").replace("~0", "~") for part in link_id.split("/")]
    # An address is group/row/question, and group/row for the row itself.
    named = keys[-2] if len(keys) % 2 == 0 else keys[-1]
    item = _find_item(items, link_id) or _find_item(items, named)
    if item is None:
        return {"text": named, "options": {}, "inside": {}, "row": False}
    asked = _question(item)
    group = _find_item(items, keys[0]) if len(keys) > 2 and item["linkId"] != link_id else None
    return {**asked, "text": f"{group['text']}: {asked['text']}"} if group and group.get("text") else asked


def _question(item: dict[str, Any]) -> dict[str, Any]:
    codings = [option.get("valueCoding") or {} for option in item.get("answerOption") or []]
    return {
        "text": item.get("text") or item["linkId"],
        "options": {c["code"]: c.get("display") or c["code"] for c in codings if "code" in c},
        "inside": _inside(item) if item.get("type") == "group" else {},
        "row": item.get("type") == "group" and item.get("repeats") is True,
    }


def _inside(item: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What has a key of its own in the answers of a group, in the form's order."""
    found: dict[str, dict[str, Any]] = {}
    for each in item.get("item") or []:
        group = each.get("type") == "group"
        if not group or each.get("repeats") is True:
            found[each["linkId"]] = _question(each)
        if not group or each.get("repeats") is not True:
            found.update(_inside(each))
    return found


def _find_item(items: list[dict[str, Any]], link_id: str) -> dict[str, Any] | None:
    for item in items:
        found = item if item.get("linkId") == link_id else _find_item(item.get("item") or [], link_id)
        if found:
            return found
    return None
