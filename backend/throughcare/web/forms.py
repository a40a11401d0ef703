"""Office: the forms that are published, each version for good; retiring one."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request
from sqlalchemy import select

from .. import clock
from ..db import db
from ..forms.publish import retire
from ..models import Form, User
from ..permissions import Permission, get_actor, may, requires
from ..problems import CATALOGUE, Problem
from ..queries import forms as queries
from . import forms_presenter as present

blueprint = Blueprint("forms", __name__)


@blueprint.get("/office/forms")
@requires(Permission.OFFICE)
def index() -> Any:
    rows = db.session.scalars(select(Form).order_by(Form.title, Form.published_at.desc(), Form.id))
    awaited = [{"form": form, "work": _work(count)} for form, count in queries.awaited().items()]
    role = get_actor().role
    return render_template(
        "office/forms/index.html",
        forms=[present.row(row) for row in rows],
        awaited=awaited,
        manages=may(role, Permission.MANAGE_FORMS),
        reads_answers=may(role, Permission.EXPORT_ANSWERS),
    )


def _work(count: int) -> str:
    return "1 assessment waits" if count == 1 else f"{count} assessments wait"


def get_form(form_id: Any) -> Form:
    """Raises page.not_found."""
    form = db.session.get(Form, str(form_id))
    if form is None:
        raise Problem("page.not_found")
    return form


def _version(form: Form) -> dict[str, Any]:
    by = db.session.get(User, form.retired_by) if form.retired_by else None
    return present.version(form, by.name if by else "the command line")


@blueprint.get("/office/forms/<uuid:form_id>")
@requires(Permission.OFFICE)
def show(form_id: Any) -> Any:
    form = get_form(form_id)
    return render_template(
        "office/forms/show.html",
        form=_version(form),
        others=[present.row(each) for each in queries.versions(form.url) if each.id != form.id],
        manages=may(get_actor().role, Permission.MANAGE_FORMS),
        done=request.args.get("done", ""),
    )


@blueprint.get("/office/forms/<uuid:form_id>/json")
@requires(Permission.OFFICE)
def definition(form_id: Any) -> Any:
    """The definition, as it was published."""
    form = get_form(form_id)
    text = json.dumps(form.definition, ensure_ascii=False, indent=1)
    headers = {"Content-Disposition": 'attachment; filename="questionnaire.json"'}
    return Response(text, mimetype="application/fhir+json", headers=headers)


@blueprint.get("/office/forms/<uuid:form_id>/retire")
@requires(Permission.MANAGE_FORMS)
def confirm(form_id: Any) -> Any:
    form = get_form(form_id)
    if form.retired_at is not None:
        raise Problem("form.retired")
    return _retire_page(form, "", ""), 200


@blueprint.post("/office/forms/<uuid:form_id>/retire")
@requires(Permission.MANAGE_FORMS)
def retire_version(form_id: Any) -> Any:
    form = get_form(form_id)
    reason = request.form.get("reason", "")
    try:
        retire(form, reason, get_actor().user_id)
    except Problem as problem:
        if problem.code != "form.no_reason":
            raise
        return _retire_page(form, reason, CATALOGUE[problem.code]["do"]), problem.status
    return redirect(f"/office/forms/{form.id}?done=retired", 303)


def _retire_page(form: Form, reason: str, error: str) -> str:
    others = [each for each in queries.versions(form.url) if each.id != form.id]
    return render_template(
        "office/forms/retire.html",
        form=_version(form),
        instead=present.offered_instead(others, clock.now()[:10]),
        drafts=queries.drafts(form),
        reason={"name": "reason", "id": "reason", "label": "Why is it offered no more?", "value": reason,
                "hint": "Kept with the form. Name nobody whom it was used with.", "error": error, "optional": False},
        errors=[{"href": "#reason", "text": error}] if error else [],
    )  # fmt: skip
