"""Office: a proposed change to what was handed in, accepted or declined by someone who did not propose it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request

from .. import audit
from ..db import db
from ..models import Amendment, Record, User
from ..permissions import Permission, may, requires
from ..problems import CATALOGUE, Problem
from ..queries import reviews as queries
from ..services import reviews as service
from . import record_presenter, reviews_presenter, values, when
from .reviews import reader

blueprint = Blueprint("amendments", __name__)


def _load(amendment_id: str) -> tuple[User, Amendment]:
    user = reader()
    amendment = queries.find_amendment(user, amendment_id)
    if amendment is None:
        raise Problem("page.not_found")
    return user, amendment


def _page(user: User, amendment: Amendment, status: int = 200, **more: Any) -> Any:
    every = queries.revisions(user, amendment.assessment_id)
    row = next((one for one in every if one.number == amendment.number), None)
    if row is None:
        raise Problem("page.not_found")
    decided = amendment.decided or {}
    names = queries.names_of({amendment.by, decided.get("by") or ""})
    context = {
        "who": record_presenter.identity(row),
        "form_title": record_presenter.title_of(row),
        "amendment": {
            **reviews_presenter.amendment_line(amendment, names),
            "by_name": names.get(amendment.by, ""),
            "at": when.moment(amendment.at),
            "received": when.moment(amendment.received_at),
            "reason": amendment.reason or "",
            "number": amendment.number,
            "rows": [values.change(row.form, link_id, change) for link_id, change in amendment.changes.items()],
            "decided": f"{names.get(decided.get('by', ''), '')} · {when.moment(decided.get('at'))}" if decided else "",
            "decided_reason": decided.get("reason") or "",
            "state": amendment.state,
        },
        "amended": {"href": reviews_presenter.address(row), "number": row.number},
        "newest": {"href": reviews_presenter.address(every[-1]), "number": every[-1].number},
        "own": amendment.by == user.id,
        "open": amendment.state == "proposed" and amendment.by != user.id and may(user.role, Permission.REVIEW),
        "rev": db.session.get_one(Record, amendment.id).rev,
        "reason": request.form.get("reason", "").strip(),
        "errors": [],
        "problem": None,
    }
    return render_template("office/reviews/amendment.html", **{**context, **more}), status


@blueprint.get("/office/amendments/<uuid:amendment_id>")
@requires(Permission.SEE_PEOPLE)
def show(amendment_id: Any) -> Any:
    return _page(*_load(str(amendment_id)))


@blueprint.post("/office/amendments/<uuid:amendment_id>")
@requires(Permission.REVIEW)
def decide(amendment_id: Any) -> Any:
    user, amendment = _load(str(amendment_id))
    state = request.form.get("state")
    reason = request.form.get("reason", "").strip()
    if state not in ("accepted", "declined"):
        raise Problem("request.malformed")
    if not reason:
        return _page(user, amendment, 422, errors=[{"href": "#reason", "text": "Give your reason"}])
    refused = service.decide_amendment(user, amendment, request.form.get("rev", ""), state, reason)
    if refused:
        return _page(
            *_load(str(amendment_id)), int(CATALOGUE[refused]["status"]), problem=reviews_presenter.words_of(refused)
        )
    audit.deed(f"amendment.{state}", amendment.id)
    return redirect(f"/office/amendments/{amendment_id}", 303)
