"""`python -m throughcare.cli.serve`, which `run.py` runs: migrate, add invented data once, say how to sign in, serve."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from throughcare import create_app, db
from throughcare.config import ConfigProblem
from throughcare.models import User
from throughcare.sync import history
from throughcare.sync.receive import do_upkeep

BLOCKING_THREADS = 4


def prepare(app: Flask) -> bool:
    """Bring the tables up to date and, in demo mode, fill an empty service. Returns whether anyone can sign in yet."""
    with app.app_context():
        db.upgrade()
        with db.transaction() as session:
            people = session.scalar(select(func.count()).select_from(User)) or 0
            if history.check_start(session, history.Witness(Path(app.config["WITNESS"]))):
                print("The database is older than what was answered from it: tablets will send again.", flush=True)
            do_upkeep(session)
    if app.config["DEMO"] and not people:
        from throughcare.demo import generate

        print("Adding invented data (once)", flush=True)
        generate.seed(app)
        return True
    return people > 0


def greeting(app: Flask, host: str, anyone: bool) -> str:
    """What the person at the terminal reads."""
    origin = app.config["PUBLIC_ORIGIN"]
    lines = ["", f"  Throughcare is at {origin}   (listening on {host}; Ctrl+C stops it)"]
    if app.config["DEMO"]:
        lines += [
            "  Everything in it is invented. Open the address and choose who to be: custody worker, outreach worker,",
            '  supervisor, manager or administrator. A tablet\'s passphrase is "demo demo demo".',
        ]
    elif anyone:
        lines += [f"  Office: {origin}/office, with your passkey. A tablet: an enrolment link from an administrator."]
    else:
        lines += [
            "  Nobody has an account yet. Make the first administrator and a link to sign in with, in another terminal:",
            '  python3 run.py cli users create --role administrator --name "Your Name"',
            '  python3 run.py cli devices enrol-link --user "Your Name"',
        ]
    return "\n".join([*lines, ""])


def answer(host: str, port: int, factory: str = "throughcare:create_app") -> None:
    """Serve until a signal says to end. `factory` makes the app, in a process of the server's own."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    Granian(
        factory,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=1,
        blocking_threads=BLOCKING_THREADS,
        log_access=False,
        log_level=LogLevels.warning,
    ).serve()


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, default=8000)
    options.add_argument("--only-migrate", action="store_true", help="bring the tables up to date and end")
    chosen = options.parse_args()
    try:
        app = create_app()
        anyone = prepare(app)
        if chosen.only_migrate:
            return 0
    except ConfigProblem as problem:
        print(problem, file=sys.stderr)
        return 1
    except OperationalError as problem:
        print(
            f"The database does not answer: {problem.orig.__class__.__name__}. Check --database-url.", file=sys.stderr
        )
        return 1
    with app.app_context():
        db.db.engine.dispose()  # The server's own processes open their own connections.
    print(greeting(app, f"{chosen.host}:{chosen.port}", anyone), flush=True)

    answer(chosen.host, chosen.port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
