"""`run.py bench faults --only power`: the power goes right after an answer, on a PostgreSQL that is set not to flush each
commit. The shipped service asks for the flush all the same; the control trusts the settings. (F5; I1)"""

from __future__ import annotations

import contextlib
import io
import tempfile
from pathlib import Path
from typing import Any

from faults_server import Pieces
from sqlalchemy import event

import databases
import factories
from fault.power import Cluster, cluster
from throughcare.db import db

PUSHES, CUTS = 12, 5


def power(log: Path | None, minutes: float) -> int:
    """Returns 1 when anything acknowledged is gone, or when the control loses nothing."""
    pieces = Pieces(log, minutes)
    told = [pieces.get(f"power {who} {CUTS}", _lost, who == "control") for who in ("shipped", "control")]
    if None in told:
        print("stopped; the same command with --log goes on from here")
        return 1
    shipped, control = (each["lost"] for each in told if each)
    print(f"{CUTS} power cuts: {shipped} acknowledged ops lost; a service that trusts the settings: {control}")
    return int(shipped > 0 or control == 0)


def _lost(trusting: bool) -> dict[str, Any]:
    """{acknowledged, lost}: of the ops whose answer came before a cut, those that the database then lacks."""
    acknowledged = lost = 0
    quiet = io.StringIO()
    with tempfile.TemporaryDirectory() as name, cluster(synchronous_commit="off") as made:
        with contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
            databases.migrate_postgres(Path(name), made.url)
            made.begin()
            sent, cuts = _push(made, Path(name), trusting)
        for number, (known, flushed) in enumerate(cuts):
            made.cut(f"cut-{number}", flushed)
            found = made.after(f"cut-{number}", "SELECT id FROM ops")
            acknowledged += known
            lost += sum(op not in found for op in sent[:known])
    return {"acknowledged": acknowledged, "lost": lost}


def _push(made: Cluster, folder: Path, trusting: bool) -> tuple[list[str], list[tuple[int, int]]]:
    """(the ops, [(how many were answered, the byte of the log flushed then)])"""
    app = databases.create_app(databases.settings(folder, made.url))
    if trusting:
        with app.app_context():
            event.listen(db.engine, "connect", _trust_the_settings)
    service = factories.Service(app)
    tablet = service.tablet(service.worker)
    sent: list[str] = []
    cuts: list[tuple[int, int]] = []
    for number in range(PUSHES):
        op = tablet.create("person", {"given_name": "Zebedee"})
        if tablet.push_one(op)["state"] != "applied":
            raise SystemExit("an op was not applied")
        sent.append(op["op"])
        if number >= PUSHES - CUTS:
            cuts.append((len(sent), made.flushed()))
    with app.app_context():
        db.engine.dispose()
    return sent, cuts


def _trust_the_settings(connection: Any, _record: object) -> None:
    connection.execute("RESET synchronous_commit")
    connection.commit()
