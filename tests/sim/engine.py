"""The tablets' program in quickjs, and the ids that a seed gives them."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import quickjs

from browser.server import HOME

# What quickjs lacks of a browser, as far as the store's hashes need it.
BROWSER = """
globalThis.TextEncoder = class { encode(text) { return { text }; } };
globalThis.crypto = { subtle: { digest: async (_name, { text }) => Uint8Array.from(globalThis.__sha256(text).match(/../g), (each) => parseInt(each, 16)).buffer } };
"""
SHIPPED = HOME / "service_worker" / "src"


class Violation(AssertionError):
    """What must never happen did; the seed and the last steps say how."""


@lru_cache
def bundle(source: Path = SHIPPED) -> str:
    """The tablet's program for quickjs, of the shipped source or of a copy with a bug in it."""
    with tempfile.TemporaryDirectory() as folder:
        entry = Path(folder) / "device.js"
        text = (HOME / "tests" / "sim" / "device.js").read_text()
        entry.write_text(text.replace("SOURCE", source.as_posix()))
        esbuild = HOME / "frontend" / "node_modules" / ".bin" / "esbuild"
        made = subprocess.run(
            [esbuild, entry, "--bundle", "--format=iife", "--target=es2022", "--log-level=error"],
            check=True,
            capture_output=True,
            text=True,
        )
        return made.stdout


class Engine:
    """All tablets of one history in one quickjs context."""

    def __init__(self, source: Path, new_id: Callable[[], str]) -> None:
        self._js = quickjs.Context()
        self._js.add_callable("__new_id", new_id)
        self._js.add_callable("__sha256", lambda text: hashlib.sha256(text.encode()).hexdigest())
        self._js.eval(BROWSER)
        self._js.eval(bundle(source))
        self._call, self._result = self._js.get("__call"), self._js.get("__result")

    def do(self, command: str, **given: Any) -> Any:
        """Returns the value, or the word "power" when it went in the middle."""
        self._call(command, json.dumps(given))
        while self._js.execute_pending_job():
            pass
        answer = json.loads(self._result())
        if "failed" in answer and answer["failed"] != "power":
            raise Violation(f"the tablet's program failed at {command}: {answer['failed']}")
        return answer.get("value", "power")


class Ids:
    """UUIDs of version 7 that sort by their making, from a seed."""

    def __init__(self, rng: random.Random) -> None:
        self.rng, self.made = rng, 0

    def __call__(self) -> str:
        self.made += 1
        tail = f"{self.rng.getrandbits(62):016x}"
        return f"019a0000-{self.made:04x}-7{tail[:3]}-8{tail[3:6]}-{tail[4:16]}"
