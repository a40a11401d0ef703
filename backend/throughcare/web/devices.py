"""Tablets, in the office: what each still holds, inviting one, naming one, switching one off."""

from __future__ import annotations

from typing import Any

import segno
from flask import Blueprint, redirect, render_template, request

from .. import clock
from ..db import db
from ..models import Device, User
from ..permissions import Permission, get_actor, may, requires
from ..problems import CATALOGUE, Problem
from ..queries.tablets import list_tablets
from ..services import devices, enrolment, users
from .users_presenter import text_field
from .when import moment

blueprint = Blueprint("devices", __name__)


def _row(device: Device) -> dict[str, Any]:
    changes = "1 change" if device.waiting == 1 else f"{device.waiting} changes"
    # Before its first sync a tablet has said nothing, which is not the same as holding nothing.
    holds = "Nothing unsent, as it last said" if device.last_sync_at else "Not known: it has never synced"
    return {
        "id": device.id,
        "name": device.name,
        "user": device.user.name,
        "last_sync": moment(device.last_sync_at) if device.last_sync_at else "Never",
        "waiting": f"{changes} not sent yet, as it last said" if device.waiting else "",
        "holds": holds,
        "revoked": f"Switched off {moment(device.revoked_at)}" if device.revoked_at else "",
    }


@blueprint.get("/office/devices")
@requires(Permission.SEE_DEVICES)
def index() -> Any:
    manages = may(get_actor().role, Permission.MANAGE_DEVICES)
    staff = list(db.session.scalars(db.select(User).where(User.active).order_by(User.name))) if manages else []
    rows = [_row(device) for device in list_tablets(db.session.get_one(User, get_actor().user_id))]
    return render_template(
        "office/devices/index.html", rows=rows, staff=staff, manages=manages, as_at=moment(clock.now())
    )


@blueprint.post("/office/devices/invite")
@requires(Permission.MANAGE_DEVICES)
def invite() -> Any:
    user = users.get_user(request.form.get("user_id", ""))
    link = enrolment.link(enrolment.invite(user, get_actor().user_id))
    return render_template(
        "office/devices/invited.html",
        user=user,
        field=may(user.role, Permission.SYNC),
        link=link,
        picture=_picture(link) if enrolment.is_public() else "",
        minutes=enrolment.minutes(),
    )


def _picture(link: str) -> str:
    """A QR code. Drawn with presentation attributes only: the policy refuses style attributes."""
    code: str = segno.make(link, error="m").svg_inline(scale=5, svgclass="tc-qr", lineclass=None, omitsize=False)
    return code


def _name_page(device: Device, name: str, error: str) -> str:
    field = text_field(
        "name", "What it is called", name, hint="Such as the suite and a number on its back", error=error
    )
    errors = [{"href": "#name", "text": error}] if error else []
    return render_template("office/devices/name.html", row=_row(device), field=field, errors=errors)


@blueprint.get("/office/devices/<device_id>/name")
@requires(Permission.MANAGE_DEVICES)
def name(device_id: str) -> Any:
    device = devices.get_device(device_id)
    return _name_page(device, device.name, "")


@blueprint.post("/office/devices/<device_id>/name")
@requires(Permission.MANAGE_DEVICES)
def rename(device_id: str) -> Any:
    device, typed = devices.get_device(device_id), request.form.get("name", "")
    try:
        devices.rename(device, typed)
    except Problem as problem:
        return _name_page(device, typed, CATALOGUE[problem.code]["do"]), problem.status
    return redirect("/office/devices", 303)


def _revoke_page(device: Device, reason: str, errors: list[dict[str, str]]) -> str:
    shared = devices.others_with_its_passkey(device) > 0
    return render_template("office/devices/revoke.html", row=_row(device), shared=shared, reason=reason, errors=errors)


@blueprint.get("/office/devices/<device_id>/revoke")
@requires(Permission.MANAGE_DEVICES)
def confirm(device_id: str) -> Any:
    return _revoke_page(devices.get_device(device_id), "", [])


@blueprint.post("/office/devices/<device_id>/revoke")
@requires(Permission.MANAGE_DEVICES)
def revoke(device_id: str) -> Any:
    device, reason = devices.get_device(device_id), request.form.get("reason", "")
    try:
        devices.revoke(device, reason)
    except Problem as problem:
        errors = [{"href": "#reason", "text": CATALOGUE[problem.code]["do"]}]
        return _revoke_page(device, reason, errors), problem.status
    return redirect("/office/devices", 303)
