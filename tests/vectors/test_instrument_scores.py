"""The published scoring rules, as vectors that stand outside this repository, through the engine that the server runs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from throughcare.forms import engine

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("THROUGHCARE_SHARED") or ROOT.parent / "shared")
VECTORS = SHARED / "vectors" / "instrument-scores.json"
DEFINITIONS = ROOT / "backend" / "throughcare" / "forms" / "definitions"

pytestmark = pytest.mark.skipif(
    not VECTORS.exists(),
    reason="instrument-scores.json is not here: set THROUGHCARE_SHARED to the folder that holds vectors/",
)


def instruments() -> dict[str, Any]:
    if not VECTORS.exists():
        return {}
    return {each["id"]: each for each in json.loads(VECTORS.read_text("utf-8"))["instruments"]}


INSTRUMENTS = instruments()
# AUDIT-C is the subtotal of the first three questions of the AUDIT form.
FORM_OF = {"audit": "audit", "audit-c": "audit", "sds": "sds"}


def definition(instrument: str) -> dict[str, Any]:
    return read(FORM_OF[instrument])


def read(name: str) -> dict[str, Any]:
    return dict(json.loads((DEFINITIONS / f"{name}.json").read_text("utf-8")))


def codes_of(form: dict[str, Any], link_id: str) -> dict[int, str]:
    """{score: option code} of one question."""
    item = next(each for group in form["item"] for each in group["item"] if each["linkId"] == link_id)
    return {
        int(extension["valueDecimal"]): option["valueCoding"]["code"]
        for option in item["answerOption"]
        for extension in option.get("extension", [])
        if extension["url"].endswith("ordinalValue")
    }


def score_of(
    instrument: str, scores: list[int | None], form: dict[str, Any] | None = None, **more: str
) -> dict[str, Any]:
    form = form or definition(instrument)
    items = [each["linkId"] for each in INSTRUMENTS[instrument]["items"]]
    answers = {
        link_id: codes_of(form, link_id)[score]
        for link_id, score in zip(items, scores, strict=True)
        if score is not None
    }
    evaluation = engine.evaluate(form, {**answers, **more}, {})
    assert evaluation["errors"] == []
    return next(each for each in evaluation["scores"] if each["id"] == instrument)


def cases(kind: str) -> list[Any]:
    return [
        pytest.param(name, each, id=each["id"])
        for name, instrument in INSTRUMENTS.items()
        for each in instrument.get(kind, [])
    ]


@pytest.mark.parametrize(("instrument", "vector"), cases("vectors"))
def test_every_vector_gives_its_total_and_band(instrument: str, vector: dict[str, Any]) -> None:
    score = score_of(instrument, vector["answers"])

    assert score["total"] == vector["total"]
    assert (score["band"] or {}).get("code") == vector.get("band")
    assert (score["band"] or {}).get("label") == vector.get("label")


@pytest.mark.parametrize(("instrument", "vector"), cases("incomplete"))
def test_no_total_and_no_band_while_an_answer_is_missing(instrument: str, vector: dict[str, Any]) -> None:
    score = score_of(instrument, vector["answers"])

    assert score["total"] is None
    assert score["band"] is None


@pytest.mark.parametrize(("instrument", "vector"), cases("invalid"))
def test_no_option_carries_a_score_that_the_instrument_does_not_have(instrument: str, vector: dict[str, Any]) -> None:
    with pytest.raises(KeyError):
        score_of(instrument, vector["answers"])


@pytest.mark.parametrize("instrument", sorted(INSTRUMENTS))
def test_the_words_are_those_of_the_vectors(instrument: str) -> None:
    form = definition(instrument)
    asked = {each["linkId"]: each for group in form["item"] for each in group["item"]}
    for item in INSTRUMENTS[instrument]["items"]:
        assert asked[item["linkId"]]["text"] == item["text"].replace("[named drug]", "{drug}")
        options = [each for each in asked[item["linkId"]]["answerOption"] if each.get("extension")]
        assert [each["valueCoding"]["display"] for each in options] == [each["label"] for each in item["options"]]


def test_a_refused_item_leaves_no_total() -> None:
    vector = INSTRUMENTS["sds"]["vectors"][-1]
    score = score_of("sds", vector["answers"], **{"sds-3": "asked-declined"})
    assert (score["total"], score["band"], score["answered"]) == (None, None, 4)


@pytest.mark.parametrize(("substance", "code"), [("amphetamine", "amphetamine"), ("benzodiazepine", "benzos")])
def test_a_cut_off_is_told_for_its_own_substance_only(substance: str, code: str) -> None:
    for vector in INSTRUMENTS["sds"]["vectors"]:
        expected = vector["meets_confirmed_cutoff"][substance]
        told = score_of("sds", vector["answers"], drug=code)
        assert told["cutoff"]["met"] is expected
        assert (": not reached (" in told["note"]) is not expected
        assert score_of("sds", vector["answers"], drug="heroin")["cutoff"] is None
        assert score_of("sds", vector["answers"], drug="cannabis")["cutoff"] is None


AUDIT_C_FIRST = read("audit-1.1.0")


def left_out(scores: list[int | None]) -> bool:
    """Whether somebody who never drinks was still given a score for how they drink: AUDIT's skip rule does not ask that."""
    return scores[0] == 0 and any(scores[1:8])


@pytest.mark.parametrize(
    ("instrument", "vector"), [each for each in cases("vectors") if each.values[0].startswith("audit")]
)
def test_every_vector_holds_where_the_first_three_questions_come_first(instrument: str, vector: dict[str, Any]) -> None:
    score = score_of(instrument, vector["answers"], AUDIT_C_FIRST, **{"audit-rest": "yes"})

    if left_out(vector["answers"]):
        assert score["total"] == 0
        return
    assert (score["total"], (score["band"] or {}).get("code")) == (vector["total"], vector["band"])


