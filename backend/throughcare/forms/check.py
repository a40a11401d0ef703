"""Checking a form: the linter's findings, and whether the engine works it out in the time that it has.

Nothing here raises for what a file holds: whatever is wrong with it is a finding that names a linkId or a path.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..records.revision import canonical
from . import engine

NOW = {"now": "2026-01-01T00:00:00Z", "conflicts": {}}
# What makes a file no valid R4 Questionnaire: nothing that this service could or should support.
NOT_R4 = frozenset(
    {
        "not-a-questionnaire",
        "not-json",
        "not-storable",
        "not-r4-shape",
        "no-items",
        "missing-link-id",
        "duplicate-link-id",
        "missing-enable-behavior",
        "wrong-fhir-version",
        "flattened-dialect",
    }
)
# A first try reads every expression in; only a second one shows how long an answer takes.
TRIES = 2
SAMPLES: dict[str, Any] = {
    "boolean": True,
    "integer": 1,
    "decimal": "1.5",
    "date": "2026-01-01",
    "dateTime": "2026-01-01T00:00:00Z",
    "time": "12:00",
    "quantity": "1",
    "string": "a",
    "text": "a",
}


def check(definition: Any) -> list[dict[str, Any]]:
    """[{severity, code, linkId, path, feature, message, fix, row}] in document order; [] for a form without a flaw."""
    try:
        canonical(definition)
    except ValueError:
        message = "The form holds a sign or a number that cannot be kept, such as NUL or one beyond 2^53."
        return [_finding("not-storable", message, "Remove it.")]
    try:
        found = engine.findings(definition)
    except engine.EngineError as error:
        return [_stopped(error.kind)]
    if any(each["severity"] == "error" for each in found):
        return found
    return found + _tried(definition)


def check_file(path: Path) -> list[dict[str, Any]]:
    """The findings of a file, one that is no JSON included."""
    try:
        return check_text(path.read_text("utf-8"))[1]
    except (OSError, ValueError) as error:
        return [_not_json(error)]


def check_text(text: str) -> tuple[Any, list[dict[str, Any]]]:
    """(what the text says, the findings): nothing and the reason where it is no JSON or too large to be read."""
    if len(text) > engine.INPUT_CHARS:
        return None, [_stopped("too-large")]
    try:
        definition = json.loads(text)
        return definition, check(definition)
    except RecursionError:
        return None, [_stopped("too-large")]
    except ValueError as error:
        return None, [_not_json(error)]


def _not_json(error: Exception) -> dict[str, Any]:
    return _finding("not-json", f"This is not JSON: {error}.", "Hand over a FHIR R4 Questionnaire as JSON.")


def counted(found: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """How many files loaded clean, with warnings, or were refused; and why, by code: the number of files for each. `valid_r4` counts the files that are valid R4 Questionnaires, `valid_r4_loaded` those that load."""
    refused = {name: each for name, each in found.items() if _has(each, "error")}
    valid = [name for name, each in found.items() if not any(one["code"] in NOT_R4 for one in each)]
    warned = [name for name, each in found.items() if name not in refused and _has(each, "warning")]
    return {
        "files": len(found),
        "clean": len(found) - len(refused) - len(warned),
        "with_warnings": len(warned),
        "refused": len(refused),
        "valid_r4": len(valid),
        "valid_r4_loaded": len([name for name in valid if name not in refused]),
        "refused_by_code": _by_code(found.values(), "error"),
        "warnings_by_code": _by_code((each for name, each in found.items() if name not in refused), "warning"),
    }


def _by_code(files: Iterable[list[dict[str, Any]]], severity: str) -> dict[str, int]:
    codes: dict[str, int] = {}
    for each in files:
        for code in {one["code"] for one in each if one["severity"] == severity}:
            codes[code] = codes.get(code, 0) + 1
    return dict(sorted(codes.items(), key=lambda pair: (-pair[1], pair[0])))


def _has(found: list[dict[str, Any]], severity: str) -> bool:
    return any(each["severity"] == severity for each in found)


def _tried(definition: dict[str, Any]) -> list[dict[str, Any]]:
    try:
        for answers in ({}, sample(definition)):
            for _again in range(TRIES):
                engine.evaluate(definition, answers, NOW)
    except engine.EngineError as error:
        return [_stopped(error.kind)]
    return []


def sample(definition: dict[str, Any]) -> dict[str, Any]:
    """Something in every place of a form: the first option, a small number, one instance of what repeats."""
    return _sampled(definition.get("item") or [], definition)


def _sampled(items: list[dict[str, Any]], definition: dict[str, Any]) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for item in items:
        within = _sampled(item.get("item") or [], definition)
        if item["type"] == "group" and item.get("repeats") is True:
            answers[item["linkId"]] = {"sample": within, "_order": {"sample": 1}}
            continue
        answers.update(within)
        value = _one(item, definition)
        if value is not None:
            answers[item["linkId"]] = value
    return answers


def _one(item: dict[str, Any], definition: dict[str, Any]) -> Any:
    from .structure import options_of

    codes = [code for code in options_of(item, definition) if code]
    repeats = item.get("repeats") is True
    if codes:
        return {codes[0]: True} if repeats else codes[0]
    value = SAMPLES.get(item["type"])
    return {"sample": value, "_order": {"sample": 1}} if repeats and value is not None else value


def _stopped(kind: str) -> dict[str, Any]:
    if kind == "too-large":
        return _finding(
            "too-large", "The form holds more than 1 MB, or is nested too deep to read.", "Divide the form."
        )
    return _finding(
        "too-slow",
        "The form's rules take more time or memory than an answer has.",
        "Write its expressions more simply.",
    )


def _finding(code: str, message: str, fix: str) -> dict[str, Any]:
    return {
        "severity": "error",
        "code": code,
        "linkId": "",
        "path": "item",
        "feature": code,
        "message": message,
        "fix": fix,
        "row": "not FHIR R4" if code in NOT_R4 else "5.3 size and time",
    }
