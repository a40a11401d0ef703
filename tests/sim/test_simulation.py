"""Histories from seeds: the shipped tablet against the shipped server, and bugs planted in either that it must see."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sim import drill, world
from throughcare.records import merge
from throughcare.sync import conflicts, receive

# Many short histories and a few long ones; run.py bench faults --only simulation takes them all to 300 steps.
SEEDS, SHORT, STEPS, LONG = range(1, 51), 20, 60, 300
# (file of the shipped tablet, right, wrong): each loses or doubles something.
TABLET_BUGS = {
    "a page's cursor without its records": (
        "store/synced.js",
        "records, known: before, ended, gone });",
        "records: new Map(), known: before, ended, gone });",
    ),
    "an op that can change after it was sent": ("store/ops.js", 'last.state === "waiting" && last.tries === 0 && ', ""),
    "a queue emptied before the answer": (
        "sync/step.js",
        "const results = answer.results.filter((each) => asked.has(each.op));",
        'const results = state.ops.map(({ op }) => ({ op, state: "applied", rev: "1-a" }));',
    ),
    "a suite that was taken away and stays": (
        "store/synced.js",
        "const ended = this.#endedBy(page);",
        "const ended = [];",
    ),
    "a digest copied from the answer": (
        "sync/effects.js",
        "digest: await store.synced.reckon(effect.scopes) }",
        "digest: state.digest }",
    ),
    "a digest of what was once written": ("store/synced.js", "await this.#look();\n", ""),
    "a new epoch that is not noticed": (
        "sync/step.js",
        "if (state.epoch && answer.epoch !== state.epoch)",
        "if (false)",
    ),
    "answered ops that are not kept": (
        "store/synced.js",
        'kept.map(([entry, result]) => ["kept", entry.op.op, { op: entry.op, kept: keptOf(entry, result, epoch) }])',
        "[]",
    ),
    "kept ops that are forgotten in a new epoch": (
        "store/kept.js",
        "for (const [op, { since, tries }] of kept)",
        "for (const [op, { since, tries }] of [])",
    ),
    "what the service lacks let go": ("store/synced.js", "for (const id of answer.unseen)", "for (const id of [])"),
    "what was taken away and stays": (
        "store/outcomes.js",
        "record.deleted ? worked(next, now.get(record.id)) : newer(now.get(record.id), record, page.epoch)",
        "newer(now.get(record.id), record, page.epoch)",
    ),
    "a first page taken for the last answer": (
        "sync/step.js",
        "complete: !page.more, digest",
        "complete: false, digest",
    ),
}


# The history that sees the bug first: its seed, and how long it is. The others are tried when histories have changed.
SEEN_BY = {
    "an op that can change after it was sent": (2, STEPS),
    "a digest copied from the answer": (13, LONG),
    "a digest of what was once written": (13, LONG),
    "a new epoch that is not noticed": (5, STEPS),
    "kept ops that are forgotten in a new epoch": (5, STEPS),
    "what the service lacks let go": (31, LONG),
    "what was taken away and stays": (7, STEPS),
    "the last one wins": (7, STEPS),
    "the last answer wins": (11, STEPS),
    "a removal of what was not seen": (14, LONG),
    "a settlement that changes nothing": (16, LONG),
    "a form whose publishing releases nothing": (9, STEPS),
    "an op taken for another one of its name": (20, STEPS),
}


def until_seen(template: Path, source: Path = world.SHIPPED, name: str = "") -> str:
    """What the first of the histories that see the bug says of it. A rare one is looked for longer."""
    for seed, steps in [SEEN_BY.get(name, (1, STEPS)), *((seed, STEPS) for seed in range(1, 41))]:
        try:
            world.history(template, seed, steps, source)
        except world.Violation as violation:
            return str(violation)
    return ""


def test_no_history_loses_overwrites_or_doubles_anything(sqlite_template):
    for seed in SEEDS:
        world.history(sqlite_template, seed, STEPS if seed % 10 == 0 else SHORT)


def test_the_same_seed_is_the_same_history(sqlite_template):
    assert world.history(sqlite_template, 4, STEPS) == world.history(sqlite_template, 4, STEPS)


@pytest.mark.parametrize("name", TABLET_BUGS)
def test_a_bug_in_the_tablet_is_seen(name, sqlite_template, tmp_path):
    where, right, wrong = TABLET_BUGS[name]
    shutil.copytree(world.SHIPPED, tmp_path / "src")
    path = tmp_path / "src" / where
    source = path.read_text()
    assert source.count(right) == 1, f"{where} changed: write this bug anew"
    path.write_text(source.replace(right, wrong))
    assert until_seen(sqlite_template, tmp_path / "src", name).startswith("seed ")


def _last_wins(merged, _current, change):
    merge._take(merged, change.path, change.chosen, change.at)


def _last_answer_wins(merged, current, change, before=merge._merge_leaf):
    (_last_wins if change.path[0] == "answers" else before)(merged, current, change)


# (place in the shipped server, what stands there instead, the invariant that it breaks).
SERVER_BUGS = {
    "the last one wins": (merge, "_merge_leaf", _last_wins, "I4"),
    "the last answer wins": (merge, "_merge_leaf", _last_answer_wins, "I4"),
    "a removal of what was not seen": (merge, "differ", lambda _seen, _current: False, "I4"),
    "a settlement that changes nothing": (conflicts, "_lay_down", lambda *_given: None, "I4"),
    "a form whose publishing releases nothing": (receive, "release", lambda *_given: None, "I18"),
    "an op taken for another one of its name": (receive, "sha256", lambda _raw: "0" * 64, "I1"),
}


@pytest.mark.parametrize("name", SERVER_BUGS)
def test_a_bug_in_the_server_is_seen(name, sqlite_template, monkeypatch):
    place, function, wrong, broken = SERVER_BUGS[name]
    monkeypatch.setattr(place, function, wrong)
    assert broken in until_seen(sqlite_template, name=name)


def test_a_server_that_forgets_a_suite_is_seen(sqlite_template, monkeypatch):
    """A tablet lets go of whatever the sums do not name: this one names and sends it."""
    from throughcare.sync import pull, scopes

    def keeps_all(*given):
        plan = scopes.read_plan(*given)
        return scopes.Plan({**plan.since, **dict.fromkeys(plan.drop, 0)}, [])

    monkeypatch.setattr(pull, "read_plan", keeps_all)
    assert any(broken in until_seen(sqlite_template) for broken in ("I7", "I8"))


@pytest.mark.parametrize("how", drill.WAYS)
def test_after_a_restore_one_sync_of_each_tablet_brings_everything_back(how, sqlite_template):
    drilled = drill.drill(sqlite_template, how, tablets=3, hours=8)
    assert drilled.answered
    assert drilled.missing == 0


def test_tablets_that_send_nothing_again_after_a_restore_are_seen(sqlite_template, tmp_path):
    where, right, wrong = TABLET_BUGS["kept ops that are forgotten in a new epoch"]
    shutil.copytree(world.SHIPPED, tmp_path / "src")
    path = tmp_path / "src" / where
    path.write_text(path.read_text().replace(right, wrong))
    assert drill.drill(sqlite_template, "command", tablets=3, hours=8, source=tmp_path / "src").missing
