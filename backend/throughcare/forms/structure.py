"""What the merge must know about a form's questions: a plain reading of the definition, without the engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

OURS = "https://throughcare.example/StructureDefinition/"
HL7 = "http://hl7.org/fhir/StructureDefinition/"
SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/"
ABSENT_SYSTEM = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
ABSENT_CODES = ("asked-declined", "asked-unknown", "not-asked")


def questions(definition: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """{link_id: {"safety", "many", "exclusive": [codes], "options": [codes]}} of everything that can be answered, in document order.

    The three reasons for no answer are exclusive whether or not the form says so.
    """
    found: dict[str, dict[str, Any]] = {}
    for item in _items(definition.get("item") or []):
        if item.get("type") in ("group", "display") or not isinstance(item.get("linkId"), str):
            continue
        options = [each for each in _options(item, definition) if each[0]]
        found[item["linkId"]] = {
            "safety": _flag(item, OURS + "safety"),
            "many": item.get("repeats") is True and _is_choice(item, options),
            "exclusive": [code for code, exclusive in options if exclusive],
            "options": [code for code, _exclusive in options],
        }
    return found


def rows(definition: dict[str, Any]) -> frozenset[str]:
    """The link ids of the groups, and of the questions that are no choice, which may stand several times."""
    return frozenset(
        item["linkId"]
        for item in _items(definition.get("item") or [])
        if _repeats(item, definition) and item.get("linkId")
    )


def together(definition: dict[str, Any]) -> dict[str, frozenset[str]]:
    """{link_id of a group that is decided as one: the link ids under which its answers stand}; none for one that
    repeats, whose rows are decided one by one."""
    found: dict[str, frozenset[str]] = {}

    def walk(items: list[Any]) -> None:
        for item in items:
            if not isinstance(item, dict):
                continue
            inner = item.get("item") or []
            if item.get("type") != "group" or not _flag(item, OURS + "together"):
                walk(inner)
            elif _repeats(item, definition):
                found[item["linkId"]] = frozenset()
            else:
                found[item["linkId"]] = frozenset(_keys(inner, definition))

    walk(definition.get("item") or [])
    return found


def _keys(items: list[Any], definition: dict[str, Any]) -> Iterator[str]:
    """The keys that these items have in one map of answers; what is in a repeating group is below its own key."""
    for item in items:
        if not isinstance(item, dict):
            continue
        repeats = _repeats(item, definition)
        if item.get("type") not in ("group", "display") or repeats:
            yield item["linkId"]
        if item.get("type") != "group" or not repeats:
            yield from _keys(item.get("item") or [], definition)


def _repeats(item: dict[str, Any], definition: dict[str, Any]) -> bool:
    if item.get("repeats") is not True or item.get("type") == "display":
        return False
    return item.get("type") == "group" or not _is_choice(item, list(_options(item, definition)))


def _is_choice(item: dict[str, Any], options: list[tuple[str, bool]]) -> bool:
    """Whether its answers are codes; an open choice whose options are out of reach is a text."""
    worked_out = any(
        each.get("url") == SDC + "sdc-questionnaire-answerExpression" for each in item.get("extension") or []
    )
    return item.get("type") == "choice" or bool(options) or item.get("type") == "open-choice" and worked_out


def options_of(item: dict[str, Any], definition: dict[str, Any]) -> list[str]:
    """The codes of a question's options, in their order."""
    return [code for code, _exclusive in _options(item, definition)]


def _items(items: list[Any]) -> Iterator[dict[str, Any]]:
    for item in items:
        if isinstance(item, dict):
            yield item
            yield from _items(item.get("item") or [])


def _options(item: dict[str, Any], definition: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    for option in item.get("answerOption") or []:
        value = next((option[key] for key in option if key.startswith("value")), None)
        coding = value if isinstance(value, dict) else {"code": value}
        coding = coding if coding.get("code") else {**coding, "code": coding.get("display")}
        yield str(coding.get("code") or ""), _flag(option, HL7 + "questionnaire-optionExclusive") or _absent(coding)
    for coding in _contained(item.get("answerValueSet"), definition):
        yield str(coding.get("code") or ""), _absent(coding)


def _contained(reference: Any, definition: dict[str, Any]) -> list[dict[str, Any]]:
    if not isinstance(reference, str) or not reference.startswith("#"):
        return []
    for resource in definition.get("contained") or []:
        if resource.get("resourceType") == "ValueSet" and resource.get("id") == reference[1:]:
            expanded: list[dict[str, Any]] = (resource.get("expansion") or {}).get("contains") or []
            includes = (resource.get("compose") or {}).get("include") or []
            return expanded or [
                {**concept, "system": each.get("system")} for each in includes for concept in each.get("concept") or []
            ]
    return []


def _absent(coding: dict[str, Any]) -> bool:
    return coding.get("system") == ABSENT_SYSTEM and coding.get("code") in ABSENT_CODES


def _flag(element: dict[str, Any], url: str) -> bool:
    return any(each.get("url") == url and each.get("valueBoolean") is True for each in element.get("extension") or [])
