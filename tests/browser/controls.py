"""A form with one question of each control, published for the tests alone."""

from __future__ import annotations

from typing import Any

ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
HL7 = "http://hl7.org/fhir/StructureDefinition/"
OURS = "https://throughcare.example/StructureDefinition/"
SYSTEM = "https://throughcare.example/CodeSystem/controls"
REASONS = [("asked-declined", "Declined to answer"), ("asked-unknown", "Could not answer"), ("not-asked", "Not asked")]


def _options(*codes: str, alone: str = "") -> list[dict[str, Any]]:
    own: list[dict[str, Any]] = [
        {"valueCoding": {"system": SYSTEM, "code": code.lower(), "display": code}} for code in codes
    ]
    for option in own:
        if option["valueCoding"]["code"] == alone:
            option["extension"] = [{"url": HL7 + "questionnaire-optionExclusive", "valueBoolean": True}]
    return own + [{"valueCoding": {"system": ABSENT, "code": code, "display": text}} for code, text in REASONS]


def _help(link_id: str, text: str) -> list[dict[str, Any]]:
    control = {"system": "http://hl7.org/fhir/questionnaire-item-control", "code": "help"}
    extension = {"url": HL7 + "questionnaire-itemControl", "valueCodeableConcept": {"coding": [control]}}
    return [{"linkId": f"{link_id}-help", "type": "display", "text": text, "extension": [extension]}]


def _typed(link_id: str, kind: str, text: str, *extensions: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    """A question that is typed, and its companion."""
    open_while = {"question": f"{link_id}-no-answer", "operator": "exists", "answerBoolean": False}
    item = {
        "linkId": link_id,
        "type": kind,
        "text": text,
        "required": True,
        "enableWhen": [open_while],
        "extension": list(extensions),
        **more,
    }
    companion = {"linkId": f"{link_id}-no-answer", "type": "choice", "text": text, "answerOption": _options()}
    return [item, companion]


CONTROLS: dict[str, Any] = {
    "resourceType": "Questionnaire",
    "url": "https://throughcare.example/Questionnaire/controls",
    "version": "1.0.0",
    "name": "Controls",
    "title": "Every control",
    "status": "active",
    "item": [
        {
            "linkId": "page",
            "type": "group",
            "text": "Every control",
            "item": [
                {"linkId": "told", "type": "display", "text": "Something to be told."},
                {
                    "linkId": "one",
                    "type": "choice",
                    "text": "Which one?",
                    "prefix": "A.",
                    "required": True,
                    "answerOption": _options("Red", "Green"),
                    "item": _help("one", "Only one of them."),
                },
                {
                    "linkId": "several",
                    "type": "choice",
                    "repeats": True,
                    "text": "Which ones?",
                    "required": True,
                    "answerOption": _options("North", "South", "None", alone="none"),
                },
                {"linkId": "yes", "type": "boolean", "text": "Is it so?"},
                *_typed(
                    "days",
                    "integer",
                    "On how many days?",
                    {"url": HL7 + "questionnaire-unit", "valueCoding": {"display": "days"}},
                    {"url": HL7 + "maxValue", "valueInteger": 28},
                    {"url": HL7 + "entryFormat", "valueString": "0 to 28"},
                    item=_help("days", "The last four weeks."),
                ),
                *_typed(
                    "units",
                    "decimal",
                    "How many units?",
                    {"url": HL7 + "questionnaire-unit", "valueCoding": {"display": "units"}},
                    {"url": OURS + "calculator", "valueCode": "alcohol-units"},
                ),
                *_typed("when", "date", "When was it?"),
                *_typed("who", "string", "Who was it?", maxLength=12),
                *_typed("words", "text", "In which words?", maxLength=40),
                {
                    "linkId": "later",
                    "type": "string",
                    "text": "Only after 28 days",
                    "enableWhen": [{"question": "days", "operator": "=", "answerInteger": 28}],
                },
            ],
        },
        {
            "linkId": "end",
            "type": "group",
            "text": "The end",
            "item": [
                {
                    "linkId": "done",
                    "type": "choice",
                    "text": "Done?",
                    "required": True,
                    "answerOption": _options("Yes"),
                }
            ],
        },
    ],
}


def _item(link_id: str, kind: str, text: str, *extensions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"linkId": link_id, "type": kind, "text": text, "extension": list(extensions), **more}


def _drop_down() -> dict[str, Any]:
    control = {"system": "http://hl7.org/fhir/questionnaire-item-control", "code": "drop-down"}
    return {"url": HL7 + "questionnaire-itemControl", "valueCodeableConcept": {"coding": [control]}}


def _when(link_id: str, code: str) -> dict[str, Any]:
    return {"question": link_id, "operator": "=", "answerCoding": {"system": SYSTEM, "code": code}}


NAMES = "%resource.repeat(item).where(linkId='names').answer.count()"


def _calculated(expression: str) -> dict[str, Any]:
    url = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression"
    return {"url": url, "valueExpression": {"language": "text/fhirpath", "expression": expression}}


def _unit(code: str) -> dict[str, Any]:
    return {"url": HL7 + "questionnaire-unitOption", "valueCoding": {"code": code, "display": code}}


# What public forms use besides: other words in a choice, moments, quantities, and groups that are filled in several times.
MORE: dict[str, Any] = {
    "resourceType": "Questionnaire",
    "url": "https://throughcare.example/Questionnaire/more-controls",
    "version": "1.0.0",
    "name": "MoreControls",
    "title": "More controls",
    "status": "active",
    "item": [
        {
            "linkId": "page",
            "type": "group",
            "text": "More controls",
            "item": [
                _item("heading", "group", "A heading", item=[_item("under", "string", "Under it")]),
                _item("open", "open-choice", "Which one?", answerOption=_options("Red", "Green")[:2]),
                _item("list", "choice", "Which town?", _drop_down(), answerOption=_options("Alder", "Birch", "Cedar")),
                _item("list-again", "string", "Why Birch?", enableWhen=[_when("list", "birch")]),
                _item("time", "time", "At what time?"),
                _item("moment", "dateTime", "When exactly?"),
                _item("dose", "quantity", "What dose?", _unit("mg"), _unit("ml")),
                _item("count", "integer", "How many names?", _calculated(NAMES), readOnly=True),
                _item("names", "string", "Name", repeats=True),
                _item(
                    "medicines",
                    "group",
                    "Medicine",
                    repeats=True,
                    item=[
                        _item("medicine", "string", "Which one?"),
                        _item("still", "choice", "Still taking it?", answerOption=_options("Yes", "No")[:2]),
                    ],
                ),
            ],
        }
    ],
}
