"""A real server process for the browser: started, stopped, killed and asked what it was asked."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """Serves `folder` on its own port. `outside` is the port in the browser's address, where a proxy stands in front."""

    def __init__(
        self,
        folder: Path,
        url: str | None = None,
        outside: int | None = None,
        dist: Path | None = None,
        **settings: str,
    ) -> None:
        self.folder, self.port = folder, free_port()
        self.log = folder / "server.log"
        self.origin = f"http://localhost:{outside or self.port}"
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(HOME / "backend"),
            "THROUGHCARE_DATA_DIR": str(folder),
            "THROUGHCARE_DEMO": "1",
            "THROUGHCARE_RELEASE": "test",
            **({"THROUGHCARE_DIST": str(dist)} if dist else {}),
            "THROUGHCARE_PUBLIC_HOST": f"localhost:{outside or self.port}",
            **({"THROUGHCARE_DATABASE_URL": url} if url else {}),
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Server:
        words = [sys.executable, "-m", "throughcare.cli.serve", "--port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                words, env=self.environment, cwd=HOME, stdout=log, stderr=log, start_new_session=True
            )
        for _ in range(1000):
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended at once:\n{self.log.read_text()[-3000:]}")
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=2).read()
                return self
            except OSError:
                time.sleep(0.03)
        raise AssertionError(f"the server did not become healthy:\n{self.log.read_text()[-3000:]}")

    def stop(self, how: int = signal.SIGTERM) -> None:
        """Gone when this returns. SIGKILL takes the whole process group, as a power cut would."""
        if self.process is None:
            return
        if self.process.poll() is None:
            os.killpg(self.process.pid, how)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(10)
        self.process = None

    def kill(self) -> None:
        self.stop(signal.SIGKILL)

    def cli(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "throughcare.cli", *words],
            env=self.environment,
            cwd=HOME,
            text=True,
            capture_output=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def requests(self) -> list[dict]:
        """What was asked of it so far, from its own log: {method, rule, status, …}."""
        found = []
        for line in self.log.read_text().splitlines():
            if line.startswith("{") and (entry := json.loads(line)).get("event") == "request":
                found.append(entry)
        return found


def seeded_copy(template: Path, folder: Path) -> Path:
    """A data folder of its own, holding the invented data of the template."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in template.iterdir():
        if file.suffix != ".log":
            shutil.copy(file, folder / file.name)
    return folder
