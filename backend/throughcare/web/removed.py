"""Office: what was taken away as added by mistake, by whom and why, and bringing it back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template

from .. import audit, clock
from ..db import db
from ..models import Record, User
from ..permissions import Permission, may, requires
from ..problems import CATALOGUE, Problem
from ..queries import removed as queries
from ..queries.reviews import names_of
from ..records.removal import MARK
from ..services.reviews import send
from . import when
from .kept_presenter import NOUNS
from .reviews import reader
from .reviews_presenter import words_of

blueprint = Blueprint("removed", __name__)


def _row(record: Record, names: dict[str, str]) -> dict[str, Any]:
    mark = record.body[MARK]
    person = record if record.type == "person" else db.session.get(Record, record.person_id or "")
    names_said = (person.body.get(name) for name in ("given_name", "family_name")) if person else ()
    arrived = record.body.get("arrived_at")
    return {
        "id": record.id,
        "what": NOUNS[record.type],
        "name": " ".join(filter(None, names_said)) or "Name not known",
        "more": " · ".join(
            filter(None, [record.body.get("custody_number"), arrived and f"arrived {when.moment(arrived)}"])
        ),
        "reason": mark["reason"],
        "by": names.get(mark["by"], "Not known"),
        "at": when.moment(mark.get("at") or record.updated_at),
    }


def _page(user: User, status: int = 200, **more: Any) -> Any:
    found = queries.list_removed(user)
    names = names_of({record.body[MARK]["by"] for record in found})
    rows = [_row(record, names) for record in found]
    context = {"rows": rows, "may_return": may(user.role, Permission.RECORD), "problem": None}
    return render_template("office/people/removed.html", **{**context, **more}), status


@blueprint.get("/office/people/removed")
@requires(Permission.SEE_PEOPLE)
def index() -> Any:
    return _page(reader())


@blueprint.post("/office/people/removed/<uuid:record_id>")
@requires(Permission.RECORD)
def bring_back(record_id: Any) -> Any:
    user = reader()
    record = queries.find(user, str(record_id))
    if record is None:
        raise Problem("page.not_found")
    refused = send(user, record.type, record.id, record.rev, [[f"/{MARK}", record.body[MARK], None, clock.now()]])
    if refused:
        return _page(user, int(CATALOGUE[refused]["status"]), problem=words_of(refused))
    audit.deed("record.brought_back", str(record_id))
    return redirect("/office/people/removed", 303)
