"""What the screens about users show: finished words, and the fields of their forms."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ..models import Device, Suite, User
from ..permissions import Permission, Role, may
from ..services.users import MANY_RECORDS, MOST_RECORDS
from .demo import ROLES

WORK = {
    Role.CUSTODY_WORKER: "Records on a tablet in custody",
    Role.OUTREACH_WORKER: "Records on a tablet in the community",
    Role.SUPERVISOR: "Reviews and approves, and records like a worker",
    Role.MANAGER: "Reads, in the office alone",
    Role.ADMINISTRATOR: "Users, tablets and forms; sees no person's record",
}


def role_words(role: str) -> str:
    return ROLES.get(role, role)


def row(user: User, suites: dict[str, str], tablets: int) -> dict[str, Any]:
    """One line of the list."""
    names = [suites[suite_id] for suite_id in user.suite_ids if suite_id in suites]
    return {
        "href": f"/office/users/{user.id}",
        "name": user.name,
        "email": user.email or "",
        "role": role_words(user.role),
        "suites": ", ".join(sorted(names)) or "No suite",
        "tablets": ("1 tablet" if tablets == 1 else f"{tablets} tablets") if tablets else "No tablet",
        "active": user.active,
    }


def role_field(chosen: str, error: str) -> dict[str, Any]:
    options = [
        {"code": role.value, "id": f"role-{role.value}", "text": f"{role_words(role)}: {WORK[role].lower()}", "whole": True,
         "quiet": False, "checked": role == chosen}
        for role in Role
    ]  # fmt: skip
    return {"name": "role", "id": "role", "label": "Role", "hint": "", "error": error, "optional": False,
            "layout": "one", "options": options}  # fmt: skip


def suite_options(suites: list[Suite], chosen: Collection[str]) -> list[dict[str, Any]]:
    return [
        {"code": suite.id, "id": f"suite-{suite.id}", "text": f"{suite.name} ({suite.short})", "whole": True,
         "quiet": False, "checked": suite.id in chosen}
        for suite in suites
    ]  # fmt: skip


def load_words(records: int) -> str:
    """What is said beside the suites of somebody whose tablet carries much; nothing below that."""
    if records < MANY_RECORDS:
        return ""
    return (
        f"Together {records:,} records on each of their tablets: from {MANY_RECORDS:,} on, lists and the first sync grow "
        f"slow; more than {MOST_RECORDS:,} are refused."
    )


def text_field(
    name: str, label: str, value: str, *, hint: str = "", error: str = "", optional: bool = False
) -> dict[str, Any]:
    return {"name": name, "id": name, "label": label, "hint": hint, "error": error, "optional": optional,
            "short": False, "type": "text", "mode": "", "value": value}  # fmt: skip


def person_of(user: User) -> dict[str, Any]:
    """The head of one user's page. `where` is what a link is opened on."""
    return {
        "id": user.id,
        "href": f"/office/users/{user.id}",
        "name": user.name,
        "email": user.email or "",
        "role": role_words(user.role),
        "active": user.active,
        "field": may(user.role, Permission.SYNC),
    }


def unsent_words(devices: list[Device]) -> str:
    """What would wait on this user's tablets, as those last said; nothing when they said nothing."""
    waiting = sum(device.waiting for device in devices)
    if not waiting:
        return ""
    return "1 change" if waiting == 1 else f"{waiting} changes"
