"""`run.py cli forms`: what it says of a file, what publishing asks for, and what two versions do not have in common."""

from __future__ import annotations

import copy
import json
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select

from throughcare import db
from throughcare.cli import forms as command_module
from throughcare.forms.publish import check, list_forms, name_of, publish
from throughcare.models import AuditEvent
from throughcare.problems import Problem

ITEM_CONTROL = "http://hl7.org/fhir/StructureDefinition/questionnaire-itemControl"
GRID = {"url": ITEM_CONTROL, "valueCodeableConcept": {"coding": [{"code": "grid"}]}}
PLAIN: dict[str, Any] = {
    "resourceType": "Questionnaire",
    "url": "https://x.example/q",
    "version": "1",
    "status": "draft",
    "item": [
        {"linkId": "g", "type": "group", "text": "Group", "item": [{"linkId": "a", "type": "string", "text": "A"}]}
    ],
}


def with_grid() -> dict[str, Any]:
    form = copy.deepcopy(PLAIN)
    form["item"][0]["extension"] = [GRID]
    return form


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(command_module.command, [str(word) for word in words])


def written(folder: Path, name: str, content: Any) -> Path:
    file = folder / name
    file.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return file


def test_a_form_without_a_flaw_ends_well_and_says_so(tmp_path: Path) -> None:
    done = run("check", written(tmp_path, "form.json", PLAIN))
    assert done.exit_code == 0
    assert "form.json: loads." in done.output
    assert "1 files: 1 load clean, 0 with warnings, 0 refused." in done.output


def test_a_form_without_url_and_version_can_be_checked_and_not_published(tmp_path: Path, published: Any) -> None:
    form = {key: value for key, value in PLAIN.items() if key not in ("url", "version")}
    file = written(tmp_path, "form.json", form)
    done = run("check", file)
    assert done.exit_code == 0
    assert "cannot be published" in done.output
    done = run("publish", file, "--accept", "missing-url", "--accept", "missing-version")
    assert (done.exit_code, published()) == (1, [])
    assert "form.not_usable" in done.output


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("{", "not-json"),
        ('{"resourceType": "Patient"}', "not-a-questionnaire"),
        ("[" * 30_000 + "]" * 30_000, "too-large"),
        (json.dumps({**PLAIN, "title": "\x00"}), "not-storable"),
        (json.dumps({**PLAIN, "description": "x" * 1_100_000}), "too-large"),
        (json.dumps({**PLAIN, "item": [{"linkId": "a", "type": "url"}]}), "unsupported-type"),
    ],
)
def test_whatever_a_file_holds_is_said_with_a_place_and_the_others_are_still_checked(
    tmp_path: Path, content: str, code: str
) -> None:
    written(tmp_path, "a.json", content)
    written(tmp_path, "b.json", PLAIN)
    done = run("check", "--json", tmp_path)
    told = json.loads(done.output)
    assert done.exit_code == 1
    assert told["summary"]["refused_by_code"] == {code: 1}
    assert told["summary"]["clean"] == 1
    assert all(each["path"] and each["row"] for each in told["files"][str(tmp_path / "a.json")])


@pytest.fixture
def published(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The names of the forms that stand; the command works on the test's own database."""

    @contextmanager
    def deed() -> Any:
        with app.app_context(), db.transaction() as session:
            yield session

    def names() -> list[str]:
        with app.app_context():
            return [each.form for each in list_forms()]

    monkeypatch.setattr(command_module, "deed", deed)
    return names


def test_a_warning_is_published_only_once_it_is_accepted_and_the_audit_keeps_that(
    tmp_path: Path, app: Flask, published: Any
) -> None:
    file = written(tmp_path, "form.json", with_grid())
    done = run("publish", file)
    assert (done.exit_code, published()) == (1, [])
    assert "unsupported-item-control" in done.output
    assert "form.not_accepted" in done.output

    assert run("publish", file, "--accept", "another-code").exit_code == 1
    done = run("publish", file, "--accept", "unsupported-item-control")
    assert (done.exit_code, published()) == (0, ["https://x.example/q|1"])
    with app.app_context():
        event = db.db.session.scalars(select(AuditEvent).where(AuditEvent.action == "form.published")).one()
        assert event.facts["accepted"] == ["unsupported-item-control"]
        [[code, where, name]] = event.facts["findings"]
        assert (code, where) == ("unsupported-item-control", "item[0]")
        assert name.startswith("unsupported-item-control-")
    # What stands already needs no second acceptance.
    assert run("publish", file).exit_code == 0


def test_an_acceptance_of_one_finding_holds_for_that_place_alone(app: Flask, published: Any) -> None:
    form = with_grid()
    form["item"].append({"linkId": "h", "type": "group", "text": "Other", "extension": [GRID], "item": [{"linkId": "b", "type": "string", "text": "B"}]})  # fmt: skip
    with app.app_context():
        first, second = [name_of(each) for each in check(form) if each["severity"] == "warning"]
        with pytest.raises(Problem) as told, db.transaction():
            publish(form, accepted=[first])
        assert [each["linkId"] for each in told.value.details["findings"]] == ["h"]
        with db.transaction():
            publish(form, accepted=[first, second])
    assert published() == ["https://x.example/q|1"]


def test_a_version_is_retired_with_a_reason_by_its_name(tmp_path: Path, app: Flask, published: Any) -> None:
    assert run("publish", written(tmp_path, "one.json", PLAIN)).exit_code == 0
    assert run("retire", "https://x.example/q|1").exit_code == 2, "it asks for a reason"
    assert "form.not_found" in run("retire", "https://x.example/q|9", "--reason", "Wrong").output
    done = run("retire", "https://x.example/q|1", "--reason", "Wrong")
    assert (done.exit_code, done.output) == (0, "Retired https://x.example/q|1 (https://x.example/q).\n")
    assert "retired" in run("list").output
    with app.app_context():
        event = db.db.session.scalars(select(AuditEvent).where(AuditEvent.action == "form.retired")).one()
        assert event.user_id is None


def test_export_gives_what_was_published_and_diff_names_it_by_its_version(tmp_path: Path, published: Any) -> None:
    assert run("publish", written(tmp_path, "one.json", PLAIN)).exit_code == 0
    exported = run("export", "https://x.example/q", "1")
    assert json.loads(exported.output) == PLAIN
    same = run("diff", "https://x.example/q|1", tmp_path / "one.json")
    assert (same.exit_code, same.output) == (0, "No difference.\n")


def test_diff_says_what_was_added_removed_moved_and_changed(tmp_path: Path) -> None:
    new = copy.deepcopy(PLAIN)
    new["version"] = "2"
    new["item"] = [
        {"linkId": "g", "type": "group", "text": "Group"},
        {"linkId": "h", "type": "group", "text": "Other", "item": [{"linkId": "a", "type": "string", "text": "B"}]},
    ]
    old = copy.deepcopy(PLAIN)
    old["item"].append({"linkId": "z", "type": "display", "text": "Gone"})
    done = run("diff", "--json", written(tmp_path, "old.json", old), written(tmp_path, "new.json", new))
    told = [(each["change"], each["link_id"], each["what"]) for each in json.loads(done.output)]
    assert done.exit_code == 1
    assert told == [
        ("changed", "", "version"),
        ("removed", "z", "display"),
        ("added", "h", "group"),
        ("moved", "a", "place"),
        ("changed", "a", "text"),
    ]
