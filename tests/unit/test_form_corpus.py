"""Public forms that nobody here wrote: each loads or says why not, comes back from FHIR as it went out, and means the same on both engines."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import questionnaires as open_forms
from throughcare.cli.forms import command
from throughcare.forms import engine
from throughcare.forms.check import check

pytestmark = open_forms.here

# The long run: THROUGHCARE_FUZZ=10000 python3 run.py test tests/unit/test_form_corpus.py -k mutation
MUTATIONS = int(os.environ.get("THROUGHCARE_FUZZ") or 200)
SEED = int(os.environ.get("THROUGHCARE_SEED") or 20261122)


@pytest.fixture(scope="module")
def checked() -> dict[str, Any]:
    done = CliRunner().invoke(command, ["check", "--json", str(open_forms.FOLDER)])
    assert done.exit_code == 1, "some of these files must be refused"
    return dict(json.loads(done.output))


def test_every_file_loads_or_is_refused_by_a_row_at_a_place(checked: dict[str, Any]) -> None:
    assert len(checked["files"]) == len(list(open_forms.FOLDER.rglob("*.json")))
    for name, found in checked["files"].items():
        for each in found:
            assert each["message"], name
            assert each["fix"], name
            assert each["linkId"] or each["path"], (name, each)
            assert each["row"] or each["severity"] != "error", (name, each)


def test_what_is_no_questionnaire_is_refused_by_its_name(checked: dict[str, Any]) -> None:
    for path in open_forms.files():
        resource = json.loads(path.read_text("utf-8"))["resourceType"]
        if resource != "Questionnaire":
            (found,) = checked["files"][str(path)]
            assert (found["code"], found["feature"]) == ("not-a-questionnaire", f"resourceType={resource}")


def test_seven_of_ten_valid_forms_load(checked: dict[str, Any]) -> None:
    summary = checked["summary"]
    assert summary["clean"] + summary["with_warnings"] + summary["refused"] == summary["files"]
    assert summary["valid_r4"] >= 240
    assert summary["valid_r4_loaded"] / summary["valid_r4"] >= 0.7


def test_no_form_is_refused_because_its_rules_are_slow_long_or_cannot_be_read(checked: dict[str, Any]) -> None:
    assert not {"too-slow", "too-large", "expression-error", "text-too-long", "too-deep"} & set(
        checked["summary"]["refused_by_code"]
    )


def test_every_form_that_loads_comes_back_from_fhir_and_is_the_same_on_both_engines() -> None:
    chance = random.Random(SEED)
    loaded = 0
    with open_forms.node() as node:
        for name, form in open_forms.forms():
            if open_forms.refused(form):
                continue
            loaded += 1
            answers = open_forms.answered(form, chance)
            evaluation = engine.evaluate(form, answers, open_forms.CONTEXT)
            failures = [each for each in evaluation["errors"] if "worked out" in each["message"]]
            assert not failures, (name, failures)

            record = {"id": "r", "body": {"form": form["url"], "state": "draft", "answers": answers}}
            response = engine.questionnaire_response(form, record, open_forms.CONTEXT)
            back = engine.read_response(form, response)
            assert back["unread"] == [], name
            assert open_forms.tidy(back["answers"]) == open_forms.tidy(answers), name
            assert engine.evaluate(form, back["answers"], open_forms.CONTEXT) == evaluation, name

            key = engine.key_of(form)
            assert node("load", {"key": key, "definition": form}) == '{"value":true}', name
            for call in ("evaluate", "rows", "questions"):
                arguments = {"key": key, "answers": answers, "context": open_forms.CONTEXT}
                assert node(call, arguments) == open_forms.quickjs(call, form, arguments), (name, call)
            arguments = {"key": key, "record": record, "context": open_forms.CONTEXT}
            assert node("response", arguments) == open_forms.quickjs("response", form, arguments), name
    assert loaded >= 174


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(which=st.integers(0, 10_000), chance=st.randoms(use_true_random=False))
def test_the_two_engines_agree_on_answers_that_nobody_chose(
    two_engines: tuple[Any, list[Any]], which: int, chance: random.Random
) -> None:
    node, loadable = two_engines
    form = loadable[which % len(loadable)]
    key = engine.key_of(form)
    assert node("load", {"key": key, "definition": form}) == '{"value":true}'
    arguments = {"key": key, "answers": open_forms.answered(form, chance), "context": open_forms.CONTEXT}
    for call in ("evaluate", "rows", "questions"):
        assert node(call, arguments) == open_forms.quickjs(call, form, arguments)


@pytest.fixture(scope="module")
def two_engines() -> Iterator[tuple[Any, list[Any]]]:
    with open_forms.node() as node:
        yield node, [form for _name, form in open_forms.forms() if not open_forms.refused(form)]


def test_public_responses_are_read_or_their_unread_parts_are_named() -> None:
    """The 48 responses belong to forms of other projects; those whose form is here are read into it."""
    forms = {}
    for name, form in open_forms.forms():
        if not open_forms.refused(form):
            forms[name.rsplit("/", 1)[-1]] = form
            forms[str(form.get("url"))] = form
    read = 0
    for path in open_forms.files():
        resource = json.loads(path.read_text("utf-8"))
        if resource.get("resourceType") != "QuestionnaireResponse":
            continue
        form = forms.get(str(resource.get("questionnaire", "")).split("|")[0])
        for each in [form] if form else list(forms.values())[:3]:
            back = engine.read_response(each, resource)
            assert set(back) == {"answers", "unread"}
            read += 1
    assert read >= 48


def test_no_mutation_of_a_form_makes_the_linter_or_the_engine_fall() -> None:
    chance = random.Random(SEED)
    corpus = list(open_forms.forms())
    loaded = 0
    for number in range(MUTATIONS):
        name, form = corpus[chance.randrange(len(corpus))]
        mutant = open_forms.mutated(form, chance)
        label = f"mutation {number} of {name} (seed {SEED})"
        found = check(mutant)
        for each in found:
            assert each["linkId"] or each["path"], (label, each)
            assert isinstance(each["linkId"], str), label
        if any(each["severity"] == "error" for each in found):
            continue
        loaded += 1
        evaluation = engine.evaluate(mutant, {}, open_forms.CONTEXT)
        assert set(evaluation["calculated"]) <= set(evaluation["enabled"]), label
        engine.questions(mutant, engine.start(mutant, open_forms.CONTEXT)["answers"], open_forms.CONTEXT)
    assert 0 < loaded < MUTATIONS
