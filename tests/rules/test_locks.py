"""The lock files install the same bytes anywhere, and name no place to fetch them from."""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NPM = json.loads((ROOT / "frontend" / "package-lock.json").read_text(encoding="utf-8"))["packages"]


def test_no_lock_names_an_address() -> None:
    for path in [*sorted((ROOT / "requirements").iterdir()), ROOT / "frontend" / "package-lock.json"]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r'"resolved"|--(extra-)?index-url|--find-links', text), (
            f"{path.name} says where to fetch from. Lock again with omit-lockfile-registry-resolved=true (npm) or "
            "--no-emit-index-url (Python), so that every machine uses its own registry."
        )


def test_the_npm_lock_holds_every_platform() -> None:
    missing = sorted(
        f"{name.removeprefix('node_modules/')} -> {wanted}"
        for name, package in NPM.items()
        for wanted in package.get("optionalDependencies", {})
        if f"node_modules/{wanted}" not in NPM and f"{name}/node_modules/{wanted}" not in NPM
    )
    assert not missing, (
        "Locking on one machine dropped other platforms' binaries, and `npm ci` refuses such a lock. "
        "Put these back from the lock's history: " + ", ".join(missing)
    )


def test_every_python_requirement_has_hashes() -> None:
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        for block in re.split(r"\n(?=[a-z0-9])", path.read_text(encoding="utf-8")):
            if re.match(r"[a-z0-9]", block):
                assert "--hash=sha256:" in block, f"{path.name}: {block.splitlines()[0]} has no hash"
