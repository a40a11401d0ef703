"""The service's own forms: what they hold, where it comes from, and the gates that the law and safety put into them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from throughcare.forms import engine, structure

DEFINITIONS = Path(engine.__file__).parent / "definitions"
FORMS = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(DEFINITIONS.glob("*.json"))}
NOW = {"now": "2026-11-22T02:10:00Z"}
OURS, HL7 = structure.OURS, structure.HL7
CALCULATED = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression"
ABSENT = set(structure.ABSENT_CODES)
# The first three were published before forms carried their period; a published version never changes.
PUBLISHED_EARLIER = {"first-contact", "audit", "sds"}
# A gate, a fact that the worker sets, or a detail of something that was just said to have been done: rule 2 leaves these out.
ALWAYS_KNOWN = {
    "basis", "drug", "gate-cleared", "gate-age", "gate-presentation", "gate-support", "take-part", "audit-rest",
    "naloxone-worker-trained", "naloxone-type", "naloxone-quantity", "naloxone-batch", "naloxone-expiry", "naloxone-person-trained",
    "nhs-number", "age-checked", "disputed", "which", "attended", "police-told", "police-told-who", "police-told-on", "police-told-at",
    "moved-on", "moved-at", "moved-place", "moved-notice", "follow-up", "told-not-needed", "follow-up-at", "follow-up-place",
    "told-in-words", "notice-given", "follow-up-on",
}  # fmt: skip


def items(definition: dict[str, Any]) -> Iterator[dict[str, Any]]:
    def walk(some: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for item in some:
            yield item
            yield from walk(item.get("item", []))

    return walk(definition["item"])


def extensions(element: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [each for each in element.get("extension", []) if each["url"] == name]


def told(extension: dict[str, Any], name: str) -> str:
    part = next((each for each in extension["extension"] if each["url"] == name), {})
    return str(next((value for key, value in part.items() if key != "url"), ""))


def asked(definition: dict[str, Any]) -> list[dict[str, Any]]:
    """What a person answers, companions left out."""
    return [
        item
        for item in items(definition)
        if item["type"] not in ("group", "display") and not extensions(item, CALCULATED) and not item["linkId"].endswith("-no-answer")
        and not extensions(item, HL7 + "questionnaire-hidden")
    ]  # fmt: skip


def evaluate(name: str, **answers: Any) -> dict[str, Any]:
    return engine.evaluate(FORMS[name], {key.replace("_", "-"): value for key, value in answers.items()}, NOW)


@pytest.mark.parametrize("name", sorted(FORMS))
def test_every_form_passes_its_own_linter_and_says_where_it_comes_from(name: str) -> None:
    form = FORMS[name]
    assert engine.findings(form) == []
    assert form["description"]
    if name not in PUBLISHED_EARLIER:
        assert form["effectivePeriod"]["start"] == "2026-11-22"
        assert len(form["purpose"]) > 80, "its sources stand in it"
    for alert in extensions(form, OURS + "alert"):
        assert all(told(alert, part) for part in ("id", "kind", "due", "text", "standing", "source"))
        assert "unverified" in told(alert, "standing") or "cited" in told(alert, "standing")
    for score in extensions(form, OURS + "score"):
        assert told(score, "source")
        assert told(score, "note")


@pytest.mark.parametrize("name", sorted(FORMS))
def test_every_rule_gives_an_answer_on_the_empty_form(name: str) -> None:
    empty = evaluate(name)
    assert (empty["errors"], empty["alerts"]) == ([], [])
    assert all(score["total"] is None and score["band"] is None for score in empty["scores"])


@pytest.mark.parametrize("name", sorted(FORMS))
def test_every_question_can_be_declined_left_unknown_or_not_asked(name: str) -> None:
    form = FORMS[name]
    offered = structure.questions(form)
    for item in asked(form):
        link_id = item["linkId"]
        own, companion = offered[link_id]["options"], offered.get(f"{link_id}-no-answer", {}).get("options", [])
        assert set(own) >= ABSENT or set(companion) == ABSENT or link_id in ALWAYS_KNOWN, link_id


def test_the_full_assessment_holds_the_whole_first_contact_marked_as_its_minimum() -> None:
    short, full = FORMS["first-contact"], FORMS["arrest-referral"]
    of_full = {item["linkId"]: item for item in items(full)}
    minimum = [item["linkId"] for item in asked(full) if extensions(item, OURS + "minimum")]
    assert sorted(minimum) == sorted(item["linkId"] for item in asked(short))
    assert len(minimum) == 25
    for item in asked(short):
        assert of_full[item["linkId"]] == item, "the same question, so that its answer can be shown as given"
    assert full["extension"][: len(short["extension"])] == short["extension"], "the same alerts and constraint"


def test_the_full_assessment_has_every_block() -> None:
    groups = {group["linkId"] for group in FORMS["arrest-referral"]["item"]}
    assert groups >= {
        "gate", "talk", "safety", "reach", "about-you", "information", "opioids", "risk", "alcohol", "drugs", "main", "second",
        "third", "treatment-more", "health", "home-and-work", "children", "judgement", "offending", "goals", "brief-intervention",
        "referrals", "leaving", "worker-only", "next",
    }  # fmt: skip


OPEN = {
    "basis": "voluntary", "gate_cleared": "cleared", "gate_age": "adult", "gate_presentation": {"able": True},
    "gate_support": {"none": True}, "take_part": "agrees",
}  # fmt: skip


def test_nothing_more_is_asked_of_somebody_who_does_not_agree() -> None:
    opened = evaluate("arrest-referral", **{**OPEN, "take_part": "does-not-agree"})["enabled"]
    of_minimum = evaluate("first-contact", **{**OPEN, "take_part": "does-not-agree"})["enabled"]
    more = {link_id for link_id, on in opened.items() if on} - {link_id for link_id, on in of_minimum.items() if on}
    kinds = {item["linkId"]: item["type"] for item in items(FORMS["arrest-referral"])}
    assert {link_id for link_id in more if kinds[link_id] not in ("group", "display")} == set()


def test_a_block_opens_for_each_named_substance_and_names_it() -> None:
    used = {
        **OPEN,
        "substances": {"heroin": True, "crack": True},
        "main_substance": "heroin",
        "second_substance": "crack",
    }
    opened = evaluate("arrest-referral", **used)["enabled"]
    assert (opened["main-days"], opened["second-days"], opened["third-days"]) == (True, True, False)
    form = FORMS["arrest-referral"]
    answers = {key.replace("_", "-"): value for key, value in used.items()}
    rows = {row["link_id"]: row for page in engine.rows(form, answers, None, NOW) for row in page["rows"]}
    assert rows["second-days"]["question"] == "On how many of the last 28 days (crack)?"
    same = evaluate("arrest-referral", **{**used, "second_substance": "heroin"})["errors"]
    assert [each["linkId"] for each in same] == ["second-substance"]


@pytest.mark.parametrize(
    ("answers", "wrong"),
    [
        ({"alcohol_days": 29}, "alcohol-days"),
        ({"alcohol_units": "200.5"}, "alcohol-units"),
        ({"readiness": 11}, "readiness"),
        ({"postcode_area": "B21 9"}, "postcode-area"),
        ({"naloxone_worker_trained": "no"}, "naloxone-worker-trained"),
        ({"naloxone_expiry": "2026-11-22"}, "naloxone-expiry"),
        ({"alcohol_days": 28, "alcohol_units": "200", "readiness": 10, "naloxone_expiry": "2026-11-23"}, None),
    ],
)
def test_the_limits_of_the_full_assessment(answers: dict[str, Any], wrong: str | None) -> None:
    said = {
        **OPEN, "opioid_use": "current", "naloxone_kit": "wants-kit", "naloxone_supplied": "yes", "alcohol_pattern": "daily",
        "lives": "address", "naloxone_worker_trained": "yes", **answers,
    }  # fmt: skip
    assert [each["linkId"] for each in evaluate("arrest-referral", **said)["errors"]] == ([wrong] if wrong else [])


STAYED = {
    "basis": "required", "age_checked": "adult", "disputed": "no", "which": "initial", "attended": "remained",
    "imposed_by": "PC 123", "imposed_on": "2026-11-20", "tested_for": "both", "dependence": "dependent", "may_benefit": "no",
    "notices_made": {"ra4": True},
}  # fmt: skip
CONFIRMED = {
    "follow_up": "needed", "follow_up_on": "2026-12-01", "follow_up_at": "09:30", "follow_up_place": "12 Well Street",
    "told_in_words": "yes", "notice_given": "yes",
}  # fmt: skip
NOT_NEEDED = {"follow_up": "not-needed", "told_not_needed": "yes"}


@pytest.mark.parametrize("decided", [CONFIRMED, NOT_NEEDED], ids=["needed", "not needed"])
def test_a_required_assessment_is_complete_with_its_decision(decided: dict[str, str]) -> None:
    whole = evaluate("required-assessment", **STAYED, **decided)
    assert (whole["complete"], whole["missing"], whole["errors"]) == (True, [], [])
    assert whole["alerts"] == []


@pytest.mark.parametrize(
    "decided",
    [
        {},
        {"follow_up": "not-needed"},
        {"follow_up": "not-needed", "told_not_needed": "no"},
        *({key: value for key, value in CONFIRMED.items() if key != missing} for missing in CONFIRMED),
        {**CONFIRMED, "told_in_words": "no"},
        {**CONFIRMED, "notice_given": "no"},
    ],
)
def test_a_required_assessment_does_not_end_before_the_person_knows_about_the_follow_up(
    decided: dict[str, str],
) -> None:
    gate = evaluate("required-assessment", **STAYED, **decided)
    assert gate["complete"] is False
    assert "follow-up" in [each["linkId"] for each in gate["errors"]]


@pytest.mark.parametrize("attended", ["left-early", "did-not-attend"])
def test_whoever_left_or_did_not_come_is_told_to_the_police_at_once(attended: str) -> None:
    gone = evaluate("required-assessment", **{**STAYED, "attended": attended})
    assert [each["id"] for each in gone["alerts"]] == ["tell-police"]
    assert gone["enabled"]["follow-up"] is False
    told_them = evaluate("required-assessment", **{**STAYED, "attended": attended, "police_told": "yes"})
    assert told_them["alerts"] == []
    assert {"police-told-who", "police-told-on", "police-told-at"} <= set(told_them["missing"])


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [({"basis": "voluntary"}, "basis"), ({"age_checked": "under-18"}, "age-checked"), ({"imposed_on": "2026-11-23"}, "imposed-on")],
)  # fmt: skip
def test_a_requirement_that_cannot_stand_is_refused(changed: dict[str, str], wrong: str) -> None:
    refused = evaluate("required-assessment", **{**STAYED, **NOT_NEEDED, **changed})
    assert ([each["linkId"] for each in refused["errors"]], refused["complete"]) == ([wrong], False)


GATE = {"cleared": "yes", "intoxicated": "no", "resting": "no", "support": {"none": True}}


def test_somebody_may_be_seen_only_when_every_point_of_the_gate_is_known_to_be_clear() -> None:
    def may(**changed: Any) -> bool:
        said = {key: value for key, value in {**GATE, **changed}.items() if value is not None}
        return bool(evaluate("safe-to-see", **said)["calculated"]["may-see"])

    assert may() is True
    for point in GATE:
        assert may(**{point: None}) is False
        assert may(**{point: "asked-unknown" if point != "support" else {"asked-unknown": True}}) is False
    assert may(cleared="no") is False
    assert may(resting="yes") is False
    assert may(support={"adult-here": True, "interpreter-needed": True}) is False
    assert may(support={"interpreter-here": True}) is True


def test_no_form_has_a_place_for_an_account_of_the_offence() -> None:
    long = {item["linkId"] for form in FORMS.values() for item in items(form) if item["type"] == "text"}
    assert long == {"medicines-which", "person-said"}
