"""What must hold when every tablet has synced in peace."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sim import handed_in, stays
from sim.engine import Violation
from sim.work import at
from throughcare.db import db
from throughcare.models import Conflict, Op, Record, RecordScope, RecordVersion
from throughcare.sync import digests, upkeep

if TYPE_CHECKING:
    from sim.world import World

# What is held for a person, and not for something to arrive.
FOR_A_PERSON = {"record.recovered", "record.out_of_scope_now", handed_in.LATE}
# Whose fields and answers are reckoned from the ops.
ANSWERED = ("person", "assessment")
# Judged by the table of an assessment's life, not merged.
LIFE = ("/taken_over", "/submission", "/review", "/state")


def check(world: World) -> None:
    records = {each.id: each for each in world.service.all(Record)}
    # The service's own daily op is of no record and of no tablet.
    ops = {each.id: each for each in world.service.all(Op) if each.type != upkeep.KIND}
    nowhere = never_made(world, records, ops)
    nothing_lost(world, records, ops, nowhere)
    for op in ops.values():
        for_nothing = op.record_id in nowhere or op.waits_for in nowhere
        # A conflict's id is made of the op that met another value. After a restore the ops come in another order, and it may not
        # come about again: then there is nothing to settle, and its author goes on seeing that it waits.
        gone = op.type == "conflict" and op.why == "record.missing" and world.ruin.restores
        if op.state == "held" and op.why not in FOR_A_PERSON and not gone and not for_nothing:
            raise Violation(f"I18: {op.id} still waits: {op.why}")
        if op.state == "rejected" and op.why == "op.failed":
            raise Violation(f"I18: the server failed at {op.id}")
    no_silent_overwrite(world, list(ops.values()), records)
    stays.check(world)
    handed_in.check(world, records, ops)
    the_servers_digest(world)
    for name in world.tablets:
        converged(world, name, records, ops)
    world.say("end", brief({key: each.body for key, each in sorted(records.items()) if each.type in ANSWERED}))


def never_made(world: World, records: dict[str, Any], ops: dict[str, Any]) -> set[str]:
    """Records that are nowhere by the rules of scopes: their making is kept for a suite's supervisors, or was given over to
    them when the suite went and is not in the backup that the server was set back to. What their author goes on to say of
    them, or puts under them, waits in the supervisors' sight for nothing."""
    making = {each.record_id: each for each in ops.values() if json.loads(each.payload)["base"] is None}
    nowhere = {
        wire["record"] for key, wire in world.watch.given_over.items() if key not in ops and wire["base"] is None
    }
    nowhere |= {record for record, op in making.items() if op.state == "held" and op.why in FOR_A_PERSON}
    nowhere -= records.keys()
    while more := {record for record, op in making.items() if op.state == "held" and op.waits_for in nowhere} - nowhere:
        nowhere |= more
    return nowhere


def nothing_lost(world: World, records: dict[str, Any], ops: dict[str, Any], nowhere: set[str]) -> None:
    """I3 and I13."""
    whole = {(each.record_id, json.loads(each.payload).get("recovered")) for each in ops.values()}
    # Another tablet's ops, sent again, may have made the very same revision (its hash is of what it says) in the meantime:
    # then it is here, and nobody has to send it.
    whole |= {(each.record_id, each.rev) for each in world.service.all(RecordVersion)}
    if let_go := world.watch.unseen - whole:
        raise Violation(f"I13: {sorted(let_go)} were on a tablet and nowhere else, and are nowhere")
    in_sight: dict[str, dict[str, Any]] = {}
    for name in world.tablets:
        in_sight |= stuck(world.engine.do("look", name=name))
    missing = set().union(*world.watch.must_arrive.values()) - ops.keys() - world.watch.given_over.keys()
    missing -= in_sight.keys()
    if missing:
        raise Violation(f"I13: {sorted(missing)} were kept by a tablet when the server was set back, and are nowhere")
    # What was given over to a suite's supervisors is on no tablet any more: the backup has it or nobody.
    lost_there = [wire for key, wire in world.watch.given_over.items() if key not in ops]
    wires = [json.loads(each.payload) for each in ops.values()]
    for (record, field), values in world.saved.items():
        if any(wire["record"] == record for wire in lost_there):
            continue
        sent = _sent(wires, record, field)
        lost = values - sent
        # What was made in a suite that had been taken away is kept word for word for its supervisors, and not applied.
        if record in nowhere and (sent or _sent(in_sight.values(), record, field)):
            continue
        if record not in records:
            raise Violation(f"I3: {record} was saved and is nowhere")
        # What is chained on a refused op is sent by nobody until whoever wrote it has seen to that.
        if not sent and _sent(in_sight.values(), record, field):
            continue
        # Somebody who goes on typing before anything is sent replaces their own words, and nobody else's.
        if not sent or at(records[record].body, field) not in sent | {None}:
            raise Violation(f"I3: {field} of {record} was saved as {sorted(lost)} and is nowhere")


