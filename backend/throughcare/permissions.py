"""Who may do what. Every route says it with `@requires(Permission.X)` or `@public("reason")`; a test walks the URL
map.

Which rows a person may see is another question, answered in queries/scope.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import wraps
from typing import Any

from flask import Flask, current_app, g

from .problems import Problem


class Role(StrEnum):
    CUSTODY_WORKER = "custody_worker"
    OUTREACH_WORKER = "outreach_worker"
    SUPERVISOR = "supervisor"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    OFFICE = "office"  # sign in to the office at all
    SYNC = "sync"  # push and pull with a device
    RECORD = "record"  # make and change people, episodes, contacts, assessments, alerts
    SEE_PEOPLE = "see_people"
    REVIEW = "review"  # return and approve submissions, decide amendments
    SETTLE = "settle"  # choose between two values
    SETTLE_SAFETY = "settle_safety"  # the same for a safety-flagged answer
    SEE_DEVICES = "see_devices"
    MANAGE_DEVICES = "manage_devices"
    MANAGE_USERS = "manage_users"
    MANAGE_FORMS = "manage_forms"  # bring forms in, publish and retire them
    EXPORT_ANSWERS = "export_answers"  # fetch what was handed in, of the suites that they may see


_FIELD = {Permission.OFFICE, Permission.SYNC, Permission.RECORD, Permission.SEE_PEOPLE, Permission.SETTLE}
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.CUSTODY_WORKER: frozenset(_FIELD),
    Role.OUTREACH_WORKER: frozenset(_FIELD),
    Role.SUPERVISOR: frozenset(
        _FIELD | {Permission.REVIEW, Permission.SETTLE_SAFETY, Permission.SEE_DEVICES, Permission.EXPORT_ANSWERS}
    ),
    Role.MANAGER: frozenset(
        {Permission.OFFICE, Permission.SEE_PEOPLE, Permission.SEE_DEVICES, Permission.EXPORT_ANSWERS}
    ),
    Role.ADMINISTRATOR: frozenset(
        {
            Permission.OFFICE,
            Permission.SEE_DEVICES,
            Permission.MANAGE_DEVICES,
            Permission.MANAGE_USERS,
            Permission.MANAGE_FORMS,
        }
    ),
}


def may(role: str, permission: Permission) -> bool:
    """Whether someone in this role holds this permission. An unknown role holds none."""
    return role in PERMISSIONS and permission in PERMISSIONS[Role(role)]


@dataclass(frozen=True)
class Actor:
    """Who acts in this request: a user, through a device (sync) or a session (office)."""

    user_id: str
    role: str
    device_id: str | None = None
    user: Any = field(default=None, compare=False, repr=False)
    device: Any = field(default=None, compare=False, repr=False)


def set_way_in(app: Flask, way: str, finder: Callable[[], Actor]) -> None:
    """Tell how a request shows who it is: way "session" or "device". `finder` raises a Problem when it does not."""
    app.extensions.setdefault("throughcare.ways_in", {})[way] = finder


def find_actor() -> Actor | None:
    """Who acts, once a route has checked it; nothing on public routes."""
    return g.get("actor")


def get_actor() -> Actor:
    actor = find_actor()
    if actor is None:
        raise LookupError("Nobody is signed in here: put @requires(Permission.X) on the route.")
    return actor


def requires(permission: Permission, *, way: str = "session") -> Callable[[Callable], Callable]:
    """The view runs only for someone who holds `permission`; they are `get_actor()` inside it."""

    def decorate(view: Callable) -> Callable:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            actor = current_app.extensions["throughcare.ways_in"][way]()
            g.actor = actor
            if not may(actor.role, permission):
                raise Problem("auth.not_permitted")
            return view(*args, **kwargs)

        guarded.access = permission  # type: ignore[attr-defined]
        return guarded

    return decorate


def public(reason: str) -> Callable[[Callable], Callable]:
    """The view is open to anyone, and here is why."""

    def decorate(view: Callable) -> Callable:
        @wraps(view)
        def opened(*args: Any, **kwargs: Any) -> Any:
            return view(*args, **kwargs)

        opened.access = reason  # type: ignore[attr-defined]
        return opened

    return decorate
