"""The service's own server, started hundreds of times: a nursery process has imported everything and forks it.

What `cli.serve` does before (migrations, the greeting) is left out; what it then serves with is the same. `factory`
names a broken app for a positive control.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from browser.server import HOME, Server

TESTS = HOME / "tests"
PR_SET_CHILD_SUBREAPER = 36


class QuickServer(Server):
    """A Server that starts in a fraction of a second. Close it."""

    def __init__(self, folder: Path, url: str | None = None, factory: str = "throughcare:create_app") -> None:
        super().__init__(folder, url)
        environment = {**self.environment, "PYTHONPATH": f"{HOME / 'backend'}:{TESTS}"}
        words = [sys.executable, "-m", "fault.serving", str(self.port), factory]
        with self.log.open("ab") as log:
            self.nursery = subprocess.Popen(
                words, env=environment, cwd=HOME, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
            )
        self.group = 0

    def start(self) -> QuickServer:
        assert self.nursery.stdin
        assert self.nursery.stdout
        self.nursery.stdin.write("start\n")
        self.nursery.stdin.flush()
        self.group = int(self.nursery.stdout.readline() or 0)
        if not self.group:
            raise AssertionError(f"the nursery ended:\n{self.log.read_text()[-3000:]}")
        for _ in range(1500):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=2).read()
                return self
            except OSError:
                time.sleep(0.02)
        raise AssertionError(f"the server did not become healthy:\n{self.log.read_text()[-3000:]}")

    def stop(self, how: int = signal.SIGTERM) -> None:
        """Every process of the server is gone when this returns."""
        try:
            while self.group:
                os.killpg(self.group, how)
                time.sleep(0.01)
                how = signal.SIGKILL
        except ProcessLookupError:
            self.group = 0

    def close(self) -> None:
        self.stop(signal.SIGKILL)
        assert self.nursery.stdin
        assert self.nursery.stdout
        self.nursery.stdin.close()
        self.nursery.kill()
        self.nursery.wait()
        self.nursery.stdout.close()


def _nursery(port: int, factory: str) -> None:
    import throughcare
    from throughcare.cli.serve import answer

    for part in (*throughcare.PARTS, "granian", factory.partition(":")[0]):
        importlib.import_module(part)
    # What was killed leaves nothing to wait for, nor do its own processes, which come to us then instead of to init.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    for _line in sys.stdin:
        child = os.fork()
        if child:
            print(child, flush=True)
            continue
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(2, 1)  # the nursery's own output is a line to the test
        answer("127.0.0.1", port, factory)
        os._exit(0)


if __name__ == "__main__":
    _nursery(int(sys.argv[1]), sys.argv[2])
