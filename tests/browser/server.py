"""A real server process for the browser: started, stopped, killed and asked what it was asked."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import socket
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Self

from nursery import HOME, nursery

# Below those that systems give to outgoing connections: while a server is down, a browser that tries again and again could
# be given its port, and even be connected to itself.
PORTS = range(20_000, 32_000)


def free_port() -> int:
    for port in random.SystemRandom().sample(PORTS, 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("a hundred ports, and none of them free")


class Server:
    """Serves `folder` on its own port. `outside` is the port in the browser's address, where a proxy stands in front;
    `factory` names a broken app that is served instead, for a positive control."""

    def __init__(
        self,
        folder: Path,
        url: str | None = None,
        outside: int | None = None,
        dist: Path | None = None,
        factory: str | None = None,
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
        self.factory = factory
        # The leader of its processes, while it is there.
        self.group = 0

    def start(self) -> Self:
        words = ["--port", str(self.port)]
        self.group = nursery(self.environment).fork(self.environment, self.log, words, self.factory)
        for _ in range(3000):
            if not self._is_there():
                raise AssertionError(f"the server ended at once:\n{self.log.read_text()[-3000:]}")
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=2).read()
                return self
            except OSError:
                time.sleep(0.01)
        raise AssertionError(f"the server did not become healthy:\n{self.log.read_text()[-3000:]}")

    def stop(self, how: int = signal.SIGTERM) -> None:
        """Every process of it is gone when this returns. SIGKILL takes them at once, as a power cut would."""
        patience = time.monotonic() + 10
        if self._is_there():
            os.killpg(self.group, how)
        while self._is_there():
            if time.monotonic() > patience:
                os.killpg(self.group, signal.SIGKILL)
            time.sleep(0.005)
        self.group = 0

    def _is_there(self) -> bool:
        with contextlib.suppress(ProcessLookupError):
            if self.group:
                os.killpg(self.group, 0)
                return True
        return False

    def kill(self) -> None:
        self.stop(signal.SIGKILL)

    def cli(self, *words: str) -> str:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "cli"
            code = nursery(self.environment).run(self.environment, out, words)
            said = out.read_text()
            assert code == 0, said + Path(f"{out}.errors").read_text()
        return said

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
