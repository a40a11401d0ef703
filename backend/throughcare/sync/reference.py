"""What every device needs beside the records: suites, names of staff, forms, and what the device itself may hold."""

from __future__ import annotations

from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..models import Device, Form, Suite, User
from ..records.revision import sha256


def reference(session: Session, user: User, device: Device, known: str | None) -> dict[str, Any] | None:
    """The block with its hash, or nothing when the device has this very one."""
    suite_ids = user.suite_ids
    forms = session.scalars(select(Form).order_by(Form.url, Form.version)).all()
    block: dict[str, Any] = {
        "suites": [
            {"id": suite.id, "name": suite.name, "short": suite.short}
            for suite in session.scalars(select(Suite).where(Suite.id.in_(suite_ids)).order_by(Suite.name))
        ],
        "users": [
            {"id": one.id, "name": one.name, "role": one.role}
            for one in session.scalars(select(User).order_by(User.name, User.id))
        ],
        "forms": [
            {"form": form.form, "title": form.title, "status": form.status, "sha256": form.sha256} for form in forms
        ],
        "device": {"name": device.name, "suites": suite_ids, "idle_minutes": current_app.config["IDLE_MINUTES"]},
    }
    digest = sha256(block)
    if digest == known:
        return None
    for entry, form in zip(block["forms"], forms, strict=True):
        entry["definition"] = form.definition
    return {"hash": digest, **block}
