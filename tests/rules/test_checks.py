"""The quick linters and type checkers of `run.py check`, so that one command shows what they find."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ROOT / "frontend" / "node_modules" / ".bin"
CHECKS = {
    "ruff": [sys.executable, "-m", "ruff", "check"],
    "biome": [PACKAGES / "biome", "ci", "--colors=off", "--error-on-warnings"],
    "types of the pages": [PACKAGES / "tsc", "-p", ROOT / "frontend"],
    "types of the worker": [PACKAGES / "tsc", "-p", ROOT / "service_worker"],
}


@pytest.mark.parametrize("name", CHECKS)
def test_the_source_passes(name: str) -> None:
    command = [str(part) for part in CHECKS[name]]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, (
        f"{name} finds something (`python3 run.py check` shows everything):\n{done.stdout}{done.stderr}"
    )
