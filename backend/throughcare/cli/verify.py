"""`run.py cli verify FILE`: read a backup back, before tablets let go of what they keep for a restore."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask import Flask

from throughcare import create_app, db
from throughcare.cli import deed
from throughcare.cli.rebuild import check
from throughcare.services import backups


@contextmanager
def opened(copy: Path) -> Iterator[Flask]:
    """The working copy as a service's database, brought up to today's tables."""
    app = create_app({"DATA_DIR": str(copy.parent), "DATABASE_URL": f"sqlite:///{copy}", "SECRET_KEY": "0" * 32})
    try:
        with app.app_context():
            db.upgrade()
        yield app
    finally:
        with app.app_context():
            db.db.engine.dispose()


@click.command("verify", help="Read the backup FILE back, replay it and compare.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def command(file: Path) -> None:
    with deed(), backups.working_copy(file) as copy:
        with opened(copy) as app:
            _count, lines = check(app)
        found = backups.check_ops(copy)
        if lines:
            raise click.ClickException(
                f"Replaying its {found['ops']} ops makes {len(lines)} rows differently, the first: {lines[0]}. "
                "Tablets go on keeping what they have. See what the service says: run.py cli rebuild --check"
            )
        counts = backups.mark_durable(found)
    click.echo(f"{file}: whole. Its {found['ops']} ops, replayed, make the {found['records']} records that are in it.")
    if counts:
        click.echo(f"Tablets need not keep anything up to number {found['seq']} any more.")
    else:
        click.echo("It is not of this service's present history: tablets go on keeping what they have.")
