"""Office: two dated statements side by side, and a named person's choice with a reason."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request

from .. import audit
from ..db import db
from ..models import Assessment, Conflict, CustodyEpisode, Person, Record, User
from ..permissions import Permission, requires
from ..problems import CATALOGUE, Problem
from ..queries import conflicts as queries
from ..queries.kept import list_kept
from ..queries.reviews import names_of
from ..queries.scope import find_visible
from ..services import conflicts as service
from . import kept_presenter, values, when
from .held import waiting_rows
from .people_presenter import identity
from .reviews import reader
from .reviews_presenter import words_of

blueprint = Blueprint("conflicts", __name__)
LABELS = {"theirs": "Statement A", "mine": "Statement B"}


def _form_of(conflict: Conflict, user: User) -> str | None:
    """The form whose words the values have; nothing for a person's or an episode's field."""
    assessment: Assessment | None = find_visible(Assessment, conflict.record_id, user)
    return assessment.form if assessment else None


def _statement(
    side: dict[str, Any], label: str, asked: dict[str, Any], users: dict[str, str], tablets: dict[str, str]
) -> dict[str, Any]:
    facts = [
        ("Said to", users.get(side.get("by") or "", "Not known")),
        ("Recorded", when.moment(side.get("at"))),
        ("Received", when.moment(side.get("received_at"))),
        ("On", tablets.get(side.get("device") or "", "An office screen")),
    ]
    return {
        "label": label,
        "mine": False,
        "value": values.of(side.get("value"), asked),
        "facts": [{"name": name, "text": text} for name, text in facts],
    }


@blueprint.get("/office/conflicts")
@requires(Permission.SETTLE)
def index() -> Any:
    user = reader()
    rows = []
    for conflict in queries.list_open(user):
        asked = values.asked(conflict, _form_of(conflict, user))
        person = find_visible(Person, conflict.person_id or "", user)
        rows.append(
            {
                "href": f"/office/conflicts/{conflict.id}",
                "name": identity(person, None, conflict.received_at)["name"] if person else "Person not in your suites",
                "question": asked["text"],
                "sides": [values.of(side.get("value"), asked) for side in (conflict.theirs, conflict.mine)],
                "received": when.moment(conflict.received_at),
                "safety": conflict.safety,
                "yours": queries.may_settle(user, conflict),
            }
        )
    return render_template("office/conflicts/index.html", rows=rows, waiting=waiting_rows(user), kept=_kept(user))


def _kept(user: User) -> list[dict[str, Any]]:
    """What came and was not applied, for the supervisors of its suites."""
    ops = list_kept(user)
    names = names_of({op.user_id for op in ops})
    return [kept_presenter.row(op, db.session.get(Record, op.record_id), user, names) for op in ops]


def _load(conflict_id: str) -> tuple[User, Conflict]:
    user = reader()
    conflict = queries.find(user, conflict_id)
    if conflict is None:
        raise Problem("page.not_found")
    return user, conflict


def _page(user: User, conflict: Conflict, status: int = 200, **more: Any) -> Any:
    asked = values.asked(conflict, _form_of(conflict, user))
    sides = {"theirs": conflict.theirs, "mine": conflict.mine}
    resolution = conflict.resolution or {}
    users = names_of({side.get("by") or "" for side in (*sides.values(), resolution)})
    tablets = queries.device_names([conflict])
    person = find_visible(Person, conflict.person_id or "", user)
    record = db.session.get_one(Record, conflict.record_id)
    episode = db.session.get(CustodyEpisode, record.episode_id or "")
    statements = [_statement(side, LABELS[name], asked, users, tablets) for name, side in sides.items()]
    # Values that changed since are read again before one of them is chosen.
    chosen = "" if more.get("problem") else request.form.get("choice", "")
    words = {
        name: f"{LABELS[name][-1]}: {statement['value']}" for name, statement in zip(sides, statements, strict=True)
    }
    # Of a row one side is that it is removed: there is no third way.
    third = {} if asked["row"] else {"neither": "Neither: it will be asked again"}
    options = [
        {"code": code, "id": f"choice-{code}", "text": text, "checked": chosen == code, "whole": False, "quiet": False}
        for code, text in {**words, **third}.items()
    ]
    context = {
        "who": identity(person, episode, conflict.received_at) if person else None,
        "question": asked["text"],
        "safety": conflict.safety,
        "statements": statements,
        "options": options,
        "reason": request.form.get("reason", "").strip(),
        "rev": db.session.get_one(Record, conflict.id).rev,
        "address": f"/office/conflicts/{conflict.id}",
        "open": conflict.state == "open" and queries.may_settle(user, conflict),
        "for_supervisor": conflict.state == "open" and not queries.may_settle(user, conflict),
        "settled": _settled(resolution, asked, users) if conflict.state == "resolved" else None,
        "field_errors": {},
        "errors": [],
        "problem": None,
    }
    return render_template("office/conflicts/show.html", **{**context, **more}), status


def _settled(resolution: dict[str, Any], asked: dict[str, Any], users: dict[str, str]) -> dict[str, str]:
    choice = str(resolution.get("choice"))
    chosen = (
        LABELS[choice] + ": " + values.of(resolution.get("value"), asked)
        if choice in LABELS
        else "Neither: to be asked again"
    )
    reason = str(resolution.get("reason") or "")
    return {
        "chosen": chosen,
        "reason": "Both values became the same." if reason == "same-value" else f"“{reason}”",
        "by": f"{users.get(resolution.get('by') or '', 'Not known')} · {when.moment(resolution.get('at'))}",
    }


@blueprint.get("/office/conflicts/<uuid:conflict_id>")
@requires(Permission.SETTLE)
def show(conflict_id: Any) -> Any:
    return _page(*_load(str(conflict_id)))


@blueprint.post("/office/conflicts/<uuid:conflict_id>")
@requires(Permission.SETTLE)
def settle(conflict_id: Any) -> Any:
    user, conflict = _load(str(conflict_id))
    choice, reason = request.form.get("choice", ""), request.form.get("reason", "").strip()
    wrong = {}
    if choice not in service.CHOICES:
        wrong["choice"] = "Choose which one stands now"
    if not reason:
        wrong["reason"] = "Give your reason"
    if wrong:
        errors = [
            {"href": "#choice-theirs" if name == "choice" else f"#{name}", "text": text} for name, text in wrong.items()
        ]
        return _page(user, conflict, 422, errors=errors, field_errors=wrong)
    refused = service.settle(user, conflict, choice, reason, request.form.get("rev", ""))
    if refused:
        return _page(*_load(str(conflict_id)), int(CATALOGUE[refused]["status"]), problem=words_of(refused))
    audit.deed("conflict.settled", conflict.id, choice=choice)
    return redirect(f"/office/conflicts/{conflict_id}", 303)
