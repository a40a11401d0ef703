"""`run.py bench forms`: from an answer to its dependants, on the tablet's engine and on the server's, beside a naive full evaluation.

The tablet's engine runs in Node, the server's in quickjs. Forms: AUDIT (10 questions), and two that are made here after the public forms
with 142 items and with 808 items and 334 expressions. Every figure stands beside a calibration loop in the same run; no target fails a run.
The tablet's engine is measured twice: with a core to itself, and at a sixth of one (tests/bench/slow_core.py).
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "backend"), str(ROOT / "tests")]

from bench.slow_core import SHARE, sixth_of_a_core
from throughcare.forms import engine

CALCULATED = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression"
CONTEXT = {"now": "2026-11-22T02:10:00Z", "conflicts": {}}
TARGETS = {"AUDIT": 30.0, "142 items": 40.0, "808 items": None}
SLOW_TARGETS = {"AUDIT": 250.0, "142 items": 250.0, "808 items": None}
SERVER_TARGET = 5.0
ROUNDS = 60

Json = dict[str, Any]


def value_of(link_id: str) -> str:
    return f"%resource.repeat(item).where(linkId='{link_id}').answer.value"


def made(items: int, expressions: int) -> Json:
    """A form with so many items in groups of twenty; its sums read three answers each, and a last one reads other sums."""
    asked = items - expressions - -(-items // 20)
    questions = [{"linkId": f"q{at}", "type": "integer", "text": f"Question {at}"} for at in range(asked)]
    for at in range(5, asked, 7):
        questions[at]["enableWhen"] = [{"question": f"q{at - 1}", "operator": ">", "answerInteger": 2}]
    sums = []
    for at in range(expressions):
        read = [f"q{(at * 3 + step) % asked}" for step in range(3)] if at % 10 else [f"s{at - 1}", f"s{at - 2}", "q0"]
        read = [each for each in read if not each.startswith("s-")]
        sums.append(
            {
                "linkId": f"s{at}",
                "type": "integer",
                "readOnly": True,
                "extension": [
                    {
                        "url": CALCULATED,
                        "valueExpression": {
                            "language": "text/fhirpath",
                            "expression": f"({' | '.join(value_of(each) for each in read)}).sum()",
                        },
                    }
                ],
            }
        )
    every = [*questions, *sums]
    groups = [
        {"linkId": f"g{at}", "type": "group", "text": f"Group {at}", "item": every[at * 19 : at * 19 + 19]}
        for at in range(-(-len(every) // 19))
    ]
    return {
        "resourceType": "Questionnaire",
        "url": f"https://x.example/{items}",
        "version": "1",
        "item": [each for each in groups if each["item"]],
    }


def audit() -> tuple[Json, Json, list[Any]]:
    path = ROOT / "backend" / "throughcare" / "forms" / "definitions" / "audit.json"
    form = json.loads(path.read_text("utf-8"))
    codes = {
        item["linkId"]: [each["valueCoding"]["code"] for each in item["answerOption"]]
        for group in form["item"]
        for item in group.get("item") or [group]
        if item.get("answerOption")
    }
    answers = {link_id: each[1] for link_id, each in codes.items()}
    return form, answers, [[link_id, each[:3]] for link_id, each in codes.items()]


def cases() -> list[Json]:
    form, answers, changes = audit()
    found = [{"name": "AUDIT", "definition": form, "answers": answers, "changes": changes}]
    for items, expressions in ((142, 24), (808, 334)):
        form = made(items, expressions)
        asked = [each["linkId"] for group in form["item"] for each in group["item"] if each["linkId"].startswith("q")]
        found.append(
            {
                "name": f"{items} items",
                "definition": form,
                "answers": dict.fromkeys(asked, 3),
                "changes": [[link_id, [4, 5, 6]] for link_id in asked[:40]],
            }
        )
    return found


def told(name: str, values: list[float], target: float | None = None) -> None:
    middle = statistics.median(values)
    cuts = statistics.quantiles(values, n=20, method="inclusive")
    verdict = "" if target is None else f"   target {target:.0f}: {'met' if middle <= target else 'MISSED'}"
    mean = statistics.fmean(values)
    print(
        f"{name:56} n {len(values):3}  median {middle:8.2f}  mean {mean:8.2f}  p95 {cuts[-1]:8.2f}  max {max(values):8.2f} ms{verdict}"
    )


def device(found: list[Json], title: str, targets: dict[str, float | None]) -> None:
    script = Path(__file__).with_name("forms_device.mjs")
    done = subprocess.run(["node", str(script)], input=json.dumps(found), capture_output=True, text=True, check=True)
    result = json.loads(done.stdout)
    print(f"{title}; of one core it had {result['share']:.0%}")
    told("calibration: twenty million steps, before and after", result["calibration"])
    for each in result["measured"]:
        name = f"{each['name']} ({each['items']} items, {each['expressions']} rules)"
        told(f"{name}: answer to dependants", each["answer"], targets[each["name"]])
        told("  the same, naive: every rule", each["naive"])
        print(f"  rules run for one answer: {each['runs']} at most")


def server(found: list[Json]) -> None:
    print("The server's engine, in quickjs")
    told("calibration: five hundred thousand steps of Python", [calibrate() for _time in range(7)])
    for each in found:
        definition, answers = each["definition"], each["answers"]
        try:
            engine.SECONDS = 60.0
            engine.evaluate(definition, answers, CONTEXT)
            target = SERVER_TARGET if each["name"] == "AUDIT" else None
            told(f"{each['name']}: verified, one answer changed", changed(each), target)
            told("  the same, naive: every rule", naive(each))
        except engine.EngineError as error:
            print(f"{each['name']}: {error.kind}")


def changed(case: Json) -> list[float]:
    took = []
    for round_ in range(ROUNDS if case["name"] == "AUDIT" else 12):
        link_id, values = case["changes"][round_ % len(case["changes"])]
        answers = {**case["answers"], link_id: values[round_ // len(case["changes"]) % len(values)]}
        start = time.perf_counter()
        engine.evaluate(case["definition"], answers, CONTEXT)
        took.append((time.perf_counter() - start) * 1000)
    return took


def naive(case: Json) -> list[float]:
    took = []
    for _round in range(7 if case["name"] == "AUDIT" else 3):
        engine._context().call("forget", "{}", 60.0)
        start = time.perf_counter()
        engine.evaluate(case["definition"], case["answers"], CONTEXT)
        took.append((time.perf_counter() - start) * 1000)
    return took


def calibrate() -> float:
    start = time.perf_counter()
    x = 0
    for at in range(500_000):
        x = (x * 31 + at) & 0xFFFFFFFF
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    measured = cases()
    device(measured, "The tablet's engine, in Node", TARGETS)
    with sixth_of_a_core() as why_not:
        if why_not:
            print(f"At a sixth of a core: not measured, {why_not}")
        else:
            device(measured, f"The same beside {SHARE - 1} busy processes on its one processor", SLOW_TARGETS)
    server(measured)
