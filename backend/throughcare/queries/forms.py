"""Form versions that work waits for."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from sqlalchemy import select

from ..db import db
from ..models import Op


def awaited() -> dict[str, int]:
    """How many assessments wait for each form version that nobody published, as {url|version: how many}."""
    # What waits is found by its index; ops themselves are many.
    held = select(Op.payload).where(Op.waits_for.is_not(None), Op.why == "form.not_published")
    return dict(sorted(Counter(_named(json.loads(payload)) for payload in db.session.scalars(held)).items()))


def _named(op: dict[str, Any]) -> str:
    """The form that a create names, in its body or in an edit that was made before its first sending."""
    chosen = [change[2] for change in op.get("set") or [] if change[0] == "/form"]
    return str(chosen[-1] if chosen else op["body"]["form"])
