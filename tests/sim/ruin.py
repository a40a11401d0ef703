"""What nobody may do and what happens all the same: a tablet's disk that changes behind the program's back, and a server
that is set back to a backup, with the operator's command or without."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from throughcare import clock
from throughcare.db import db, transaction
from throughcare.models import SyncMeta
from throughcare.records.revision import sha256
from throughcare.sync import history

if TYPE_CHECKING:
    from sim.world import World

MOST_RESTORES = 2
# A tablet keeps what was answered for 35 days at most (docs/sync-protocol.md): a service set back further may lack it.
OLDEST_BACKUP = 30 * 24.0


class Ruin:
    def __init__(self, world: World) -> None:
        self.world = world
        self.backup: Path | None = None
        self.backed_up = 0.0
        self.restores = 0
        self.any = self.silent = False

    def disk(self, name: str) -> None:
        """A record's bytes vanish from the tablet, or turn into others."""
        rng = self.world.rng
        shown = self.world.engine.do("look", name=name)["records"]
        here = {key: each for key, each in shown if each["type"] == "person"}
        if not here:
            return
        record, flip = rng.choice(sorted(here)), rng.random() < 0.5
        self.world.engine.do("ruin", name=name, id=record, flip=flip)
        self.world.say(name, "disk:", record, "changed" if flip else "gone")
        self.world.watch.may_differ.add(name)
        number = here[record]["rev"].split("-")[0]
        self.world.watch.destroyed.add((name, record, f"{number}-{sha256(here[record]['body'])[:16]}"))
        self.any = True

    def server(self, _name: str) -> None:
        """A backup is made; it is verified, so that tablets let go; or the server is set back to it."""
        rng = self.world.rng
        if self.backup is None or rng.random() < 0.4 or self.world.hours - self.backed_up > OLDEST_BACKUP:
            self.back_up(verified=rng.random() < 0.5)
        elif self.restores < MOST_RESTORES:
            how = rng.choice(["command", "start", "silence"])
            # A tablet is not believed twice in a row that the service was set back.
            self.set_back("command" if how == "silence" and self.silent else how)

    def _path(self) -> Path:
        with self.world.service.app.app_context():
            return Path(str(db.engine.url.database))

    def back_up(self, *, verified: bool) -> None:
        backup = self._path().with_name("backup.sqlite3")
        backup.unlink(missing_ok=True)
        source, copy = sqlite3.connect(self._path()), sqlite3.connect(backup)
        source.backup(copy)
        source.close()
        copy.close()
        # An older backup than a verified one is never taken: tablets have let go of what that one has.
        self.backup, self.backed_up = backup, self.world.hours
        if verified:
            with self.world.service.app.app_context(), transaction() as session:
                meta = session.get_one(SyncMeta, 1)
                meta.durable_seq = meta.seq
        self.world.say("backup", "verified" if verified else "")

    def set_back(self, how: str) -> None:
        """To the last backup: by the operator's `command`, by a `start` that finds the witness ahead, or in `silence`."""
        world = self.world
        assert self.backup
        for name in world.tablets:
            seen = world.engine.do("look", name=name)
            waiting = [each["op"]["op"] for each in seen["entries"] if each["state"] in ("waiting", "sending")]
            world.watch.must_arrive.setdefault(name, set()).update(seen["verbatim"], waiting)
        self.silent |= how == "silence"
        path = self._path()
        with world.service.app.app_context():
            db.engine.dispose()
        for each in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
            each.unlink(missing_ok=True)
        path.write_bytes(self.backup.read_bytes())
        with world.service.app.app_context(), clock.standing_at(world.time()), transaction() as session:
            if how == "command":
                history.begin(session, "restore")
            elif how == "start":
                history.check_start(session, history.Witness(Path(world.service.app.config["WITNESS"])))
        world.say("server set back,", how)
        world.watch.may_differ |= set(world.tablets)
        self.restores += 1
        self.any = True
