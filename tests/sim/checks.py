"""What must hold when every tablet has synced in peace."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from sim import stays
from sim.engine import Violation
from throughcare.db import db
from throughcare.models import Conflict, Op, Record, RecordScope, RecordVersion
from throughcare.sync import digests, upkeep

if TYPE_CHECKING:
    from sim.world import World

# What is held for a person, and not for something to arrive.
FOR_A_PERSON = {"record.recovered", "record.out_of_scope_now"}


def check(world: World) -> None:
    records = {each.id: each for each in world.service.all(Record)}
    # The service's own daily op is of no record and of no tablet.
    ops = {each.id: each for each in world.service.all(Op) if each.type != upkeep.KIND}
    places = {(each.record_id, each.path) for each in world.service.all(Conflict) if each.record_type == "person"}
    nothing_lost(world, records, ops)
    # A record whose making was given over when its suite went, and is not in the backup that the server was set back to, is
    # nowhere by the rules of scopes: what its author goes on to say of it, or puts under it, waits in their sight for nothing.
    given_over = {
        wire["record"] for key, wire in world.watch.given_over.items() if key not in ops and wire["base"] is None
    }
    for op in ops.values():
        for_nothing = op.waits_for in given_over - records.keys()
        if op.state == "held" and op.why not in FOR_A_PERSON and not for_nothing:
            raise Violation(f"I18: {op.id} still waits: {op.why}")
        if op.state == "rejected" and op.why == "op.failed":
            raise Violation(f"I18: the server failed at {op.id}")
    no_silent_overwrite(list(ops.values()), places)
    stays.check(world)
    the_servers_digest(world)
    for name in world.tablets:
        converged(world, name, records, set(ops))
    world.say("end", brief({key: each.body for key, each in sorted(records.items()) if each.type == "person"}))


def nothing_lost(world: World, records: dict[str, Any], ops: dict[str, Any]) -> None:
    """I3 and I13."""
    whole = {(each.record_id, json.loads(each.payload).get("recovered")) for each in ops.values()}
    # Another tablet's ops, sent again, may have made the very same revision (its hash is of what it says) in the meantime:
    # then it is here, and nobody has to send it.
    whole |= {(each.record_id, each.rev) for each in world.service.all(RecordVersion)}
    if let_go := world.watch.unseen - whole:
        raise Violation(f"I13: {sorted(let_go)} were on a tablet and nowhere else, and are nowhere")
    missing = set().union(*world.watch.must_arrive.values()) - ops.keys() - world.watch.given_over.keys()
    if missing:
        raise Violation(f"I13: {sorted(missing)} were kept by a tablet when the server was set back, and are nowhere")
    # What was given over to a suite's supervisors is on no tablet any more: the backup has it or nobody.
    lost_there = [wire for key, wire in world.watch.given_over.items() if key not in ops]
    for (record, field), values in world.saved.items():
        if any(wire["record"] == record for wire in lost_there):
            continue
        sent = _sent(ops.values(), record, field)
        lost = values - sent
        if record not in records:
            raise Violation(f"I3: {record} was saved and is nowhere")
        # Somebody who goes on typing before anything is sent replaces their own words, and nobody else's.
        if not sent or records[record].body.get(field[1:]) not in sent | {None}:
            raise Violation(f"I3: {field} of {record} was saved as {sorted(lost)} and is nowhere")


def no_silent_overwrite(ops: list[Any], places: set[tuple[str, str]]) -> None:
    """I4, I5: a change that did not see what stood is a conflict or was equal; what saw it never is."""
    bodies: dict[tuple[str, str], Any] = {}
    expected, made = set(), set()
    ops = sorted(ops, key=lambda each: each.arrival)
    for op in ops:
        wire = json.loads(op.payload)
        if op.type != "person" or op.state in ("held", "rejected"):
            continue
        changes = [[pointer, seen, chosen] for pointer, seen, chosen, _at in wire["set"]]
        if wire["base"] is None and op.record_id in made:
            # The service was set back, and somebody's copy of the whole came before its first op: that one saw nothing.
            whole = [[f"/{key}", None, value] for key, value in wire["body"].items()]
            changes = [] if wire.get("recovered") else [*whole, *changes]
        elif wire["base"] is None:
            made.add(op.record_id)
            bodies |= {(op.record_id, f"/{key}"): value for key, value in wire["body"].items()}
        for pointer, seen, chosen in changes:
            stands = bodies.get((op.record_id, pointer))
            if stands == seen:
                bodies[op.record_id, pointer] = chosen
            elif stands != chosen:
                expected.add((op.record_id, pointer))
    late = _overtaken(ops)
    expected = {place for place in expected if place[0] not in late}
    places = {place for place in places if place[0] not in late}
    if expected != places:
        raise Violation(f"I4/I5: conflicts at {sorted(places)}, expected at {sorted(expected)}")


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


def converged(world: World, name: str, records: dict[str, Any], ops: set[str]) -> None:
    """I1, I7, I8."""
    seen = world.engine.do("look", name=name)
    # What is chained on a refused op stays by design until a person has seen to that one.
    stuck = {each["op"]["op"] for each in seen["entries"] if each["state"] == "rejected"}
    waiting = []
    for each in seen["entries"]:
        op = each["op"]
        if (op["base"] or {}).get("op") in stuck:
            stuck.add(op["op"])
        elif each["state"] in ("waiting", "sending"):
            waiting.append(op["op"])
    if waiting:
        raise Violation(f"I7: tablet {name} still holds {waiting} after syncing in peace")
    if seen["unreadable"]:
        raise Violation(f"I8: tablet {name} never finished a purge")
    if made_up := set(seen["kept"]) - ops - world.watch.given_over.keys():
        raise Violation(f"I1: tablet {name} was told that {sorted(made_up)} were taken, and they are nowhere")
    here = dict(seen["records"])
    granted = {world.service.suite} if world.granted or name != "1" else set()
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


def _sent(ops: Any, record: str, field: str) -> set[Any]:
    values: set[Any] = set()
    for op in ops:
        if op.record_id != record:
            continue
        wire = json.loads(op.payload)
        values.add((wire.get("body") or {}).get(field[1:]))
        values.update(chosen for pointer, _seen, chosen, _at in wire["set"] if pointer == field)
    return values - {None}


def brief(answer: Any) -> str:
    """What a trace keeps of an answer: not the server's own random ids."""
    if isinstance(answer, dict) and "results" in answer:
        return " ".join(f"{each['op'][9:13]}={each['state']}" for each in answer["results"])
    if isinstance(answer, dict) and "cursor" in answer:
        return " ".join(sorted(each["id"] for each in answer["records"] if each["type"] == "person")) or "nothing"
    if isinstance(answer, dict) and "unseen" in answer:
        return f"{len(answer['records'])} differ, {len(answer['leaves'])} leave, {len(answer['unseen'])} unseen"
    return hashlib.sha256(json.dumps(answer, sort_keys=True).encode()).hexdigest()[:12]