def no_silent_overwrite(world: World, ops: list[Any], records: dict[str, Any]) -> None:
    """I4, I5: a change that did not see what stood is a conflict or was equal; what saw it never is. What stands at the end
    is what was taken so, or what a person settled."""
    conflicts = {
        each.id: (each.record_id, each.path) for each in world.service.all(Conflict) if each.record_type in ANSWERED
    }
    wrote = {(each.op_id, each.record_id): each.seq for each in world.service.all(RecordVersion)}
    bodies: dict[tuple[str, str], Any] = {}
    expected, made = set(), set()
    ops = sorted(ops, key=lambda each: each.arrival)
    for op in ops:
        wire = json.loads(op.payload)
        if op.state in ("held", "rejected"):
            continue
        if op.record_id in conflicts and (op.id, op.record_id) in wrote:
            bodies[conflicts[op.record_id]] = wire["set"][0][2]["value"]
        if op.type not in ANSWERED:
            continue
        changes = [[place, seen, chosen] for place, seen, chosen, _at in wire["set"] if place not in LIFE]
        if wire["base"] is None and op.record_id in made:
            # The service was set back, and somebody's copy of the whole came before its first op: that one saw nothing.
            whole = [[place, None, value] for place, value in _leaves(wire["body"])]
            changes = [] if wire.get("recovered") else [*whole, *changes]
        elif wire["base"] is None:
            made.add(op.record_id)
            bodies |= {(op.record_id, place): value for place, value in _leaves(wire["body"])}
        for pointer, seen, chosen in changes:
            stands = bodies.get((op.record_id, pointer))
            if stands == seen:
                bodies[op.record_id, pointer] = chosen
            elif stands != chosen:
                expected.add((op.record_id, pointer))
    late = _overtaken(ops) | _out_of_turn(ops, wrote, conflicts)
    expected = {place for place in expected if place[0] not in late}
    places = {place for place in conflicts.values() if place[0] not in late}
    if expected != places:
        raise Violation(f"I4/I5: conflicts at {sorted(places)}, expected at {sorted(expected)}")
    for (record, pointer), value in bodies.items():
        if record not in late and at(records[record].body, pointer) != value:
            raise Violation(f"I4: {pointer} of {record} is {at(records[record].body, pointer)}, and should be {value}")


def _leaves(body: dict[str, Any], above: str = "") -> list[tuple[str, Any]]:
    """(pointer, value) of every single value in a body."""
    found: list[tuple[str, Any]] = []
    for key, value in body.items():
        found += _leaves(value, f"{above}/{key}") if isinstance(value, dict) else [(f"{above}/{key}", value)]
    return [(place, value) for place, value in found if place not in LIFE]


def _out_of_turn(ops: list[Any], wrote: dict[tuple[str, str], int], conflicts: dict[str, tuple[str, str]]) -> set[str]:
    """Records in which an op had its effect after another one came: it was held until then, for a form or for a record of
    another kind. A settlement is an op of the record that it settles."""
    came: dict[str, list[Any]] = {}
    for op in ops:
        came.setdefault(conflicts.get(op.record_id, (op.record_id, ""))[0], []).append(op)
    late = set()
    for record, own in came.items():
        for op in own:
            done = wrote.get((op.id, op.record_id), op.arrival)
            if any(op.arrival < each.arrival < done for each in own):
                late.add(record)
    return late


