"""The engine in quickjs gives what the tablet's gives, byte for byte, and cannot harm the service that runs it."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from throughcare import db
from throughcare.forms import engine, publish, structure
from throughcare.forms.check import check
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
        # The context that has just answered: asking for one anew may renew it (it has had its thousand calls), without the form.
        text = engine._contexts()[None][1].call(
            call, json.dumps({**arguments, "key": engine.key_of(FORMS[name])}, ensure_ascii=False), 2.0
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
RECURSION = "'x'.repeat($this & 'x').empty()"
REGEX = "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'.matches('^(a+)+$')"


def test_a_pattern_that_could_run_for_ever_is_refused_before_it_is_ever_run() -> None:
    with pytest.raises(engine.EngineError) as refusal:
        engine.evaluate(with_expression(REGEX), {}, {})
    assert refusal.value.kind == "unusable-form"
    assert [each["code"] for each in refusal.value.findings] == ["unsafe-regex"]


def worked_out(expression: str) -> tuple[dict[str, Any], list[str]]:
    """What a rule gives, and where it failed. On a slow machine the time may be up before the steps are: then there is nothing."""
    try:
        evaluation = engine.evaluate(with_expression(expression), {}, {})
    except engine.EngineError as error:
        return {}, ["b"] if error.kind == "stopped" else [error.kind]
    return evaluation["calculated"], [each["linkId"] for each in evaluation["errors"]]


@pytest.mark.parametrize("expression", [ENDLESS, GROWING, RECURSION], ids=["endless", "growing", "recursion"])
def test_a_rule_that_never_ends_gives_no_value_and_the_next_form_still_works(expression: str) -> None:
    assert worked_out(expression) == ({}, ["b"])
    assert engine.evaluate(FORMS["sds"], {"drug": "heroin"}, {})["answered"] == ["drug"]


def test_a_context_whose_time_was_up_is_thrown_away(monkeypatch: pytest.MonkeyPatch) -> None:
    engine.evaluate(FORMS["sds"], {}, {})
    form = with_expression(ENDLESS)
    engine._call("load", {"key": engine.key_of(form), "definition": form}, 20.0)
    before = engine._context()
    before.forms.add(engine.key_of(form))
    monkeypatch.setattr(engine, "SECONDS", 0.02)

    with pytest.raises(engine.EngineError) as refusal:
        engine.evaluate(form, {}, {})

    assert refusal.value.kind == "stopped"
    monkeypatch.undo()
    assert engine.evaluate(FORMS["sds"], {"drug": "heroin"}, {})["answered"] == ["drug"]
    assert engine._context() is not before


def test_others_are_served_while_a_hostile_form_is_worked_out() -> None:
    told: list[Any] = []
    thread = threading.Thread(target=lambda: told.append(worked_out(ENDLESS)))
    thread.start()
    served = 0
    while thread.is_alive() or served == 0:
        assert engine.evaluate(FORMS["sds"], {"drug": "heroin"}, {})["answered"] == ["drug"]
        served += 1
    thread.join()
    assert told == [({}, ["b"])]


def test_a_form_that_takes_too_long_or_too_much_is_a_finding_and_not_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [each["code"] for each in check({**FORMS["sds"], "purpose": "x" * 50_000_000})] == ["too-large"]
    monkeypatch.setattr(engine, "SECONDS", 0.02)
    assert [each["code"] for each in check(with_expression(ENDLESS)) if each["severity"] == "error"] == ["too-slow"]


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
