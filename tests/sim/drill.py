"""The restore drill: many tablets work for some hours after a verified backup, the service is set back to it, and each
tablet syncs once. What any of them had an answer to, or still waited with, must be there then."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import databases
from sim.engine import SHIPPED
from sim.world import World
from throughcare.db import db
from throughcare.models import Op, Record

MINUTE = 1 / 60
WAYS = ("command", "start", "silence")


@dataclass(frozen=True)
class Drilled:
    """`gone`: changes that the backup did not have, `missing` those of them that are not there after one sync each;
    `answered` and `waiting` are how many of them the service had answered, and how many it had never heard of."""

    answered: int
    waiting: int
    gone: int
    missing: int
    records: int


def drill(template: Path, how: str, tablets: int, hours: int, source: Path = SHIPPED, seed: int = 1) -> Drilled:
    """Raises Violation where a sync in peace does not end, or shows anything that it must not."""
    with tempfile.TemporaryDirectory() as folder:
        app = databases.sqlite_app(template, Path(folder))
        try:
            return _drill(World(app, seed, tablets, source), how, hours)
        finally:
            with app.app_context():
                db.engine.dispose()


def _drill(world: World, how: str, hours: int) -> Drilled:
    names = sorted(world.tablets)
    for name in names:
        world.work.save(name)
        world.in_peace(name, MINUTE)
    world.ruin.back_up(verified=True)
    there = _ops(world)
    for _hour in range(hours):
        world.hours += 1 - len(names) // 4 * MINUTE
        for name in world.rng.sample(names, max(1, len(names) // 4)):
            world.work.save(name)
            if world.rng.random() < 0.8:
                world.in_peace(name, MINUTE)
    answered = _ops(world) - there
    world.ruin.set_back(how)
    kept = set().union(*world.watch.must_arrive.values()) - there
    for name in names:
        world.in_peace(name, MINUTE)
    missing = (kept | answered) - _ops(world)
    return Drilled(
        len(answered), len(kept - answered), len(kept | answered), len(missing), len(world.service.all(Record))
    )


def _ops(world: World) -> set[str]:
    """What came from tablets; the service's own daily op is made anew."""
    return {op.id for op in world.service.all(Op) if op.device_id}
