"""`run.py cli rebuild`: make everything derived again from the ops; with --check, only compare."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask import Flask
from sqlalchemy import create_engine, delete, update
from sqlalchemy.orm import Session

from throughcare import create_app, db
from throughcare.models import Op, SyncMeta, new_id
from throughcare.sync import documents, replay, work

SHOWN = 50


@contextmanager
def replayed(app: Flask) -> Iterator[tuple[Session, Session, int]]:
    """(the database, an empty one filled by replaying its ops, how many ops)."""
    with app.app_context(), db.snapshot() as ours, tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{Path(folder) / 'replay.sqlite3'}")
        try:
            db.Base.metadata.create_all(engine)
            with Session(engine) as scratch:
                replay.copy_inputs(ours, scratch)
                count = replay.replay(scratch, ours)
                scratch.flush()
                yield ours, scratch, count
        finally:
            engine.dispose()


def check(app: Flask) -> tuple[int, list[str]]:
    """(how many ops, where a replay differs from what stands)."""
    with replayed(app) as (ours, scratch, count):
        return count, replay.differences(ours, scratch)


def rebuild(app: Flask) -> tuple[int, int]:
    """Replace everything derived by its replay. Returns (ops, differences). Where a record changed its place or its
    revision, a new epoch tells every device to fetch everything again."""
    with app.app_context():
        count, found = check(app)
        with db.transaction() as session:
            meta = session.get_one(SyncMeta, 1)
            reached, epoch = meta.seq, meta.epoch
            work.open_whole(session)
            with db.snapshot() as before:
                documents.forget(session)
                session.execute(delete(Op))
                session.flush()
                session.expunge_all()
                replay.replay(session, before)
            moved = any(line.startswith(("records ", "record_scopes ")) for line in found)
            session.execute(update(SyncMeta).values(seq=reached, epoch=new_id() if moved else epoch))
        return count, len(found)


@click.command("rebuild", help="Make every record and read table again from what devices sent.")
@click.option(
    "--check",
    "only_check",
    is_flag=True,
    help="Change nothing: replay into an empty database and compare. Exit 1 on a difference.",
)
def command(only_check: bool) -> None:
    app = create_app()
    if not only_check:
        count, found = rebuild(app)
        click.echo(f"Rebuilt from {count} ops; {found} rows differed from what stood before.")
        return
    count, lines = check(app)
    for line in lines[:SHOWN]:
        click.echo(line)
    if lines:
        click.echo(f"{len(lines)} rows differ after replaying {count} ops.")
        sys.exit(1)
    click.echo(f"The same: {count} ops replayed into an empty database make identical records and read tables.")
