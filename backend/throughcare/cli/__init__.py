"""The command line: `run.py cli NAME ...`. Each module here holds one Click group or command named `command`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

import click
from sqlalchemy.orm import Session

MODULES = ("users", "devices", "forms", "figures", "rebuild", "backup", "verify", "restore", "receipts", "demo")


@contextmanager
def deed() -> Iterator[Session]:
    """One transaction in an app of its own, for a command. A refusal is told in its words, not as a fault."""
    from throughcare import create_app, db
    from throughcare.problems import Problem

    try:
        with create_app().app_context():
            try:
                with db.transaction() as session:
                    yield session
            finally:
                db.db.session.remove()
                db.db.engine.dispose()
    except Problem as problem:
        words = problem.words
        raise click.ClickException(f"{words['happened']} {words['safe']} {words['do']} ({problem.code})") from None


@click.group(help="Users, devices, forms, backups, and the records themselves.")
def cli() -> None:
    pass


def load() -> click.Group:
    """The group with every command in it."""
    for name in MODULES:
        cli.add_command(import_module(f"{__name__}.{name}").command)
    return cli
