"""Stays that are changed, taken away as entered in error and brought back; and what must hold of them at the end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sim.engine import Violation
from throughcare.models import Conflict, Op, Record, RecordVersion

if TYPE_CHECKING:
    from sim.world import World

MARK = "entered_in_error"


def change(world: World, name: str) -> None:
    """One of the stays on this tablet gets another cell, is taken away, or is brought back."""
    here = [key for key, each in world.engine.do("look", name=name)["records"] if each["type"] == "custody_episode"]
    if not here:
        return
    # Often the one that somebody has just changed, else two would hardly ever meet.
    stay = world.met if world.met in here and world.rng.random() < 0.8 else world.rng.choice(sorted(here))
    world.met = stay
    shown = world.engine.do("read", name=name, type="custody_episode", id=stay)
    if shown is None:
        return
    gone = shown["body"].get(MARK)
    chosen: tuple[str, Any] = ("/cell", f"M{world.rng.randint(1, 3)}")
    if gone:
        chosen = (f"/{MARK}", None)
    elif world.rng.random() < 0.4:
        chosen = (
            f"/{MARK}",
            {"reason": "It is there twice", "by": world.tablets[name].user_id, "at": world.time(name)},
        )
    changes = [{"edit": "custody_episode", "id": stay, "set": [chosen]}]
    if world.engine.do("save", name=name, time=world.time(name), changes=changes) == "power":
        world.say(name, "save: power")
        world.watch.unsure(name)
        world.engine.do("crash", name=name)
        return
    world.say(name, "stay", stay, json.dumps(chosen, sort_keys=True))
    world.watch.taken_back(name, {stay}, world.engine.do("look", name=name))


def check(world: World) -> None:
    """Nothing went that whoever took it away had not seen, and no removal was dropped without a word."""
    ops = {each.id: each for each in world.service.all(Op) if each.type == "custody_episode"}
    versions = {(each.record_id, each.rev): each for each in world.service.all(RecordVersion)}
    asked = {each.record_id for each in world.service.all(Conflict) if each.path == f"/{MARK}"}
    stays = {each.id: each for each in world.service.all(Record) if each.type == "custody_episode"}
    for stay in stays.values():
        if stay.deleted != (MARK in stay.body):
            raise Violation(f"I7: {stay.id} is called {'gone' if stay.deleted else 'there'} and is not")
    for version in versions.values():
        op = ops.get(version.op_id)
        if op is None or MARK not in version.body or not _takes_away(op):
            continue
        saw = _seen(op, ops, versions)
        if saw is None or _without(saw) != _without(version.body):
            raise Violation(f"I4: {version.record_id} was taken away by {op.id} with what it had not seen")
    for op in ops.values():
        if op.state not in ("applied", "merged", "conflict") or not _takes_away(op):
            continue
        brought_back = any(
            each.record_id == op.record_id
            and [f"/{MARK}", None] in [[p, chosen] for p, _seen, chosen, _at in _set(each)]
            for each in ops.values()
        )
        if not stays[op.record_id].deleted and not brought_back and op.record_id not in asked:
            raise Violation(f"I3: the removal {op.id} of {op.record_id} was dropped, and nobody is asked")


def _set(op: Op) -> list[Any]:
    return json.loads(op.payload)["set"]


def _takes_away(op: Op) -> bool:
    return any(pointer == f"/{MARK}" and chosen for pointer, _seen, chosen, _at in _set(op))


def _seen(op: Op, ops: dict[str, Op], versions: dict[tuple[str, str], RecordVersion]) -> dict[str, Any] | None:
    """What its author had in front of them: the revision at the end of their chain of ops, and what they did to it."""
    base = json.loads(op.payload)["base"]
    if base is None:
        return {}
    if "rev" in base:
        found = versions.get((op.record_id, base["rev"]))
        return dict(found.body) if found else None
    before = ops.get(base["op"])
    body = _seen(before, ops, versions) if before else None
    if before is None or body is None:
        return None
    body |= json.loads(before.payload).get("body") or {}
    body |= {pointer[1:]: chosen for pointer, _was, chosen, _at in _set(before)}
    return body


def _without(body: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key not in (MARK, "safe_to_see") and value is not None}
