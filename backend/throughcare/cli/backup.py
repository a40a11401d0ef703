"""`run.py cli backup FILE`: everything that the service holds, in one new file."""

from __future__ import annotations

from pathlib import Path

import click

from throughcare.cli import deed
from throughcare.services import backups


@click.command("backup", help="Write everything to a new FILE. The service may go on meanwhile.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def command(file: Path) -> None:
    with deed():
        found = backups.make(file)
    click.echo(f"{file}: {found['ops']} ops, {found['records']} records, up to number {found['seq']}.")
    click.echo(f"Copy it to where it shall lie, and let that copy be read: run.py cli verify {file.name}")
