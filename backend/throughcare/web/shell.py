"""What stands around every office screen: the navigation with its counts, who is signed in."""

from __future__ import annotations

from typing import Any

from flask import current_app

from ..db import db
from ..models import User
from ..permissions import Permission, find_actor, may
from ..queries.reviews import navigation

PLACES = (
    ("reviews", "To review", "/office/reviews", Permission.REVIEW),
    ("conflicts", "Conflicts", "/office/conflicts", Permission.SETTLE),
    ("people", "People", "/office/people", Permission.SEE_PEOPLE),
    ("forms", "Forms", "/office/forms", Permission.OFFICE),
    ("tablets", "Tablets", "/office/devices", Permission.SEE_DEVICES),
    ("users", "Users", "/office/users", Permission.MANAGE_USERS),
)


def shell() -> dict[str, Any]:
    """{navigation [{name, text, href}], user_name, invented}; empty around a page nobody signed in for."""
    actor = find_actor()
    user = db.session.get(User, actor.user_id) if actor else None
    if user is None:
        return {"navigation": [], "user_name": "", "invented": bool(current_app.config.get("DEMO"))}
    counts = navigation(user)
    places = [
        {"name": name, "text": f"{text} ({counts[name]})" if name in counts else text, "href": href}
        for name, text, href, permission in PLACES
        if may(user.role, permission)
    ]
    return {"navigation": places, "user_name": user.name, "invented": bool(current_app.config.get("DEMO"))}
