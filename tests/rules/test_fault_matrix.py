"""docs/fault-matrix.md names tests that exist, and has a row for every fault and invariant."""

from __future__ import annotations

import re
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]
MATRIX = (HOME / "docs" / "fault-matrix.md").read_text()


def test_every_test_that_the_matrix_names_exists() -> None:
    source = "\n".join(path.read_text() for path in (HOME / "tests").rglob("test_*.py"))
    written = set(re.findall(r"^def (test_\w+)\(", source, re.MULTILINE))
    named = set(re.findall(r"`(test_\w+)`", MATRIX))
    assert named - written == set()
    assert len(named) > 50


def test_the_matrix_has_a_row_for_every_fault_and_invariant() -> None:
    rows = set(re.findall(r"^\| ([FI]\d+) \|", MATRIX, re.MULTILINE))
    assert rows == {f"F{number}" for number in range(1, 31)} | {f"I{number}" for number in range(1, 23)}
