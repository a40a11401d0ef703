"""Form versions: what is published, what is begun with one, and what waits for one."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from sqlalchemy import func, select

from ..db import db
from ..models import Assessment, Form, Op


def awaited() -> dict[str, int]:
    """How many assessments wait for each form version that nobody published, as {url|version: how many}."""
    # What waits is found by its index; ops themselves are many.
    held = select(Op.payload).where(Op.waits_for.is_not(None), Op.why == "form.not_published")
    return dict(sorted(Counter(_named(json.loads(payload)) for payload in db.session.scalars(held)).items()))


def _named(op: dict[str, Any]) -> str:
    """The form that a create names, in its body or in an edit that was made before its first sending."""
    chosen = [change[2] for change in op.get("set") or [] if change[0] == "/form"]
    return str(chosen[-1] if chosen else op["body"]["form"])


def versions(url: str) -> list[Form]:
    """Every published version of one form, the newest publication first."""
    query = select(Form).where(Form.url == url).order_by(Form.published_at.desc(), Form.id.desc())
    return list(db.session.scalars(query))


def drafts(form: Form) -> int:
    """How many assessments were begun with this version and are not finished."""
    open_ones = Assessment.form == form.form, Assessment.state.in_(("draft", "returned"))
    return int(db.session.scalar(select(func.count()).select_from(Assessment).where(*open_ones)) or 0)
