"""`run.py cli devices`: tablets and the links that make them known."""

from __future__ import annotations

import click

from . import deed


@click.group("devices", help="Tablets, and the one-time links that make them known.")
def command() -> None:
    pass


@command.command("enrol-link")
@click.option("--user", required=True, help="Id, e-mail or exact name.")
def enrol_link(user: str) -> None:
    """Print a one-time link, good for THROUGHCARE_ENROLMENT_MINUTES (30)."""
    from throughcare.services import enrolment, users

    with deed():
        click.echo(enrolment.link(enrolment.invite(users.find_by_name(user), None)))


@command.command("list")
def list_() -> None:
    """Every tablet: id, state, waiting changes, name."""
    from throughcare.services import devices

    with deed():
        for device in devices.list_devices():
            state = "off" if device.revoked_at else "on"
            click.echo(f"{device.id}  {state:3}  {device.waiting:4} waiting  {device.name} ({device.user.name})")


@command.command("revoke")
@click.argument("device")
@click.option("--reason", required=True)
def revoke(device: str, reason: str) -> None:
    """Refuse DEVICE (its id) from its next request on."""
    from throughcare.services import devices

    with deed():
        devices.revoke(devices.get_device(device), reason)
