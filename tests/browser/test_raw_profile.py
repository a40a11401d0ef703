"""Nothing personal lies readable in the browser's profile, locked or not; the same scan finds it where nothing is sealed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import cramjam
from playwright.sync_api import Playwright, Route

from browser import builds, purging
from browser.conftest import who
from browser.server import Server, seeded_copy
from browser.tablet import Tablet

NAME, FAMILY, BORN, ANSWER = "Ermintrude", "Hollowell", "1983-05-29", "prescribed-missed-3"
# LevelDB writes snappy blocks; a needle may lie across a literal, so blocks are tried from every offset that may start one.
BLOCK_FILES = (".ldb", ".sst")


def needles(*more: str) -> dict[str, bytes]:
    found = {}
    for word in (NAME, FAMILY, BORN, ANSWER, *more):
        found[f"{word} (UTF-8)"] = word.encode()
        found[f"{word} (UTF-16)"] = word.encode("utf-16-le")
    return found


def contents(path: Path) -> Iterator[bytes]:
    """The file as it is, and what its snappy blocks hold."""
    data = path.read_bytes()
    yield data
    if path.suffix in BLOCK_FILES:
        yield from leveldb_blocks(data)


def leveldb_blocks(data: bytes) -> Iterator[bytes]:
    """Each block of a LevelDB table, uncompressed: the footer names the index, the index names the blocks."""
    if len(data) < 48:
        return
    footer = data[-48:]
    at, _ = _varint(footer, 0)
    at, _ = _varint(footer, at)
    at, offset = _varint(footer, at)
    at, size = _varint(footer, at)
    index = _block(data, offset, size)
    yield index
    for handle in _entries(index):
        where, start = _varint(handle, 0)
        _, length = _varint(handle, where)
        yield _block(data, start, length)


def _block(data: bytes, offset: int, size: int) -> bytes:
    raw, kind = data[offset : offset + size], data[offset + size]
    return bytes(cramjam.snappy.decompress_raw(raw)) if kind == 1 else raw


def _entries(block: bytes) -> Iterator[bytes]:
    restarts = int.from_bytes(block[-4:], "little")
    at, end = 0, len(block) - 4 - 4 * restarts
    while at < end:
        at, _shared = _varint(block, at)
        at, own = _varint(block, at)
        at, length = _varint(block, at)
        yield block[at + own : at + own + length]
        at += own + length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return at, value
        shift += 7


def scan(profile: Path, *more: str) -> set[str]:
    """Which needles lie anywhere in the profile: databases, journals, caches, history, preferences."""
    found = set()
    wanted = needles(*more)
    for path in sorted(profile.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        for content in contents(path):
            found |= {name for name, needle in wanted.items() if needle in content}
    return found


def work(tablet: Tablet) -> str:
    """A person, an answer, and enough of both that the database writes tables and not only its journal. Returns the page
    that asks."""
    tablet.enrol(who("Nia Farrow"))
    tablet.add_person(NAME, FAMILY, ("29", "5", "1983"), "HL/9200")
    tablet.start_assessment()
    assessment = tablet.page.url.split("/assessments/")[1].split("/")[0]
    tablet.agree_to_talk()
    asks = f"/assessments/{assessment}/pages/treatment-tonight"
    tablet.go(asks)
    tablet.answer("treatment", ANSWER)
    tablet.go("/")
    return asks


def test_a_scan_of_the_whole_profile_finds_nothing_unlocked_or_locked(server: Server, make_tablet) -> None:
    tablet = make_tablet()
    secrets: list[str] = []

    def overhear(route: Route) -> None:
        answer = route.fetch()
        secrets.extend([route.request.post_data_json["code"], answer.json()["token"]])
        route.fulfill(response=answer)

    tablet.page.route("**/api/v1/enrolments/finish", overhear)
    asks = work(tablet)
    code, token = secrets
    tablet.says("Sent")
    assert scan(tablet.profile, token) == set(), "unlocked, while the browser runs"
    a_suite_that_is_taken_away_leaves_nothing_that_opens(server, tablet, asks)
    tablet.conceal()
    tablet.close()
    assert scan(tablet.profile, token) == set(), "locked and closed"
    log = server.log.read_text()
    assert "/sync/v1/push" in log, "the control: what came is in the log"
    assert "/api/v1/enrolments/finish" in log, "the control: the enrolment is in the log"
    for secret in (NAME, FAMILY, BORN, ANSWER, code, token):
        assert secret not in log, "the log holds nothing about anyone, and no key"
    # What the address bar keeps: opaque ids and our own titles.
    history = (tablet.profile / "Default" / "History").read_bytes()
    assert re.search(rb"Throughcare", history), "the control: titles do lie in the history"


def a_suite_that_is_taken_away_leaves_nothing_that_opens(server: Server, tablet: Tablet, asks: str) -> None:
    """Its worker is without signal and goes on: that work arrives, and is kept for the suite's supervisors."""
    tablet.sync()
    server.stop()
    tablet.go(asks)
    tablet.answer("treatment", "not-prescribed")
    tablet.go("/device")
    found = purging.take_away(tablet, server, "HL", "Nia Farrow")
    before, after = found["before"], found["after"]
    assert before["open"] == before["tried"] > 0, "the control: what is copied opens with the keys that are there"
    assert sum(found["gone"].values()) > 20, f"there was something to take away: {found}"
    assert after["theirs_left"] == 0
    assert after["records"] > 0, "the other suites stay"
    assert (after["still_open"], after["tried"] > 20) == (0, True), "no key that is left opens a copy"
    assert after["outbox"] == 0
    late = purging.held_late(server)
    assert [change[2] for op in late for change in op["set"] if change[0] == "/answers/treatment"] == ["not-prescribed"]


def test_the_same_scan_finds_all_of_it_where_nothing_is_sealed(
    playwright: Playwright, template: Path, tmp_path: Path
) -> None:
    dist = builds.build(tmp_path / "unsealed", builds.unsealed)
    server = Server(seeded_copy(template, tmp_path / "data"), dist=dist).start()
    tablet = Tablet(playwright, tmp_path / "tablet", server.origin)
    try:
        work(tablet)
        tablet.close()
        found = scan(tablet.profile)
    finally:
        tablet.close()
        server.stop()
    assert {name.split(" ")[0] for name in found} == {NAME, FAMILY, BORN, ANSWER}, (
        f"the scan missed what lies there: {found}"
    )
