"""`run.py bench faults --only restore`: fifty tablets, and a service that is set back by a day, in three ways.

Then the control: tablets that send nothing again of what the service had answered. A finished drill is a line of the log.
"""

from __future__ import annotations

import contextlib
import io
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from faults_server import Pieces

import databases
from sim import drill
from sim.engine import SHIPPED
from sim.test_simulation import TABLET_BUGS

FORGETFUL = TABLET_BUGS["kept ops that are forgotten in a new epoch"]


def forgetful(folder: Path) -> Path:
    """The tablet's source, which forgets in a new epoch what it kept."""
    where, right, wrong = FORGETFUL
    copy = shutil.copytree(SHIPPED, folder / "src")
    path = copy / where
    path.write_text(path.read_text().replace(right, wrong))
    return copy


def restore(tablets: int, hours: int, log: Path | None, minutes: float) -> int:
    """Print each drill. Returns 1 when a change was missing after one sync of each tablet, or the control missed none."""
    pieces = Pieces(log, minutes)
    bad = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with contextlib.redirect_stdout(io.StringIO()):
            template = databases.make_template(folder)

        def run(how: str, source: Path) -> dict[str, Any]:
            with contextlib.redirect_stdout(io.StringIO()):
                return asdict(drill.drill(template, how, tablets, hours, source))

        for how in drill.WAYS:
            told = pieces.get(f"restore {how} {tablets} {hours}", run, how, SHIPPED)
            if told is None:
                print("stopped; the same command with --log goes on from here")
                return 1
            bad += bool(told["missing"])
        told = pieces.get(f"restore forgetful {tablets} {hours}", run, "command", forgetful(folder))
    if told is not None:
        print(f"tablets that send nothing again: {told['missing']} of {told['gone']} missing")
    return 1 if bad or not told or not told["missing"] else 0
