"""Demo mode: sign in as anyone, without an authenticator, on this machine only."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, redirect, request

from ..db import db
from ..identity import sign_in
from ..models import User
from ..permissions import Permission, may, public
from ..problems import Problem
from ..services import users

blueprint = Blueprint("demo", __name__)
ROLES = {
    "custody_worker": "Custody worker",
    "outreach_worker": "Outreach worker",
    "supervisor": "Supervisor",
    "manager": "Manager",
    "administrator": "Administrator",
}
FIELD = ("custody_worker", "outreach_worker")


def people() -> dict[str, list[dict[str, str]]]:
    """{field: [...], office: [...]} of {id, name, role}; empty outside demo mode."""
    found: dict[str, list[dict[str, str]]] = {"field": [], "office": []}
    if not current_app.config["DEMO"]:
        return found
    order = list(ROLES)
    every = sorted(db.session.scalars(db.select(User).where(User.active)), key=lambda u: (order.index(u.role), u.name))
    for user in every:
        person = {"id": user.id, "name": user.name, "role": ROLES[user.role]}
        found["field" if user.role in FIELD else "office"].append(person)
    return found


@blueprint.post("/office/demo")
@public("Demo mode signs in without an authenticator, on this machine only.")
def enter() -> Any:
    if not current_app.config["DEMO"]:
        raise Problem("page.not_found")
    user = users.get_user(request.form.get("user_id", ""))
    if not may(user.role, Permission.OFFICE):
        raise Problem("auth.not_permitted")
    sign_in(user)
    return redirect("/office/", 303)
