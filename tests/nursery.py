"""Processes of the service that start in a fraction of a second: a nursery has imported everything, and forks them.

What runs in them is what `run.py` and `run.py cli` run, from `main` on; to import it anew each time was a tenth of the test run.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

HOME = Path(__file__).resolve().parents[1]
PR_SET_CHILD_SUBREAPER = 36
# Read when the service is imported, so that each front end has a nursery of its own.
DIST = "THROUGHCARE_DIST"


class Nursery:
    """The parent's end of it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        path = {"PYTHONPATH": f"{HOME / 'backend'}:{HOME / 'tests'}"}
        words = [sys.executable, "-m", "nursery"]
        self.turn = threading.Lock()
        self.process = subprocess.Popen(
            words, env={**environment, **path}, cwd=HOME, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def fork(self, environment: Mapping[str, str], out: Path, words: Sequence[str], factory: str | None = None) -> int:
        """Serve, with the words that `cli.serve` takes; or only answer, with the app that `factory` makes. Returns the
        leader of a process group."""
        return int(self._ask(environment, out, words, factory=factory, serve=True)["group"])

    def run(self, environment: Mapping[str, str], out: Path, words: Sequence[str]) -> int:
        """One command of `run.py cli`, to its end: its output into `out`, its errors beside it. Returns its code."""
        return int(self._ask(environment, out, words, serve=False)["code"])

    def _ask(self, environment: Mapping[str, str], out: Path, words: Sequence[str], **asked: Any) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        with self.turn:
            print(
                json.dumps({"environment": {**environment}, "out": str(out), "words": [*words], **asked}),
                file=self.process.stdin,
                flush=True,
            )
            line = self.process.stdout.readline()
        assert line, "the nursery ended"
        return json.loads(line)


_nurseries: dict[str | None, Nursery] = {}


def nursery(environment: Mapping[str, str]) -> Nursery:
    """That of this process. It ends with it."""
    dist = environment.get(DIST)
    if dist not in _nurseries:
        _nurseries[dist] = Nursery(environment)
    return _nurseries[dist]


# --- the child's end ----------------------------------------------------------------------------------------------------


def _main() -> None:
    from sqlalchemy.orm import configure_mappers

    import throughcare
    from throughcare.cli import load, serve

    for part in (*throughcare.PARTS, "granian"):
        importlib.import_module(part)
    commands = load()
    configure_mappers()
    ended: dict[int, int] = {}

    def bury(*_: object) -> None:
        with contextlib.suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                ended[found[0]] = os.waitstatus_to_exitcode(found[1])

    signal.signal(signal.SIGCHLD, bury)
    if sys.platform == "linux":  # what a killed server leaves behind comes to us, not to init
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if not child:
            _be(asked, serve, commands)
        with contextlib.suppress(OSError):  # whoever comes first: the group is there when we say so
            os.setpgid(child, child)
        while not asked["serve"] and child not in ended:
            time.sleep(0.005)
        print(json.dumps({"group": child, "code": ended.pop(child, None)}), flush=True)


def _be(asked: dict[str, Any], serve: Any, commands: Any) -> NoReturn:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setpgid(0, 0)
    # The nursery's own input and output are a line to the test.
    out, adding = asked["out"], os.O_WRONLY | os.O_CREAT | os.O_APPEND
    errors = out if asked["serve"] else f"{out}.errors"
    for number, path, how in ((0, os.devnull, os.O_RDONLY), (1, out, adding), (2, errors, adding)):
        file = os.open(path, how, 0o600)
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(asked["environment"])
    words = asked["words"]
    code: object = 0
    try:
        if not asked["serve"]:
            commands(words, prog_name="run.py cli")
        elif asked["factory"]:
            serve.answer("127.0.0.1", int(words[-1]), asked["factory"])
        else:
            sys.argv[1:] = words
            code = serve.main()
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1)


if __name__ == "__main__":
    _main()
