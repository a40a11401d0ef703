"""The same history with right clocks and with wrong ones: what stands, what is asked and how often it was written are the
same. F12 of docs/fault-matrix.md."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sim import world
from throughcare.models import Record
from throughcare.records import merge

SEEDS, STEPS = (5, 7, 11), 60
EPOCH = -(datetime.fromisoformat(world.START) - datetime.fromisoformat("1970-01-01T00:00:00Z")).total_seconds() / 3600
# What a tablet's clock was asked for; everything else of a record is compared.
CLAIMS = ("at", "started_at")


def right(_name: str, hours: float) -> float:
    return hours


def wrong(name: str, hours: float) -> float:
    """Ten years ahead with an hour taken back now and then, as at the end of summer; running backwards; without a battery,
    so that each start is in 1970; and jumping ten years to and fro."""
    return {
        "0": hours + 87_600 - (hours // 24 % 2),
        "1": -3 * hours,
        "2": EPOCH + hours % 1,
        "3": hours + 87_600 * (-1) ** int(hours // 10),
    }[name]


def without_claims(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_claims(each) for key, each in value.items() if key not in CLAIMS}
    return value


def what_stands(template: Any, seed: int, clocks: world.Clocks) -> dict[str, Any]:
    with world.told(template, seed, STEPS, clocks=clocks) as told:
        return {
            each.id: (each.type, each.rev.split("-")[0], each.deleted, without_claims(each.body))
            for each in told.service.all(Record)
        }


def test_wrong_clocks_change_nothing(sqlite_template):
    for seed in SEEDS:
        assert what_stands(sqlite_template, seed, wrong) == what_stands(sqlite_template, seed, right), f"seed {seed}"


def test_a_server_on_which_the_later_clock_wins_is_found_out(sqlite_template, monkeypatch):
    before = merge._merge_leaf

    def later_wins(merged, current, change):
        if (change.at or "") > "2028":
            merge._take(merged, change.path, change.chosen, change.at)
        else:
            before(merged, current, change)

    monkeypatch.setattr(merge, "_merge_leaf", later_wins)
    # What the simulation itself holds against it is left out: here it is enough that the clocks decide.
    monkeypatch.setattr(world, "check", lambda _world: None)
    assert any(what_stands(sqlite_template, seed, wrong) != what_stands(sqlite_template, seed, right) for seed in SEEDS)
