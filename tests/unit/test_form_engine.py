"""The engine in quickjs gives what the tablet's gives, byte for byte, and cannot harm the service that runs it."""

from __future__ import annotations

import copy
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from throughcare import db
from throughcare.forms import engine, publish, structure
from throughcare.problems import Problem

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("THROUGHCARE_SHARED") or ROOT.parent / "shared")
DEFINITIONS = ROOT / "backend" / "throughcare" / "forms" / "definitions"
FORMS = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(DEFINITIONS.glob("*.json"))}
NODE = """
const source = require("node:fs").readFileSync(process.argv[1], "utf8");
require("node:vm").runInThisContext(source);
require("node:readline").createInterface({input: process.stdin}).on("line", (line) => {
  const {name, text} = JSON.parse(line);
  process.stdout.write(JSON.stringify(globalThis.formlogic.call(name, text)) + "\\n");
});
"""


@pytest.fixture(scope="module")
def node() -> Iterator[Any]:
    """The same bundle in Node (V8, as on the tablet): call(name, arguments) -> text."""
    with subprocess.Popen(
        ["node", "-e", NODE, str(engine.BUNDLE)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as child:
        assert child.stdin
        assert child.stdout

        def call(name: str, arguments: dict[str, Any]) -> str:
            assert child.stdin
            assert child.stdout
            child.stdin.write(json.dumps({"name": name, "text": json.dumps(arguments, ensure_ascii=False)}) + "\n")
            child.stdin.flush()
            return str(json.loads(child.stdout.readline()))

        for name, definition in FORMS.items():
            assert json.loads(call("load", {"key": name, "definition": definition})) == {"value": True}
        yield call
        child.stdin.close()


def answers_to(definition: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Any answers, those that no person could give in this order included."""

    def one(question: dict[str, Any]) -> st.SearchStrategy[Any]:
        codes = st.sampled_from(question["options"])
        return (
            st.sets(codes, min_size=1, max_size=4).map(lambda chosen: dict.fromkeys(sorted(chosen), True))
            if question["many"]
            else codes
        )

    asked = {link_id: one(each) for link_id, each in structure.questions(definition).items() if each["options"]}
    return st.fixed_dictionaries({}, optional=asked)


@st.composite
def situations(draw: st.DrawFn) -> tuple[str, dict[str, Any], dict[str, Any]]:
    name = draw(st.sampled_from(sorted(FORMS)))
    answers = draw(answers_to(FORMS[name]))
    other = draw(answers_to(FORMS[name]))
    unsettled = draw(st.lists(st.sampled_from(sorted(structure.questions(FORMS[name]))), max_size=2, unique=True))
    conflicts = {each: [answers.get(each), other.get(each)] for each in unsettled}
    return name, answers, {"now": "2026-11-22T02:10:00Z", "conflicts": conflicts}


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(situation=situations())
def test_the_server_and_the_tablet_work_out_the_same_bytes(
    node: Any, situation: tuple[str, dict[str, Any], dict[str, Any]]
) -> None:
    name, answers, context = situation
    for call in ("evaluate", "rows", "pages", "stop"):
        arguments = {"key": name, "answers": answers, "context": context}
        ours = engine._on_form(call, FORMS[name], {"answers": answers, "context": context})
        assert json.loads(node(call, arguments))["value"] == ours
        text = engine._context().call(
            call, json.dumps({**arguments, "key": engine.sha256(FORMS[name])}, ensure_ascii=False), 2.0
        )
        assert text == node(call, arguments)


def with_expression(expression: str) -> dict[str, Any]:
    return {
        "resourceType": "Questionnaire",
        "url": "https://x.example/q",
        "version": "1",
        "item": [
            {"linkId": "a", "type": "string"},
            {
                "linkId": "b",
                "type": "boolean",
                "readOnly": True,
                "extension": [
                    {
                        "url": "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression",
                        "valueExpression": {"language": "text/fhirpath", "expression": expression},
                    }
                ],
            },
        ],
    }


MANY = "1 | " + " | ".join(str(number) for number in range(2, 41))
ENDLESS = f"({MANY}).select(({MANY}).select(({MANY}).select(({MANY}).select(({MANY}).count())))).empty()"
GROWING = "('x' | 'y').repeat($this & $this).empty()"
REGEX = "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'.matches('^(a+)+$')"


def test_a_pattern_that_could_run_for_ever_is_refused_before_it_is_ever_run() -> None:
    with pytest.raises(engine.EngineError) as refusal:
        engine.evaluate(with_expression(REGEX), {}, {})
    assert refusal.value.kind == "unusable-form"
    assert [each["code"] for each in refusal.value.findings] == ["unsafe-regex"]


@pytest.mark.parametrize("expression", [ENDLESS, GROWING], ids=["endless", "growing"])
def test_a_rule_that_never_ends_is_stopped_and_the_next_form_still_works(expression: str) -> None:
    before = engine._context()

    with pytest.raises(engine.EngineError) as refusal:
        engine.evaluate(with_expression(expression), {}, {})

    assert refusal.value.kind == "stopped"
    assert engine.evaluate(FORMS["sds"], {"drug": "heroin"}, {})["answered"] == ["drug"]
    assert engine._context() is not before


def test_a_worn_context_is_replaced_and_knows_the_form_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "CALLS_PER_CONTEXT", 3)
    for _time in range(5):
        assert engine.evaluate(FORMS["sds"], {"drug": "heroin"}, {})["answered"] == ["drug"]


def test_more_than_a_megabyte_is_not_even_tried() -> None:
    with pytest.raises(engine.EngineError) as refusal:
        engine.evaluate(FORMS["sds"], {"drug": "x" * engine.INPUT_CHARS}, {})
    assert refusal.value.kind == "too-large"


def test_the_engine_says_which_bundle_it_is() -> None:
    version = engine.engine_version()
    assert version["sha256"].startswith(version["version"])
    assert len(version["sha256"]) == 64


def test_the_merge_learns_what_is_safety_and_what_stands_alone() -> None:
    asked = structure.questions(FORMS["first-contact"])
    assert sum(each["safety"] for each in asked.values()) == 16
    assert asked["health-now"]["many"] is True
    assert asked["health-now"]["exclusive"] == ["none", "asked-declined", "asked-unknown", "not-asked"]
    assert asked["may-go-on"]["options"] == []


def test_what_is_no_questionnaire_is_refused_and_nothing_is_kept(app: Flask) -> None:
    with app.app_context():
        for each in ({"resourceType": "Patient"}, [], "x", None):
            with pytest.raises(Problem) as refusal, db.transaction():
                publish.publish(each)
            assert refusal.value.code == "form.not_usable"
            assert refusal.value.details["findings"][0]["code"] == "not-a-questionnaire"
        assert publish.list_forms() == []


def test_a_published_version_never_changes(app: Flask) -> None:
    form = FORMS["sds"]
    other = {**copy.deepcopy(form), "title": "Another title"}
    with app.app_context():
        with db.transaction():
            first = publish.publish(form)
        with db.transaction():
            assert publish.publish(copy.deepcopy(form)).id == first.id
        with pytest.raises(Problem) as refusal, db.transaction():
            publish.publish(other)
        assert refusal.value.code == "form.version_taken"
        with db.transaction():
            publish.publish({**other, "version": "1.0.1"})
        assert [each.title for each in publish.list_forms()] == [form["title"], "Another title"]
        assert publish.find_form(form["url"], "1.0.0").definition == form  # type: ignore[union-attr]


def questionnaires() -> list[Path]:
    return sorted((SHARED / "questionnaires").rglob("*.json"))


@pytest.mark.skipif(
    not questionnaires(),
    reason="the open forms are not here: set THROUGHCARE_SHARED to the folder that holds questionnaires/",
)
def test_every_open_form_either_loads_or_is_refused_with_findings() -> None:
    loaded = 0
    for path in questionnaires():
        form = json.loads(path.read_text("utf-8"))
        if isinstance(form, dict):
            form = {"url": f"https://x.example/{path.stem}", "version": "1", **form}
        found = engine.findings(form)
        for each in found:
            assert all(each[key] for key in ("message", "fix", "code")), path.name
            assert each["severity"] in ("error", "warning", "notice"), path.name
        if not any(each["severity"] == "error" for each in found):
            loaded += 1
            assert engine.evaluate(form, {}, {})["alerts"] == [], path.name
    assert loaded >= 165
