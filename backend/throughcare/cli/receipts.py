"""`run.py cli receipts check`: what a tablet was told, against what the service holds."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from throughcare.cli import deed
from throughcare.queries import receipts

FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.group("receipts", help="What tablets were told.")
def command() -> None:
    pass


@command.command(
    "check", help="Compare a tablet's exported receipts with what the service holds. Exit 1 on a difference."
)
@click.argument("files", type=FILE, nargs=-1, required=True)
def check(files: tuple[Path, ...]) -> None:
    wrong = 0
    for file in files:
        exported = _read(file)
        with deed() as session:
            found = list(receipts.check(session, exported))
        for each in found:
            click.echo(f"{file.name}: op {each['op']}: {each['what']}")
        wrong += len(found)
        held = len(exported["receipts"]) - len({each["op"] for each in found})
        click.echo(f"{file.name}: {held} of {len(exported['receipts'])} receipts are held by the service.")
    sys.exit(1 if wrong else 0)


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text())
        if not isinstance(found["receipts"], list) or not all(isinstance(each, dict) for each in found["receipts"]):
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise click.ClickException(f"{file.name} is not a tablet's export of receipts.") from None
    return found
