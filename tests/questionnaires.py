"""Public forms, answers that fit them, mutations of them, and the tablet's engine in Node beside the server's."""

from __future__ import annotations

import copy
import json
import os
import random
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from throughcare.forms import engine

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("THROUGHCARE_SHARED") or ROOT.parent / "shared")
FOLDER = SHARED / "questionnaires"
NOW = "2026-11-22T02:10:00Z"
CONTEXT = {"now": NOW, "conflicts": {}, "person": {"date_of_birth": "1990-02-03"}}
ABSENT = "the open forms are not here: set THROUGHCARE_SHARED to the folder that holds questionnaires/"
here = pytest.mark.skipif(not FOLDER.is_dir(), reason=ABSENT)

Json = dict[str, Any]
NODE = """
const source = require("node:fs").readFileSync(process.argv[1], "utf8");
require("node:vm").runInThisContext(source);
require("node:readline").createInterface({input: process.stdin}).on("line", (line) => {
  const {name, text} = JSON.parse(line);
  process.stdout.write(JSON.stringify(globalThis.formlogic.call(name, text)) + "\\n");
});
"""


def files() -> list[Path]:
    return [path for path in sorted(FOLDER.rglob("*.json")) if path.name != "MANIFEST.json"]


def forms() -> Iterator[tuple[str, Json]]:
    """Every Questionnaire of the folder, with a url and a version where it has none."""
    for path in files():
        form = json.loads(path.read_text("utf-8"))
        if isinstance(form, dict) and form.get("resourceType") == "Questionnaire":
            yield path.relative_to(FOLDER).as_posix(), {"url": f"https://x.example/{path.stem}", "version": "1", **form}


def refused(form: Any) -> list[Json]:
    return [each for each in engine.findings(form) if each["severity"] == "error"]