def _overtaken(ops: list[Any]) -> set[str]:
    """Records of which an op came before the one it builds on, or before the record itself, or on a person of somebody
    else's before their first stay: it was held until then, so that order of arrival is not order of effect. `ops` in
    order of arrival."""
    arrival = {op.id: op.arrival for op in ops}
    bases = {op.id: json.loads(op.payload)["base"] for op in ops}
    made = {op.record_id: op.arrival for op in reversed(ops) if bases[op.id] is None}
    makers = {op.record_id: op.user_id for op in reversed(ops) if bases[op.id] is None}
    made_there = [op for op in reversed(ops) if bases[op.id] is None and op.state != "held"]
    stays = [op for op in made_there if op.type == "custody_episode"]
    first_stay = {json.loads(op.payload)["body"]["person_id"]: op.arrival for op in stays}
    late = set()
    for op in ops:
        before = [made.get(op.record_id)]
        if "op" in (bases[op.id] or {}):
            before.append(arrival.get(bases[op.id]["op"]))
        if op.type == "person" and makers.get(op.record_id) != op.user_id:
            before.append(first_stay.get(op.record_id))
        if any(each is None or each > op.arrival for each in before):
            late.add(op.record_id)
    return late


def the_servers_digest(world: World) -> None:
    with world.service.app.app_context():
        reckoned = digests.reckon(db.session())
        told = digests.of(db.session(), [world.service.suite])[world.service.suite]
    if reckoned.get(world.service.suite, (0, "0" * 16)) != (told["n"], told["x"]):
        raise Violation(f"I7: the server's digest says {told}, and its records {reckoned}")


def converged(world: World, name: str, records: dict[str, Any], ops: dict[str, Any]) -> None:
    """I1, I7, I8."""
    seen = world.engine.do("look", name=name)
    under_way = {each["op"]["op"] for each in seen["entries"] if each["state"] in ("waiting", "sending")}
    waiting = sorted(under_way - stuck(seen).keys())
    if waiting:
        raise Violation(f"I7: tablet {name} still holds {waiting} after syncing in peace")
    if seen["unreadable"]:
        raise Violation(f"I8: tablet {name} never finished a purge")
    if made_up := set(seen["kept"]) - ops.keys() - world.watch.given_over.keys():
        raise Violation(f"I1: tablet {name} was told that {sorted(made_up)} were taken, and they are nowhere")
    for key, op in world.engine.do("verbatim", name=name).items():
        if key in ops and json.loads(ops[key].payload) != op:
            raise Violation(f"I1: tablet {name} was told that {key} was taken, and the server has other words")
    here = dict(seen["records"])
    granted = {world.service.suite} if world.granted or world.users[name] != world.service.colleague else set()
    # What is closed for 28 days, such as a conflict that its sides settled by agreeing, is let go of by tablets.
    places = [each for each in world.service.all(RecordScope) if each.carried and not each.left]
    shown = {each.record_id for each in places if each.scope in granted}
    for key in shown:
        if key not in here:
            raise Violation(f"I7: tablet {name} lacks {records[key].type} {key}")
        if (here[key]["rev"], here[key]["body"]) != (records[key].rev, records[key].body):
            raise Violation(f"I7: tablet {name} has another {records[key].type} {key} than the server")
    for key in here.keys() - shown:
        # A person without a stay is in nobody's suite, and stays with the one who made them.
        if key not in records or here[key]["scopes"] or records[key].type != "person":
            raise Violation(f"I8: tablet {name} still holds {key}")
    if not seen["in_step"] or seen["out_of_step"]:
        raise Violation(f"I7: tablet {name} has the server's records and does not say so")


def _sent(wires: Iterable[dict[str, Any]], record: str, field: str) -> set[Any]:
    values: set[Any] = set()
    for wire in wires:
        if wire["record"] != record:
            continue
        values.add(at(wire.get("body"), field))
        values.update(chosen for pointer, _seen, chosen, _at in wire["set"] if pointer == field)
    return values - {None}


def stuck(seen: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What stands on a tablet until a person has seen to it, by op: what was refused, and what is chained on that."""
    found: dict[str, dict[str, Any]] = {}
    for each in seen["entries"]:
        op = each["op"]
        if each["state"] == "rejected" or (op["base"] or {}).get("op") in found:
            found[op["op"]] = op
    return found


def brief(answer: Any) -> str:
    """What a trace keeps of an answer: not the server's own random ids."""
    if isinstance(answer, dict) and "results" in answer:
        return " ".join(f"{each['op'][9:13]}={each['state']}" for each in answer["results"])
    if isinstance(answer, dict) and "cursor" in answer:
        return " ".join(sorted(each["id"] for each in answer["records"] if each["type"] == "person")) or "nothing"
    if isinstance(answer, dict) and "unseen" in answer:
        return f"{len(answer['records'])} differ, {len(answer['leaves'])} leave, {len(answer['unseen'])} unseen"
    return hashlib.sha256(json.dumps(answer, sort_keys=True).encode()).hexdigest()[:12]
