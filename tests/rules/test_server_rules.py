"""The house rules of the server, as tests whose messages say what to do instead."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
from flask import Flask

import databases
from throughcare import create_app
from throughcare.config import PROJECT
from throughcare.permissions import PERMISSIONS, Permission, Role

BACKEND = PROJECT / "backend" / "throughcare"
CATALOGUE = json.loads((BACKEND / "problems.json").read_text("utf-8"))
MAY_COMMIT = {"db.py"}
CODE = re.compile(r"^[a-z]+(?:_[a-z]+)*\.[a-z]+(?:_[a-z]+)*$")


def python_files():
    return sorted(path for path in BACKEND.rglob("*.py") if "__pycache__" not in path.parts)


def trees():
    for path in python_files():
        yield path.relative_to(BACKEND), ast.parse(path.read_text("utf-8"))


@pytest.fixture(scope="module")
def routes(tmp_path_factory) -> Flask:
    folder = tmp_path_factory.mktemp("routes")
    return create_app(databases.settings(folder, f"sqlite:///{folder / 'none.sqlite3'}"))


def test_every_route_says_who_may_use_it(routes):
    bare = [
        rule.rule
        for rule in routes.url_map.iter_rules()
        if not getattr(routes.view_functions[rule.endpoint], "access", None)
    ]
    assert not bare, (
        f"These routes say nothing about who may use them: {bare}. Put @requires(Permission.X) under "
        "the route decorator, "
        'or @public("why anyone may use it"), both from throughcare.permissions.'
    )


def test_a_public_route_gives_its_reason_in_words(routes):
    for rule in routes.url_map.iter_rules():
        access = getattr(routes.view_functions[rule.endpoint], "access", None)
        assert isinstance(access, Permission) or len(str(access).split()) > 3, (
            f"{rule.rule}: @public needs a whole reason"
        )


def test_every_role_and_permission_is_in_the_table():
    assert set(PERMISSIONS) == set(Role)
    held = {permission for permissions in PERMISSIONS.values() for permission in permissions}
    assert held == set(Permission), (
        f"Nobody holds {set(Permission) - held}: give it to a role in permissions.py, or delete it."
    )


def test_nothing_but_db_commits():
    for path, tree in trees():
        if path.name in MAY_COMMIT and path.parent == Path():
            continue
        for node in ast.walk(tree):
            commits = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
            assert not commits, (
                f"backend/throughcare/{path}:{node.lineno} commits. A request is one deed: "
                "return and it is committed, raise and it is undone. "
                "A command uses db.transaction(), a refusal's audit db.apart()."
            )


def test_no_one_asks_the_model_class_for_rows():
    for path, tree in trees():
        for node in ast.walk(tree):
            old = (
                isinstance(node, ast.Attribute)
                and node.attr == "query"
                and isinstance(node.value, ast.Name)
                and node.value.id[:1].isupper()
            )
            assert not old, (
                f"backend/throughcare/{path}:{node.lineno} uses Model.query: "
                "write select(Model), from queries/scope.py for a screen."
            )


def raised_codes():
    """(code, where) of every literal given to Problem(), Rejected(), or as why= in Python."""
    for path, tree in trees():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ("Problem", "Rejected", "_no", "_refusal", "Held"):
                for argument in node.args:
                    if (
                        isinstance(argument, ast.Constant)
                        and isinstance(argument.value, str)
                        and CODE.match(argument.value)
                    ):
                        yield argument.value, f"backend/throughcare/{path}:{node.lineno}"


def device_codes():
    """(code, where) of every literal of the worker and the pages that has a code's shape, whatever it is handed to."""
    literal = re.compile(r"[\"']([a-z_]+\.[a-z_]+)[\"']")
    for path in sorted([*(PROJECT / "service_worker").rglob("*.js"), *(PROJECT / "frontend" / "js").rglob("*.js")]):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if not line.startswith("import "):
                for code in literal.findall(line):
                    yield code, f"{path.relative_to(PROJECT)}:{number}"


def test_the_codes_of_the_device_are_found():
    found = {code for code, _ in device_codes()}
    assert {"device.failed", "assessment.wrong_state", "sync.too_large"} <= found


def test_every_refusal_has_words():
    missing = sorted(
        {f"{code} ({where})" for code, where in [*raised_codes(), *device_codes()] if code not in CATALOGUE}
    )
    assert not missing, (
        "These codes have no words: " + ", ".join(missing) + ". Add each to backend/throughcare/problems.json: "
        "status, title, what happened, what is safe, what to do now."
    )


def test_the_catalogue_is_whole_and_sorted():
    assert list(CATALOGUE) == sorted(CATALOGUE), (
        "Keep problems.json sorted by code, so that two people's additions do not collide."
    )
    for code, words in CATALOGUE.items():
        assert CODE.match(code), f"{code}: two snake_case words with a dot between"
        assert set(words) == {"status", "title", "happened", "safe", "do"}, (
            f"{code}: needs exactly status, title, happened, safe, do"
        )
        for part in ("happened", "safe", "do"):
            assert words[part].endswith("."), f"{code}: {part} is a whole sentence"


def test_only_permissions_and_identity_decide_who_acts():
    """Sync takes a device token and no cookie: nothing under api/sync.py or sync/ looks at the session."""
    for path in [BACKEND / "api" / "sync.py", *sorted((BACKEND / "sync").glob("*.py"))]:
        text = path.read_text("utf-8")
        assert "flask_login" not in text, (
            f"{path.name} must not know the office session: a device syncs with its token alone."
        )
        assert "cookies" not in text, f"{path.name} reads a cookie: a device syncs with its token alone."


def test_the_import_rules_hold():
    """Who may import whom: the contracts of pyproject.toml, also run by `run.py check`."""
    from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

    assert lint_imports(config_filename=str(PROJECT / "pyproject.toml"), no_cache=True) == EXIT_STATUS_SUCCESS, (
        "An import goes the wrong way: see the contract above, and docs/architecture.md, Folders. Move the rule down a layer, or pass it in."
    )