@contextmanager
def node() -> Iterator[Any]:
    """The server's bundle in Node, whose engine is a tablet's: call(name, arguments) -> text."""
    command = ["node", "-e", NODE, str(engine.BUNDLE)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8") as child:
        assert child.stdin
        assert child.stdout

        def call(name: str, arguments: Json) -> str:
            assert child.stdin
            assert child.stdout
            child.stdin.write(json.dumps({"name": name, "text": json.dumps(arguments, ensure_ascii=False)}) + "\n")
            child.stdin.flush()
            return str(json.loads(child.stdout.readline()))

        yield call
        child.stdin.close()


def quickjs(name: str, form: Json, arguments: Json, seconds: float = 20.0) -> str:
    """The same call in the server's own engine, as text. A context that is worn or new is given the form first."""
    key = engine.key_of(form)
    if key not in engine._context().forms:
        engine._call("load", {"key": key, "definition": form}, seconds)
        engine._context().forms.add(key)
    return engine._context().call(name, json.dumps({**arguments, "key": key}, ensure_ascii=False), seconds)


def answered(form: Json, chance: random.Random) -> Json:
    """Answers that a person could give: some of what is open is answered, in up to two instances of each repeating group."""
    answers: Json = engine.start(form, CONTEXT)["answers"]
    put_instances(form.get("item") or [], answers, chance)
    keys = {item["linkId"] for item in items_of(form)}
    for page in engine.questions(form, answers, CONTEXT):
        for question in page["questions"]:
            if question["control"] in ("display", "repeat") or question["read_only"] or chance.random() < 0.2:
                continue
            value = value_for(question, chance)
            if value is not None:
                put(answers, question["link_id"], value, keys)
    for _round in range(10):
        closed = engine.evaluate(form, answers, CONTEXT)["closed_answers"]
        if not closed:
            break
        for address in closed:
            put(answers, address, None, keys)
    return answers


def put_instances(items: list[Json], holder: Json, chance: random.Random) -> None:
    for item in items:
        if item["type"] == "group" and item.get("repeats") is True:
            ids = [f"instance-{number}" for number in range(1, chance.randint(0, 2) + 1)]
            if ids:
                held: Json = {"_order": {each: place for place, each in enumerate(ids, 1)}}
                holder[item["linkId"]] = held
                for each in ids:
                    held[each] = {}
                    put_instances(item.get("item") or [], held[each], chance)
        else:
            put_instances(item.get("item") or [], holder, chance)


def value_for(question: Json, chance: random.Random) -> Any:
    codes = [each["code"] for each in question["options"]]
    plain: Any = None
    match question["control"]:
        case "boolean":
            plain = chance.random() < 0.5
        case "radio":
            other = question["open"] and chance.random() < 0.3
            return {"_other": "own words, é 𝒳"} if other else chance.choice(codes) if codes else None
        case "check-box":
            chosen: Json = {code: True for code in codes if chance.random() < 0.4}
            return {**chosen, "_other": "own words"} if question["open"] and chance.random() < 0.3 else chosen or None
        case "integer":
            plain = chance.randint(-3, 300)
        case "decimal":
            plain = f"{chance.randint(-30, 3000) / 8:g}"
        case "quantity":
            unit = chance.choice(question["units"])["code"] if question["units"] else ""
            plain = f"{chance.randint(1, 900) / 4:g} {unit}".strip()
        case "date":
            plain = f"2026-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}"
        case "date-time":
            plain = f"2026-11-1{chance.randint(0, 9)}T23:4{chance.randint(0, 9)}:00+01:00"
        case "time":
            plain = f"1{chance.randint(0, 9)}:30:00"
        case _:
            plain = chance.choice(["a", "zwölf", "two words", "'quoted' \\ {x}", "2026"])
    return {"value-1": plain, "_order": {"value-1": 1}} if question["repeats"] == "value" else plain


def put(answers: Json, address: str, value: Any, keys: set[str]) -> None:
    parts = (
        [address] if address in keys else [each.replace("~1", "/").replace("~0", "~") for each in address.split("/")]
    )
    at = answers
    for part in parts[:-1]:
        at = at.setdefault(part, {})
    if value is None:
        at.pop(parts[-1], None)
    else:
        at[parts[-1]] = value


def items_of(form: Json) -> Iterator[Json]:
    def walk(items: list[Json]) -> Iterator[Json]:
        for item in items:
            yield item
            yield from walk(item.get("item") or [])

    yield from walk(form.get("item") or [])


def tidy(value: Any) -> Any:
    """Without empty maps, keys sorted: what two states have in common whatever order they were filled in."""
    if not isinstance(value, dict):
        return value
    inner = {key: tidy(each) for key, each in sorted(value.items())}
    return {key: each for key, each in inner.items() if each != {}}


ODD: list[Any] = [
    None,
    "",
    "x" * 5000,
    0,
    -1,
    1e308,
    True,
    [],
    {},
    [None],
    {"a": {"b": []}},
    "%resource.item",
    "__proto__",
    "<script>",
]
ODD_KEYS = [
    "__proto__",
    "constructor",
    "item",
    "linkId",
    "type",
    "extension",
    "enableWhen",
    "answerOption",
    "valueCoding",
    "url",
]


def mutated(form: Json, chance: random.Random) -> Any:
    """The form with one to four of its places changed into something else, taken away, doubled or put elsewhere."""
    out: Any = copy.deepcopy(form)
    for _change in range(chance.randint(1, 4)):
        places = list(_places(out))
        holder, key = chance.choice(places)
        match chance.randint(0, 5):
            case 0:
                holder[key] = copy.deepcopy(chance.choice(ODD))
            case 1:
                del holder[key]
            case 2:
                other, its = chance.choice(places)
                if its in other if isinstance(other, dict) else its < len(other):
                    holder[key] = copy.deepcopy(other[its])
            case 3 if isinstance(holder, list):
                holder.insert(key, copy.deepcopy(holder[key]))
            case 4 if isinstance(holder, dict):
                holder[chance.choice(ODD_KEYS)] = holder.pop(key)
            case _:
                value = holder[key]
                holder[key] = _scrambled(value, chance) if isinstance(value, str) else [value]
        if not isinstance(out, dict) or not out:
            break
    return out


def _scrambled(text: str, chance: random.Random) -> str:
    at = chance.randint(0, len(text))
    return (
        text[:at]
        + chance.choice(["(", "'", ")", ".repeat(item)", " and ", "%", "\\", "|", "é", "\x00", "$this", "[*"])
        + text[at:]
    )


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    pairs = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    for key, each in pairs:
        yield value, key
        yield from _places(each)
