"""The published JSON Schemas of sync, as tests use them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from browser.server import HOME

FOLDER = HOME / "backend" / "throughcare" / "api" / "schemas"
CONDITIONS = ("if", "then", "else", "not")


def files() -> list[Path]:
    return sorted(FOLDER.glob("*.json"))


def strict(schema: Any) -> Any:
    """The same, with every key refused that it does not name: others must pass over what is new, we must write it down."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: value if key in CONDITIONS or key == "allOf" else strict(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and "type" in schema and schema.get("$comment") != "open":
        made.setdefault("additionalProperties", False)
    return made


@cache
def validator(name: str) -> Draft202012Validator:
    found = {file.name: strict(json.loads(file.read_text())) for file in files()}
    registry = Registry().with_resources((key, Resource.from_contents(value)) for key, value in found.items())
    return Draft202012Validator({"$ref": f"{name}.json"}, registry=registry)


def check_answer(path: str, status: int, answer: Any) -> None:
    """Raises jsonschema.ValidationError, with the place in the answer."""
    kind = path.rpartition("/")[2]
    validator(f"{kind}-answer" if status == 200 else "problem").validate(answer)
