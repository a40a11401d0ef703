"""`run.py cli restore FILE`: put the service back to a backup, in a new epoch."""

from __future__ import annotations

from pathlib import Path

import click

from throughcare.cli import deed
from throughcare.cli.verify import opened
from throughcare.services import backups
from throughcare.sync import history


@click.command("restore", help="Put the service back to the backup FILE. Stop the service first.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--yes", is_flag=True, help="Do it: what was received since comes again from the tablets.")
def command(file: Path, yes: bool) -> None:
    with deed() as session, backups.working_copy(file) as copy:
        with opened(copy):
            found = backups.check_ops(copy)
        if not yes:
            seq = history.meta_of(session).seq
            click.echo(f"{file} holds {found['ops']} ops up to number {found['seq']}; the service is at {seq}.")
            click.echo("Nothing was changed. Stop the service, then say --yes.")
            return
        backups.put_back(copy)
    click.echo(f"Restored to number {found['seq']}, in a new epoch: each tablet sends again what it kept.")
