"""What was handed in, at the end of a history: each number once and frozen as it stood, approved only as it was read, and
what came later asked about and not laid over it."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from sim.engine import Violation
from throughcare.models import Amendment, RecordVersion, Submission

if TYPE_CHECKING:
    from sim.world import World

LATE = "assessment.late_answers"


def check(world: World, records: dict[str, Any], ops: dict[str, Any]) -> None:
    frozen = {(each.assessment_id, each.number): each for each in world.service.all(Submission)}
    made = {(each.op_id, each.record_id): each.body for each in world.service.all(RecordVersion)}
    asked = {each.id: each for each in world.service.all(Amendment)}
    for op in ops.values():
        if op.type != "assessment":
            continue
        chosen = {pointer: value for pointer, _seen, value, _at in json.loads(op.payload)["set"]}
        if op.why == LATE and str(uuid.uuid5(uuid.UUID(op.record_id), f"{op.id}/amendment")) not in asked:
            raise Violation(f"I3: {op.id} came after the handing in, and nobody is asked about it")
        # Somebody else may have handed in the same number before: then this op changed nothing.
        after = made.get((op.id, op.record_id))
        if after and chosen.get("/state") in ("submitted", "approved"):
            handed_in = chosen["/state"] == "submitted"
            number = after["submission"]["number"] if handed_in else chosen["/review"]["number"]
            row = frozen.get((op.record_id, number))
            if row is None or row.answers != after.get("answers", {}):
                raise Violation(f"I4: number {number} of {op.record_id} is not what {op.id} {chosen['/state']}")
    for (assessment, number), row in frozen.items():
        last = records[assessment].body["submission"]["number"]
        if row.state == "submitted" and number != last:
            raise Violation(f"I4: number {number} of {assessment} waits to be read, and {last} was handed in since")
