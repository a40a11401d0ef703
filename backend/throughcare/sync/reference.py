"""What every device needs beside the records: suites, names of staff, forms, and what the device itself may hold."""

from __future__ import annotations

from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..models import Device, Form, Suite, User
from ..records.revision import sha256

# Asked at every page and every idle sync: only what the hash is made of, as plain rows.
FORMS = select(Form.url, Form.version, Form.title, Form.status, Form.sha256).order_by(Form.url, Form.version)
USERS = select(User.id, User.name, User.role).order_by(User.name, User.id)


def reference(session: Session, user: User, device: Device, known: str | None) -> dict[str, Any] | None:
    """The block with its hash, or nothing when the device has this very one."""
    suite_ids = user.suite_ids
    suites = select(Suite.id, Suite.name, Suite.short).where(Suite.id.in_(suite_ids)).order_by(Suite.name)
    block: dict[str, Any] = {
        "suites": [{"id": suite.id, "name": suite.name, "short": suite.short} for suite in session.execute(suites)],
        "users": [{"id": one.id, "name": one.name, "role": one.role} for one in session.execute(USERS)],
        "forms": [
            {"form": f"{form.url}|{form.version}", "title": form.title, "status": form.status, "sha256": form.sha256}
            for form in session.execute(FORMS)
        ],
        "device": {"name": device.name, "suites": suite_ids, "idle_minutes": current_app.config["IDLE_MINUTES"]},
    }
    digest = sha256(block)
    if digest == known:
        return None
    definitions = session.scalars(select(Form.definition).order_by(Form.url, Form.version)).all()
    for entry, definition in zip(block["forms"], definitions, strict=True):
        entry["definition"] = definition
    return {"hash": digest, **block}
