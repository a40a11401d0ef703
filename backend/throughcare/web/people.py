"""Office: find a person, read what belongs to them, put right who they are.

The search is posted, so that no name stands in an address, a history or a log.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request
from sqlalchemy import select

from .. import audit, clock
from ..db import db
from ..models import Person, Record, Suite, User
from ..permissions import Permission, may, requires
from ..problems import CATALOGUE, Problem
from ..queries import people as queries
from ..queries.reviews import names_of
from ..services import people as service
from . import people_presenter
from .reviews import reader
from .reviews_presenter import words_of
from .tablets_presenter import silent_words

blueprint = Blueprint("people", __name__)


def suite_names() -> dict[str, str]:
    return {row.id: row.name for row in db.session.execute(select(Suite.id, Suite.name))}


@blueprint.get("/office/people")
@requires(Permission.SEE_PEOPLE)
def index() -> Any:
    user = reader()
    # The first page of a manager, who may be the one to look for a tablet.
    silent = silent_words(user) if may(user.role, Permission.SEE_DEVICES) else ""
    return render_template(
        "office/people/index.html", text="", matches=[], more=False, searched=False, errors=[], silent=silent
    )


@blueprint.post("/office/people")
@requires(Permission.SEE_PEOPLE)
def search() -> Any:
    user, text = reader(), request.form.get("text", "").strip()[:200]
    if not text:
        errors = [{"href": "#text", "text": "Type a name, a date of birth or a custody number"}]
        return render_template(
            "office/people/index.html", text="", matches=[], more=False, searched=False, errors=errors
        ), 422
    people = queries.search(user, text)
    newest, suites, now = queries.episodes_of(user, people), suite_names(), clock.now()
    matches = [people_presenter.match(row, newest.get(row.id), suites, now) for row in people[: queries.MOST]]
    audit.deed("people.searched", found=len(matches))
    return render_template(
        "office/people/index.html",
        text=text,
        matches=matches,
        more=len(people) > queries.MOST,
        searched=True,
        errors=[],
    )


def _load(person_id: str) -> tuple[User, Person]:
    user = reader()
    person = queries.find(user, person_id)
    if person is None:
        raise Problem("page.not_found")
    return user, person


@blueprint.get("/office/people/<uuid:person_id>")
@requires(Permission.SEE_PEOPLE)
def show(person_id: Any) -> Any:
    user, person = _load(str(person_id))
    found = queries.file_of(user, person)
    names = names_of({row.author_id for row in found.assessments})
    page = people_presenter.file(found, suite_names(), names, clock.now(), may(user.role, Permission.SETTLE))
    return render_template(
        "office/people/show.html",
        file=page,
        may_edit=may(user.role, Permission.RECORD),
        saved=request.args.get("saved") == "yes",
    )


def _form(person: Person, status: int, typed: dict[str, str] | None, wrong: dict[str, str], **more: Any) -> Any:
    fields = people_presenter.edit_fields(person, typed, wrong)
    rev = (typed or {}).get("rev") or db.session.get_one(Record, person.id).rev
    context = {
        "who": people_presenter.identity(person, None, clock.now()),
        "fields": fields,
        "rev": rev,
        "href": f"/office/people/{person.id}",
        "errors": [{"href": f"#{name}", "text": text} for name, text in wrong.items()],
        "problem": None,
    }
    return render_template("office/people/edit.html", **{**context, **more}), status


@blueprint.get("/office/people/<uuid:person_id>/edit")
@requires(Permission.RECORD)
def edit(person_id: Any) -> Any:
    _user, person = _load(str(person_id))
    return _form(person, 200, None, {})


@blueprint.post("/office/people/<uuid:person_id>/edit")
@requires(Permission.RECORD)
def save(person_id: Any) -> Any:
    user, person = _load(str(person_id))
    typed = {name: value.strip() for name, value in request.form.items()}
    wrong = _wrong(typed)
    if wrong:
        return _form(person, 422, typed, wrong)
    changes = [
        (name, typed.get(f"seen_{name}") or None, typed.get(name) or None)
        for name, *_rest in people_presenter.FIELDS
        if (typed.get(f"seen_{name}") or "") != (typed.get(name) or "")
    ]
    refused = service.edit(user, person.id, typed.get("rev", ""), changes) if changes else None
    if refused:
        return _form(_load(str(person_id))[1], int(CATALOGUE[refused]["status"]), typed, {}, problem=words_of(refused))
    return redirect(f"/office/people/{person_id}?saved=yes", 303)


def _wrong(typed: dict[str, str]) -> dict[str, str]:
    wrong = {}
    if not typed.get("given_name") and not typed.get("family_name"):
        wrong["given_name"] = "Give a name, or the part of it that is known"
    born = typed.get("date_of_birth")
    if born:
        try:
            proper = date.fromisoformat(born).isoformat() == born and born <= clock.now()[:10]
        except ValueError:
            proper = False
        if not proper:
            wrong["date_of_birth"] = "Give a day in the past as year, month and day, such as 1984-06-21"
    for name, label, _hint, _optional in people_presenter.FIELDS:
        if len(typed.get(name) or "") > (100 if name == "phone" else 200):
            wrong[name] = f"Shorten: {label.lower()}"
    return wrong
