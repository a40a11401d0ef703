"""The network loses answers, and one of them at the worst moment. One effect, the same outcome, nothing taken for sent."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, expect

from browser.conftest import who
from browser.server import Server, seeded_copy
from browser.tablet import Tablet
from fault.proxy import Proxy, Stopped

SOON = 150_000


@pytest.fixture
def between(template: Path, dist: Path, tmp_path: Path) -> Iterator[tuple[Server, Proxy]]:
    """A server behind a proxy that the browser takes for it."""
    proxy = Proxy()
    server = Server(seeded_copy(template, tmp_path / "data"), outside=proxy.port, dist=dist).start()
    proxy.target = server.port
    yield server, proxy
    proxy.close()
    server.stop()


def rows(server: Server, query: str) -> list[tuple]:
    with sqlite3.connect(server.folder / "throughcare.sqlite3") as database:
        return database.execute(query).fetchall()


@pytest.mark.timeout(400)
def test_a_server_killed_between_commit_and_answer_has_one_effect_and_the_same_outcome(
    between, playwright: Playwright, tmp_path: Path
) -> None:
    server, proxy = between
    tablet = Tablet(playwright, tmp_path / "tablet", server.origin)
    lost: list[bytes] = []

    def kill_once(path: str, status: int, body: bytes) -> bytes | None:
        if path == "/sync/v1/push" and status == 200 and not lost and json.loads(body)["results"]:
            lost.append(body)
            server.kill()
            return None
        return body

    try:
        tablet.enrol(who("Nia Farrow"))
        proxy.meddle = kill_once
        tablet.add_person("Peregrine", "Saltwhistle", ("7", "7", "1991"), "HL/9300")
        tablet.go("/")
        for _ in range(300):
            if lost:
                break
            tablet.page.wait_for_timeout(100)
        assert lost, "the answer was never cut"
        tablet.says("Waiting to send")
        tablet.go("/device")
        told = tablet.page.locator("#device-sentence")
        expect(told).to_contain_text("waiting to send")
        expect(tablet.page.locator("#device-queue")).to_contain_text("Waiting to send")
        server.start()
        tablet.page.evaluate("() => dispatchEvent(new Event('online'))")  # signal is back: it need not wait its turn
        tablet.says("Sent", timeout=SOON)
        # The page says so by itself, and what is drawn anew works as before.
        expect(told).to_contain_text("with the service")
        expect(tablet.page.locator("#device-queue")).not_to_contain_text("Waiting to send")
    finally:
        tablet.close()

    committed = json.loads(lost[0])["results"]
    for result in committed:
        assert rows(server, f"select count(*) from ops where id = '{result['op']}'") == [(1,)]
    assert rows(server, "select count(*) from custody_episodes where custody_number = 'HL/9300'") == [(1,)]
    assert "The same" in server.cli("rebuild", "--check")


@pytest.mark.timeout(400)
def test_an_answer_that_leaves_one_result_out_keeps_that_change_waiting(
    between, playwright: Playwright, tmp_path: Path
) -> None:
    server, proxy = between
    tablet = Tablet(playwright, tmp_path / "tablet", server.origin)
    hidden: set[str] = set()

    def leave_one_out(path: str, status: int, body: bytes) -> bytes:
        if path != "/sync/v1/push" or status != 200:
            return body
        answer = json.loads(body)
        if not hidden and answer["results"]:
            hidden.add(answer["results"][-1]["op"])
        answer["results"] = [result for result in answer["results"] if result["op"] not in hidden]
        return json.dumps(answer).encode()

    try:
        tablet.enrol(who("Nia Farrow"))
        proxy.meddle = leave_one_out
        tablet.add_person("Thessaly", "Underbough", ("8", "8", "1992"), "HL/9400")
        tablet.go("/device")
        tablet.button("Sync now").click()
        tablet.says("Waiting to send (1)")
        expect(tablet.page.locator("#sync-strip")).not_to_contain_text("Sent")
        expect(tablet.page.locator("main")).not_to_contain_text("is with the service")
        proxy.meddle = None
        tablet.button("Sync now").click()
        tablet.says("Sent", timeout=SOON)
        # And a network that lets nothing pass: told on the same page, kept, and gone by itself when it does.
        proxy.gate = lambda path, _body: Stopped(413) if path == "/sync/v1/push" else None
        tablet.add_person("Lysander", "Overcombe", ("9", "9", "1993"), "HL/9401")
        tablet.go("/device")
        tablet.button("Sync now").click()
        tablet.says("Does not get through (2)")
        expect(tablet.page.get_by_role("heading", name="Does not get through 2")).to_be_visible()
        expect(tablet.page.locator("main")).to_contain_text(
            "2 changes are saved on this device and do not get through."
        )
        expect(tablet.page.locator("main")).to_contain_text("refuses this change as too large, even alone")
        proxy.gate = None
        tablet.button("Sync now").click()
        tablet.says("Sent", timeout=SOON)
        expect(tablet.page.locator("main")).not_to_contain_text("get through")
        tablet.sync()
        expect(tablet.page.locator("main")).to_contain_text("Everything on this tablet is with the service, as of")
        with tablet.page.expect_download() as saved:
            tablet.link("Save receipts").click()
        saved.value.save_as(tmp_path / "receipts.json")
    finally:
        tablet.close()
    assert "4 of 4 receipts are held by the service" in server.cli("receipts", "check", str(tmp_path / "receipts.json"))
    assert "Thessaly" not in (tmp_path / "receipts.json").read_text()
    assert rows(server, "select count(*) from custody_episodes where custody_number = 'HL/9401'") == [(1,)]
    (op,) = hidden
    assert rows(server, f"select count(*) from ops where id = '{op}'") == [(1,)]
