"""Tablets, in the office: what each still holds, inviting one, naming one, clearing one, switching one off."""

from __future__ import annotations

from typing import Any

import segno
from flask import Blueprint, redirect, render_template, request

from .. import clock
from ..db import db
from ..models import Device, User
from ..permissions import Permission, get_actor, may, requires
from ..problems import CATALOGUE, Problem
from ..queries.reviews import names_of
from ..queries.tablets import copied, list_tablets
from ..services import clearing, devices, enrolment, users
from .tablets_presenter import row as _row
from .tablets_presenter import silent_words
from .users_presenter import text_field
from .when import moment

blueprint = Blueprint("devices", __name__)


@blueprint.get("/office/devices")
@requires(Permission.SEE_DEVICES)
def index() -> Any:
    manages = may(get_actor().role, Permission.MANAGE_DEVICES)
    staff = list(db.session.scalars(db.select(User).where(User.active).order_by(User.name))) if manages else []
    user = db.session.get_one(User, get_actor().user_id)
    tablets = list_tablets(user)
    names = names_of({device.clear_asked_by or "" for device in tablets})
    copies = copied()
    return render_template(
        "office/devices/index.html",
        rows=[_row(device, names.get(device.clear_asked_by or "", ""), copies.get(device.id)) for device in tablets],
        staff=staff,
        manages=manages,
        silent=silent_words(user),
        as_at=moment(clock.now()),
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


def _clear_page(device: Device, reason: str, errors: list[dict[str, str]]) -> str:
    return render_template("office/devices/clear.html", row=_row(device), reason=reason, errors=errors)


@blueprint.get("/office/devices/<device_id>/clear")
@requires(Permission.MANAGE_DEVICES)
def confirm_clearing(device_id: str) -> Any:
    return _clear_page(devices.get_device(device_id), "", [])


@blueprint.post("/office/devices/<device_id>/clear")
@requires(Permission.MANAGE_DEVICES)
def clear(device_id: str) -> Any:
    device, reason = devices.get_device(device_id), request.form.get("reason", "")
    try:
        clearing.order(device, reason, get_actor().user_id)
    except Problem as problem:
        errors = [{"href": "#reason", "text": CATALOGUE[problem.code]["do"]}]
        return _clear_page(device, reason, errors), problem.status
    return redirect("/office/devices", 303)


@blueprint.post("/office/devices/<device_id>/keep")
@requires(Permission.MANAGE_DEVICES)
def keep(device_id: str) -> Any:
    """The order to clear it is taken back."""
    clearing.take_back(devices.get_device(device_id))
    return redirect("/office/devices", 303)
