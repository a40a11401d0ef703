"""What the merge must know about a form's questions: a plain reading of the definition, without the engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

OURS = "https://throughcare.example/StructureDefinition/"
HL7 = "http://hl7.org/fhir/StructureDefinition/"
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
            "many": item.get("repeats") is True and (item.get("type") == "choice" or bool(options)),
            "exclusive": [code for code, exclusive in options if exclusive],
            "options": [code for code, _exclusive in options],
        }
    return found


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
