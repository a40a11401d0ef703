"""Office: who works here, in which role and suites; letting somebody in, switching them off and on again.

The command line does the same through the same service (cli/users.py).
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request

from ..permissions import Permission, get_actor, requires
from ..problems import CATALOGUE, Problem
from ..queries import users as queries
from ..services import users
from . import users_presenter as present

blueprint = Blueprint("users", __name__)
LONGEST = {"name": 200, "email": 320}


@blueprint.get("/office/users")
@requires(Permission.MANAGE_USERS)
def index() -> Any:
    suites = {suite.id: suite.short for suite in queries.list_suites()}
    tablets = queries.tablets_by_user()
    rows = [present.row(user, suites, tablets.get(user.id, 0)) for user in queries.list_users()]
    return render_template("office/users/index.html", rows=rows)


@blueprint.get("/office/users/new")
@requires(Permission.MANAGE_USERS)
def new() -> Any:
    return _new_page({"name": "", "email": "", "role": "", "suites": []}, {}), 200


@blueprint.post("/office/users/new")
@requires(Permission.MANAGE_USERS)
def create() -> Any:
    typed: dict[str, Any] = {
        "name": request.form.get("name", "").strip(),
        "email": request.form.get("email", "").strip(),
        "role": request.form.get("role", ""),
        "suites": request.form.getlist("suites"),
    }
    wrong = _wrong(typed)
    if wrong:
        return _new_page(typed, wrong), 422
    try:
        user = users.create(typed["name"], typed["role"], typed["suites"], typed["email"] or None)
    except Problem as problem:
        if problem.code != "user.email_taken":
            raise
        return _new_page(typed, {"email": CATALOGUE[problem.code]["happened"]}), problem.status
    return redirect(f"/office/users/{user.id}?done=made", 303)


def _wrong(typed: dict[str, Any]) -> dict[str, str]:
    wrong = {}
    if not typed["name"]:
        wrong["name"] = "Give the name that colleagues know them by"
    if not typed["role"]:
        wrong["role"] = "Choose a role"
    for name, most in LONGEST.items():
        if len(typed[name]) > most:
            wrong[name] = f"Shorten it to {most} characters"
    if typed["email"] and "@" not in typed["email"]:
        wrong["email"] = "Give an e-mail address, or leave it out"
    return wrong


def _new_page(typed: dict[str, Any], wrong: dict[str, str]) -> str:
    return render_template(
        "office/users/new.html",
        name=present.text_field("name", "Name", typed["name"], error=wrong.get("name", "")),
        email=present.text_field("email", "E-mail", typed["email"], error=wrong.get("email", ""), optional=True),
        role=present.role_field(typed["role"], wrong.get("role", "")),
        suites=present.suite_options(queries.list_suites(), typed["suites"]),
        load="",
        errors=[{"href": f"#{name}", "text": text} for name, text in wrong.items()],
    )


@blueprint.get("/office/users/<uuid:user_id>")
@requires(Permission.MANAGE_USERS)
def show(user_id: Any) -> Any:
    user = users.get_user(str(user_id))
    return render_template(
        "office/users/show.html",
        who=present.person_of(user),
        is_me=user.id == get_actor().user_id,
        has_passkey=queries.has_passkey(user),
        tablets=[{"id": one.id, "name": one.name} for one in queries.tablets_of(user)],
        role=present.role_field(user.role, ""),
        suites=present.suite_options(queries.list_suites(), user.suite_ids),
        load=present.load_words(users.carried(user.suite_ids)),
        done=request.args.get("done", ""),
    )


@blueprint.post("/office/users/<uuid:user_id>")
@requires(Permission.MANAGE_USERS)
def save(user_id: Any) -> Any:
    user, by = users.get_user(str(user_id)), get_actor().user_id
    # One's own page has no roles to choose from; another's without one would be a page that we did not draw.
    role = request.form.get("role", user.role if user.id == by else "")
    users.change_role(user, role, by)
    users.set_suites(user, request.form.getlist("suites"))
    return redirect(f"/office/users/{user.id}?done=saved", 303)


@blueprint.get("/office/users/<uuid:user_id>/off")
@requires(Permission.MANAGE_USERS)
def confirm(user_id: Any) -> Any:
    user = users.get_user(str(user_id))
    unsent = present.unsent_words(queries.tablets_of(user))
    return render_template("office/users/off.html", who=present.person_of(user), unsent=unsent)


@blueprint.post("/office/users/<uuid:user_id>/off")
@requires(Permission.MANAGE_USERS)
def deactivate(user_id: Any) -> Any:
    user = users.get_user(str(user_id))
    users.deactivate(user, get_actor().user_id)
    return redirect(f"/office/users/{user.id}?done=off", 303)


@blueprint.post("/office/users/<uuid:user_id>/on")
@requires(Permission.MANAGE_USERS)
def reactivate(user_id: Any) -> Any:
    user = users.get_user(str(user_id))
    users.reactivate(user)
    return redirect(f"/office/users/{user.id}?done=on", 303)
