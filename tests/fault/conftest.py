"""A real server process on each database behind a proxy that loses answers, and tablets in front of it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

import databases
from browser import builds
from browser.conftest import who
from browser.server import Server
from fault.device import SHIPPED, Device, broken
from fault.proxy import Proxy


@dataclass
class Line:
    """The way from tablets to one server."""

    server: Server
    proxy: Proxy
    url: str

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        engine = create_engine(self.url)
        try:
            with engine.connect() as connection:
                return [tuple(row) for row in connection.execute(text(query), values)]
        finally:
            engine.dispose()


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return builds.shared(tmp_path_factory)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def running(request: pytest.FixtureRequest, dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    folder = tmp_path_factory.mktemp("data")
    with contextlib.ExitStack() as stack:
        proxy = Proxy()
        stack.callback(proxy.close)
        given = stack.enter_context(databases.postgres_url()) if request.param == "postgresql" else None
        server = Server(folder, given, outside=proxy.port, dist=dist).start()
        stack.callback(server.stop)
        yield Line(server, proxy, given or f"sqlite:///{folder / 'throughcare.sqlite3'}")


@pytest.fixture
def line(running: Line) -> Line:
    """The server is up and the proxy passes everything on, whatever the test before did."""
    running.proxy.meddle = running.proxy.gate = None
    if not running.server.group:
        running.server.start()
    running.proxy.target = running.server.port
    return running


@pytest.fixture
def make_device(line: Line, tmp_path: Path) -> Iterator[Callable[..., Device]]:
    made: list[Device] = []

    def make(wrong: str | None = None) -> Device:
        source = broken(tmp_path / "broken", wrong) if wrong else SHIPPED
        made.append(Device(line.server.origin, who("Nia Farrow"), source))
        return made[-1]

    yield make
    for each in made:
        each.close()