def test_below_five_the_rest_is_not_asked_and_nothing_is_said_of_the_whole() -> None:
    form = AUDIT_C_FIRST
    answers = {f"audit-{n}": codes_of(form, f"audit-{n}")[score] for n, score in ((1, 2), (2, 1), (3, 1))}

    before = engine.evaluate(form, answers, {})
    after = engine.evaluate(form, {**answers, "audit-rest": "no"}, {})

    assert before["missing"] == ["audit-rest"]
    assert (after["missing"], after["complete"]) == ([], True)
    short, whole = after["scores"]
    assert (short["total"], short["band"]["code"]) == (4, "lower")
    assert (whole["total"], whole["band"], whole["answered"]) == (None, None, 3)


def test_somebody_who_never_drinks_is_asked_three_questions_and_has_both_totals() -> None:
    answers = {"audit-1": "never", "audit-9": "no", "audit-10": "yes-during-the-last-year"}
    told = engine.evaluate(AUDIT_C_FIRST, answers, {})

    assert [each for each in told["enabled"] if told["enabled"][each] and each.startswith("audit-")] == [
        "audit-1",
        "audit-9",
        "audit-10",
    ]
    assert told["complete"] is True
    assert [(each["total"], each["band"]["code"]) for each in told["scores"]] == [(0, "lower"), (4, "lower")]


def test_a_refusal_among_the_first_three_is_never_read_as_a_low_score() -> None:
    answers = {"audit-1": "monthly-or-less", "audit-2": "asked-declined", "audit-3": "never"}
    told = engine.evaluate(AUDIT_C_FIRST, answers, {})

    assert told["missing"] == ["audit-rest"]
    assert [each["total"] for each in told["scores"]] == [None, None]
    assert told["errors"] == []


def test_twenty_or_more_tells_healthcare_and_nineteen_does_not() -> None:
    def alerts(scores: list[int]) -> list[str]:
        answers = {f"audit-{n}": codes_of(AUDIT_C_FIRST, f"audit-{n}")[score] for n, score in enumerate(scores, 1)}
        return [each["id"] for each in engine.evaluate(AUDIT_C_FIRST, answers, {})["alerts"]]

    assert alerts([4, 4, 4, 1, 1, 1, 1, 0, 2, 2]) == ["audit-dependence"]
    assert alerts([4, 4, 4, 1, 1, 0, 1, 0, 2, 2]) == []
    refused = {f"audit-{n}": "daily-or-almost-daily" for n in range(4, 9)} | {"audit-1": "monthly-or-less"}
    told = engine.evaluate(AUDIT_C_FIRST, {**refused, "audit-2": "asked-declined", "audit-rest": "yes"}, {})
    assert ([each["id"] for each in told["alerts"]], told["errors"]) == ([], [])
    assert alerts([4, 4, 4, 4, 4]) == ["audit-dependence"], "at once: what is still to come can only add"


@pytest.mark.parametrize(
    ("name", "edges"),
    [
        ("phq-9", {4: "minimal", 5: "mild", 9: "mild", 10: "moderate", 14: "moderate", 15: "moderately-severe",
                   19: "moderately-severe", 20: "severe", 27: "severe", 0: "minimal"}),
        ("gad-7", {0: "minimal", 4: "minimal", 5: "mild", 9: "mild", 10: "moderate", 14: "moderate", 15: "severe",
                   21: "severe"}),
    ],
)  # fmt: skip
def test_the_published_cut_points_of_mood_and_anxiety(name: str, edges: dict[int, str]) -> None:
    form = read(name)
    items = [each["linkId"] for each in form["item"][0]["item"] if each["type"] == "choice"]
    for total, band in edges.items():
        marks = [min(3, max(0, total - 3 * at)) for at in range(len(items))]
        answers = {link_id: codes_of(form, link_id)[mark] for link_id, mark in zip(items, marks, strict=True)}
        score = engine.evaluate(form, answers, {})["scores"][0]
        assert (score["total"], score["band"]["code"]) == (total, band)
        for missing in ({}, {items[0]: "asked-declined"}):
            part = {**{key: value for key, value in answers.items() if key != items[0]}, **missing}
            assert engine.evaluate(form, part, {})["scores"][0]["band"] is None


@pytest.mark.parametrize(
    ("answer", "alerts"),
    [
        ("not-at-all", []),
        ("several-days", ["stop-harm"]),
        ("nearly-every-day", ["stop-harm"]),
        ("asked-declined", ["harm-not-known"]),
        ("not-asked", ["harm-not-known"]),
    ],
)
def test_the_ninth_question_is_heard_whatever_the_total_is(answer: str, alerts: list[str]) -> None:
    assert [each["id"] for each in engine.evaluate(read("phq-9"), {"phq-9": answer}, {})["alerts"]] == alerts


@pytest.mark.parametrize(
    ("total", "band"),
    [(0, "Mild"), (15, "Mild"), (16, "Moderate"), (30, "Moderate"), (31, "Severe"), (60, "Severe"), (None, None)],
)
def test_sadq_is_a_total_with_the_bands_of_its_source_and_ldq_has_none(total: int | None, band: str | None) -> None:
    told = engine.evaluate(read("sadq"), {} if total is None else {"sadq": total}, {"now": "2026-11-22T02:10:00Z"})
    assert told["calculated"].get("sadq-band") == (band and f"{band} dependence")
    assert engine.evaluate(read("ldq"), {"ldq": 30}, {})["calculated"] == {}
    assert any(each["linkId"] == "ldq" for each in engine.evaluate(read("ldq"), {"ldq": 31}, {})["errors"])
