"""`run.py cli figures`: counts over what was handed in. Numbers only, never a person."""

from __future__ import annotations

import click

from . import deed


@click.group("figures", help="Counts over what was handed in.")
def command() -> None:
    pass


@command.command("asked")
@click.argument("form_url")
@click.argument("link_id")
def asked_command(form_url: str, link_id: str) -> None:
    """How many were asked LINK_ID of the form FORM_URL: answers and refusals, never "not asked" or empty."""
    from ..queries.asked import asked

    with deed() as session:
        found = asked(session, form_url, link_id)
    click.echo(
        f"asked {found.asked} of {found.open}: {found.answered} answered, {found.refused} refused; "
        f"{found.not_asked} not asked, {found.empty} empty, {found.unsettled} unsettled"
    )
