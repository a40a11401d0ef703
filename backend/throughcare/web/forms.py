"""Office: the forms that are published, each version for good."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from sqlalchemy import select

from ..db import db
from ..models import Form
from ..permissions import Permission, requires
from ..queries import forms as queries
from . import when

blueprint = Blueprint("forms", __name__)


@blueprint.get("/office/forms")
@requires(Permission.OFFICE)
def index() -> Any:
    rows = db.session.scalars(select(Form).order_by(Form.title, Form.published_at.desc(), Form.id))
    forms = [
        {
            "title": row.title,
            "version": row.version,
            "status": row.status.capitalize(),
            "published": when.moment(row.published_at, year=True),
            "sha256": row.sha256[:16],
        }
        for row in rows
    ]
    awaited = [{"form": form, "work": _work(count)} for form, count in queries.awaited().items()]
    return render_template("office/forms/index.html", forms=forms, awaited=awaited)


def _work(count: int) -> str:
    return "1 assessment waits" if count == 1 else f"{count} assessments wait"
