"""Office: a change that waits, as a supervisor reads it, and what they say about it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request

from ..db import db
from ..models import Device, Op, Record, User
from ..permissions import Permission, requires
from ..problems import CATALOGUE, Problem
from ..queries import held as queries
from ..queries.reviews import names_of
from ..services import held as service
from ..sync.decisions import APPLY, ASIDE, CHOICES, WAITING
from . import kept_presenter, when
from .reviews import reader
from .reviews_presenter import words_of

blueprint = Blueprint("held", __name__)
WAITS_FOR = {
    "op.waits_predecessor": "An earlier change of the same worker, which has not arrived. It may be on a tablet that is still to sync.",
    "record.missing": "The record that it changes, which has not arrived.",
    "record.parent_missing": "The person, stay or assessment that it belongs to, which has not arrived.",
    "form.not_published": "The form version that it was recorded with, which is not published here.",
}


def waiting_row(op: Op, user: User, names: dict[str, str]) -> dict[str, Any]:
    """One change that waits or waited. What it says is shown only where it is known to be of this user's suites."""
    row = kept_presenter.row(op, db.session.get(Record, op.record_id), user, names)
    device = db.session.get(Device, op.device_id or "")
    aside = (op.frozen or {}).get("aside")
    known = bool(set(queries.suites_it_names(op)).intersection(user.suite_ids))
    return {
        **row,
        "says": row["says"] if known else [],
        "hidden": not known,
        "href": f"/office/held/{op.id}",
        "tablet": device.name if device else "An office screen",
        "waits_for": WAITS_FOR.get(op.why or "", CATALOGUE[op.why or "op.put_aside"]["happened"]),
        "aside": {"reason": aside["reason"], "by": names.get(aside["by"], "Not known"), "at": when.moment(aside["at"])}
        if aside
        else None,
    }


def waiting_rows(user: User) -> list[dict[str, Any]]:
    ops = queries.list_waiting(user)
    names = names_of({op.user_id for op in ops})
    return [waiting_row(op, user, names) for op in ops]


def _load(op_id: str) -> tuple[User, Op]:
    user = reader()
    op = queries.find(user, op_id)
    if op is None:
        raise Problem("page.not_found")
    return user, op


def _page(user: User, op: Op, status: int = 200, **more: Any) -> Any:
    chosen = request.form.get("choice", "")
    words = {ASIDE: "Put it aside: it is kept for good, and waits no longer"}
    if service.may_apply(op):
        words = {
            APPLY: "Apply it without what it waits for: where it differs from what stands, both values are kept",
            **words,
        }
    names = names_of({op.user_id, ((op.frozen or {}).get("aside") or {}).get("by") or ""})
    context = {
        "row": waiting_row(op, user, names),
        "open": op.state == "held",
        "by_itself": op.state == "held" and op.why in WAITING,
        "after_days": op.why == "op.waits_predecessor",
        "options": [
            {
                "code": code,
                "id": f"choice-{code}",
                "text": text,
                "checked": chosen == code,
                "whole": False,
                "quiet": False,
            }
            for code, text in words.items()
        ],
        "reason": request.form.get("reason", "").strip(),
        "errors": [],
        "field_errors": {},
        "problem": None,
    }
    return render_template("office/held/show.html", **{**context, **more}), status


@blueprint.get("/office/held/<uuid:op_id>")
@requires(Permission.SETTLE_SAFETY)
def show(op_id: Any) -> Any:
    return _page(*_load(str(op_id)))


@blueprint.post("/office/held/<uuid:op_id>")
@requires(Permission.SETTLE_SAFETY)
def decide(op_id: Any) -> Any:
    user, op = _load(str(op_id))
    choice, reason = request.form.get("choice", ""), request.form.get("reason", "").strip()
    wrong = {}
    if choice not in CHOICES:
        wrong["choice"] = "Choose what becomes of it"
    if not reason:
        wrong["reason"] = "Give your reason"
    if wrong:
        errors = [
            {"href": f"#choice-{ASIDE}" if name == "choice" else f"#{name}", "text": text}
            for name, text in wrong.items()
        ]
        return _page(user, op, 422, errors=errors, field_errors=wrong)
    refused = service.decide(user, op.id, choice, reason)
    if refused:
        found = queries.find(reader(), str(op_id))
        if found is None:
            raise Problem(refused)
        return _page(reader(), found, int(CATALOGUE[refused]["status"]), problem=words_of(refused))
    return redirect("/office/conflicts" if choice == APPLY else f"/office/held/{op_id}", 303)
