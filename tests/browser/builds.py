"""Builds of the front end for the tests: as it is, as a next release, and one that seals nothing."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from browser.server import HOME

Change = Callable[[Path], None]


def once(made: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that the first process of a test run which wants it fills, and all of them read."""
    whole = made.getbasetemp()
    folder = (whole.parent if "PYTEST_XDIST_WORKER" in os.environ else whole) / name
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            part = folder.with_suffix(".part")
            part.mkdir()
            make(part)
            part.rename(folder)
    return folder


def shared(made: pytest.TempPathFactory) -> Path:
    """The front end as it is, built for a test run alone."""
    return once(made, "built", build) / "frontend" / "dist"


def build(folder: Path, change: Change | None = None) -> Path:
    """Copy the sources into `folder`, let `change` alter the copy, build it there. Returns its dist."""
    ignored = shutil.ignore_patterns("node_modules", "dist", "__pycache__")
    for name in ("frontend", "service_worker"):
        shutil.copytree(HOME / name, folder / name, ignore=ignored)
    for name in ("problems.json",):
        target = folder / "backend" / "throughcare" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(HOME / "backend" / "throughcare" / name, target)
    (folder / "frontend" / "node_modules").symlink_to(HOME / "frontend" / "node_modules")
    _packed_quickly(folder)
    if change:
        change(folder)
    done = subprocess.run(["node", "build.mjs"], cwd=folder / "frontend", capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "frontend" / "dist"


def _packed_quickly(folder: Path) -> None:
    """The same bytes once they are unpacked: only a release is worth three seconds of packing."""
    path = folder / "frontend" / "build" / "compress.mjs"
    source = path.read_text()
    assert source.count("const QUALITY = 11;") == 1
    path.write_text(source.replace("const QUALITY = 11;", "const QUALITY = 5;"))


def unsealed(folder: Path) -> None:
    """A vault that writes what it is given as it is: what a scan of the profile must be able to find. It exists here only."""
    path = folder / "service_worker" / "src" / "store" / "vault.js"
    source = path.read_text()
    for name, body in (
        ("seal", "{ return { iv: random(12), data: text.encode(JSON.stringify(value)).buffer }; }"),
        ("open", "{ return JSON.parse(new TextDecoder().decode(sealed.data)); }"),
    ):
        head = f"export async function {name}("
        assert source.count(head) == 1, f"vault.js has no single {name}()"
        arguments = source.split(head)[1].split(")")[0]
        source = source.replace(
            head, f"export async function {name}({arguments}) {body}\nasync function sealing_{name}("
        )
    path.write_text(source)


def next_release(folder: Path) -> None:
    """The same program with one word changed: to a browser, a new version."""
    path = folder / "frontend" / "field" / "suite" / "show.njk"
    path.write_text(
        path.read_text().replace("The custody record is the true clock.", "The custody record is the only true clock.")
    )


def longest_pauses(folder: Path) -> None:
    """A tablet without luck: after a failed sync it always pauses for as long as it may, a minute from the fifth failure on."""
    path = folder / "service_worker" / "src" / "sync" / "schedule.js"
    source = path.read_text()
    assert source.count("world.luck ?? Math.random") == 1
    path.write_text(source.replace("world.luck ?? Math.random", "() => 1"))
