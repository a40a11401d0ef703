"""`run.py cli users`: who works here."""

from __future__ import annotations

import click

from throughcare.permissions import Role

from . import deed


@click.group("users", help="Who works here, in which role, and which suites they hold.")
def command() -> None:
    pass


@command.command("create")
@click.option("--name", required=True)
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--suite", "suites", multiple=True, help="Id, name or short name of a suite; may be given again.")
@click.option("--email")
def create(name: str, role: str, suites: tuple[str, ...], email: str | None) -> None:
    """Make a user known and print their id."""
    from throughcare.services import users

    with deed():
        click.echo(users.create(name, role, suites, email).id)


@command.command("list")
def list_() -> None:
    """Every user: id, state, role, name, suites."""
    from throughcare.models import User

    with deed() as session:
        for user in session.query(User).order_by(User.name):
            state = "on" if user.active else "off"
            click.echo(f"{user.id}  {state:3}  {user.role:15}  {user.name}  ({len(user.suite_ids)} suites)")


@command.command("role")
@click.argument("user")
@click.argument("role", type=click.Choice([role.value for role in Role]))
def role_(user: str, role: str) -> None:
    """Give USER (id, e-mail or exact name) another role, from their next request on."""
    from throughcare.services import users

    with deed():
        users.change_role(users.find_by_name(user), role, None)


@command.command("off")
@click.argument("user")
def off(user: str) -> None:
    """Switch USER off: they are signed out and their tablets refused from the next request on."""
    from throughcare.services import users

    with deed():
        users.deactivate(users.find_by_name(user), None)


@command.command("on")
@click.argument("user")
def on(user: str) -> None:
    """Let USER in again."""
    from throughcare.services import users

    with deed():
        users.reactivate(users.find_by_name(user))


@command.command("grant")
@click.argument("user")
@click.argument("suite")
def grant(user: str, suite: str) -> None:
    """Let USER (id, e-mail or exact name) hold the records of SUITE."""
    from throughcare.services import users

    with deed():
        users.grant(users.find_by_name(user), suite)


@command.command("revoke")
@click.argument("user")
@click.argument("suite")
def revoke(user: str, suite: str) -> None:
    """Take SUITE away from USER: its records leave their tablets with the next sync."""
    from throughcare.services import users

    with deed():
        users.revoke(users.find_by_name(user), suite)
