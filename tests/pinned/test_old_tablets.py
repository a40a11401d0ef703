"""Tablets that come back with the program of an earlier day, beside tablets of today, against today's service (F20; I17):
all that the simulation asks of a history holds, whatever is saved, handed in, settled, published, taken away or set back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sim import engine, world
from sim.work import CLONE
from throughcare.sync import pull

HERE = Path(__file__).parent
PROGRAMS = sorted(path.stem for path in HERE.glob("*.js"))
SEEDS, STEPS = range(1, 7), 60


class Old(engine.Engine):
    """Tablets of one of the programs beside this file."""

    def __init__(self, program: str, new_id: Any) -> None:
        text = (HERE / f"{program}.js").read_text()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(engine, "bundle", lambda _source: text)
            super().__init__(Path(program), new_id)


class Mixed:
    """The second tablet, whose worker loses the suite now and then, and any copy of it are of the old program; the others
    are of today's."""

    def __init__(self, program: str, new_id: Any) -> None:
        self.old, self.new = Old(program, new_id), engine.Engine(engine.SHIPPED, new_id)
        self.on_old = {"1"}

    def do(self, command: str, **given: Any) -> Any:
        if command == "clone" and given["name"] in self.on_old:
            self.on_old.add(CLONE)
        return (self.old if given["name"] in self.on_old else self.new).do(command, **given)


@pytest.fixture(params=PROGRAMS)
def program(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    chosen: str = request.param
    monkeypatch.setattr(world, "Engine", lambda _source, new_id: Mixed(chosen, new_id))
    return chosen


def test_an_old_tablet_loses_nothing_and_ends_with_what_the_others_have(program: str, sqlite_template: Path) -> None:
    first_violation(sqlite_template)


def test_a_service_that_tells_old_tablets_less_than_they_need_is_found_out(
    program: str, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if what they know as `drop_scopes` had another name from now on."""
    before = pull.read_plan

    def renamed(*given: Any) -> Any:
        plan = before(*given)
        return type(plan)(plan.since, [])

    monkeypatch.setattr(pull, "read_plan", renamed)
    with pytest.raises(world.Violation, match="I8: tablet 1 still holds"):
        first_violation(sqlite_template)


def first_violation(template: Path) -> None:
    for seed in SEEDS:
        world.history(template, seed, STEPS)
