"""`run.py cli devices`: tablets and the links that make them known."""

from __future__ import annotations

import json

import click

from . import deed


@click.group("devices", help="Tablets and scripts, and the one-time links that make tablets known.")
def command() -> None:
    pass


@command.command("enrol-link")
@click.option("--user", required=True, help="Id, e-mail or exact name.")
def enrol_link(user: str) -> None:
    """Print a one-time link, good for THROUGHCARE_ENROLMENT_MINUTES (30)."""
    from throughcare.services import enrolment, users

    with deed():
        click.echo(enrolment.link(enrolment.invite(users.find_by_name(user), None)))


@command.command("enrol")
@click.option("--api", is_flag=True, help="For a script: prints its credentials, this once.")
@click.option("--user", required=True, help="Id, e-mail or exact name: whose role and suites it has.")
@click.option("--name", required=True, help="What the office calls it.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
def enrol(api: bool, user: str, name: str, as_json: bool) -> None:
    """Make a script known that speaks the sync protocol (docs/sync-protocol.md). It is switched off like a tablet."""
    from throughcare.services import enrolment, users

    if not api:
        raise click.UsageError(
            "A tablet is made known in its browser, by `devices enrol-link`. For a script add --api."
        )
    with deed():
        made = enrolment.enrol_script(users.find_by_name(user), name)
    # After the commit: credentials that are printed hold.
    if as_json:
        click.echo(json.dumps(made))
    else:
        click.echo(f"Device: {made['device']['id']}\nToken:  {made['token']}\nThe token is shown this once.")


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
