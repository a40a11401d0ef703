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
    return dict(json.loads((DEFINITIONS / f"{FORM_OF[instrument]}.json").read_text("utf-8")))


def codes_of(form: dict[str, Any], link_id: str) -> dict[int, str]:
    """{score: option code} of one question."""
    item = next(each for group in form["item"] for each in group["item"] if each["linkId"] == link_id)
    return {
        int(extension["valueDecimal"]): option["valueCoding"]["code"]
        for option in item["answerOption"]
        for extension in option.get("extension", [])
        if extension["url"].endswith("ordinalValue")
    }


def score_of(instrument: str, scores: list[int | None], **more: str) -> dict[str, Any]:
    form = definition(instrument)
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
