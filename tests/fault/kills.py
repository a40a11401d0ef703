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
from fault.clients import Client, compare
from fault.serving import QuickServer
from throughcare.db import db, reading, upgrade
from throughcare.models import SyncMeta

CLIENTS = 4
LONGEST = 0.7  # seconds that the server lives under load


def run(url: str, folder: Path, kills: int, seed: int, factory: str = "throughcare:create_app") -> dict[str, Any]:
    """Counts of clients.compare, with {kills, epochs, same}; `url` is an empty database. `same`: a replay of the ops
    makes what stands."""
    chance = random.Random(seed)
    app = databases.create_app(databases.settings(folder, url))
    with app.app_context():
        upgrade()
    service = factories.Service(app)
    tablets = [service.tablet(service.worker) for _ in range(CLIENTS)]
    cases = [tablet.case() for tablet in tablets]
    server = QuickServer(folder, url, factory)
    clients = [
        Client(tablet, case, lambda: server.port, seed * 100 + number)
        for number, (tablet, case) in enumerate(zip(tablets, cases, strict=True))
    ]
    epochs = {_epoch(app)}
    try:
        server.start()
        for client in clients:
            client.start()
        for _ in range(kills):
            time.sleep(0.05 + chance.random() * LONGEST)
            server.kill()
            server.start()
            epochs.add(_epoch(app))
        for client in clients:
            client.working.clear()
        for client in clients:
            client.join(60)
            if client.is_alive():
                raise RuntimeError("a client could not send what it had")
        counts = compare(app, clients)
        same = "The same" in server.cli("rebuild", "--check") if factory == "throughcare:create_app" else None
    finally:
        server.close()
        with app.app_context():
            db.engine.dispose()
    return {"kills": kills, **counts, "epochs": len(epochs), "same": same}


def _epoch(app: Any) -> str:
    with app.app_context(), reading():
        epoch = db.session.scalars(select(SyncMeta.epoch)).one()
        db.session.rollback()
    return epoch
