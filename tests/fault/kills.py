"""A real server process under the load of several tablets, killed at random moments and started again. What was
acknowledged must be there, once. (F4; I1, I2, I20)"""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

from sqlalchemy import select

import databases
import factories
from browser.server import Server
from fault.clients import Client, Follower, compare
from throughcare.db import db, reading, upgrade
from throughcare.models import SyncMeta

CLIENTS = 4
LONGEST = 0.7  # seconds that the server lives under load


def run(url: str, folder: Path, kills: int, seed: int, factory: str | None = None, servers: int = 1) -> dict[str, Any]:
    """Counts of clients.compare, with {kills, epochs, same}; `url` is an empty database. `same`: a replay of the ops
    makes what stands. Of two `servers`, over which every request is spread, the first is killed."""
    chance = random.Random(seed)
    app = databases.create_app(databases.settings(folder, url))
    with app.app_context():
        upgrade()
    service = factories.Service(app)
    tablets = [service.tablet(service.worker) for _ in range(CLIENTS)]
    cases = [tablet.case() for tablet in tablets]
    running = [Server(folder, url, factory=factory) for _ in range(servers)]

    def port() -> int:
        return random.choice(running).port

    follower = Follower(service.tablet(service.colleague), port)
    clients = [
        Client(tablet, case, port, seed * 100 + number)
        for number, (tablet, case) in enumerate(zip(tablets, cases, strict=True))
    ]
    epochs = {_epoch(app)}
    try:
        for server in running:
            server.start()
        for thread in (follower, *clients):
            thread.start()
        for _ in range(kills):
            time.sleep(0.05 + chance.random() * LONGEST)
            running[0].kill()
            running[0].start()
            epochs.add(_epoch(app))
        for thread in (*clients, follower):
            thread.working.clear()
            thread.join(60)
            if thread.is_alive():
                raise RuntimeError("a tablet could not send or fetch what there was")
        counts = compare(app, clients, follower)
        same = "The same" in running[0].cli("rebuild", "--check") if factory is None else None
    finally:
        for server in running:
            server.kill()
        with app.app_context():
            db.engine.dispose()
    return {"kills": kills, **counts, "epochs": len(epochs), "same": same}


def _epoch(app: Any) -> str:
    with app.app_context(), reading():
        epoch = db.session.scalars(select(SyncMeta.epoch)).one()
        db.session.rollback()
    return epoch
