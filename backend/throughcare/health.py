"""GET /health: whether this process can serve, which release it is and which form engine it runs."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app
from sqlalchemy import text

from . import logs
from .config import DIST
from .db import db
from .lag import held_open
from .permissions import public


def engine_sha256() -> str | None:
    """The SHA-256 of the built form engine, or nothing when the front end has not been built."""
    import hashlib

    path = DIST / "formlogic.js"
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


@public("A load balancer asks without an account; the answer holds nothing about anyone.")
def health() -> Any:
    try:
        db.session.execute(text("SELECT 1"))
        database = True
    except Exception:  # noqa: BLE001  whatever is wrong with the database, the answer is the same
        database = False
    held = held_open() if database else None
    alarm = held is not None and held >= current_app.config["HELD_OPEN_MINUTES"] * 60
    if alarm:
        logs.note(held_open=held)
    engine = engine_sha256()
    body = {
        "ok": database and engine is not None,
        "database": database,
        "form_engine": engine,
        "release": current_app.config["RELEASE"],
        # Nothing that a restart would mend: the service is well, and somebody must end that transaction.
        "held_open": held if alarm else None,
    }
    return body, 200 if body["ok"] else 503


def init_app(app: Flask) -> None:
    app.add_url_rule("/health", "health", health)
