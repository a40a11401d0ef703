"""Two tablets edit one assessment without knowing of each other: different answers merge without asking; the same answer
keeps both values, and every place that shows it says "2 values" until a named person settles it with a reason."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, expect

import databases
from browser.conftest import who
from browser.server import Server, seeded_copy
from browser.tablet import Office, Tablet

TWO = "2 values"


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, template: Path, dist: Path, tmp_path: Path) -> Iterator[Server]:
    """A server on each of the two databases."""
    with contextlib.ExitStack() as stack:
        if request.param == "sqlite":
            server = Server(seeded_copy(template, tmp_path / "data"), dist=dist)
        else:
            (tmp_path / "data").mkdir()
            server = Server(tmp_path / "data", stack.enter_context(databases.postgres_url()), dist=dist)
        yield server.start()
        server.stop()


def sync(tablet: Tablet) -> None:
    tablet.sync()
    expect(tablet.page.locator("#sync-strip")).not_to_contain_text("Waiting to send", timeout=20_000)


def says_two(browser: Tablet | Office, path: str) -> None:
    browser.go(path)
    expect(browser.page.locator("main")).to_contain_text(TWO)


def says_one(browser: Tablet | Office, path: str) -> None:
    browser.go(path)
    expect(browser.page.get_by_role("heading", level=1).first).to_be_visible()
    expect(browser.page.locator("main")).not_to_contain_text(TWO)


@pytest.mark.timeout(400)
def test_both_values_survive_and_are_shown_everywhere_until_someone_settles_them(
    either: Server, playwright: Playwright, tmp_path: Path
) -> None:
    first, second = (Tablet(playwright, tmp_path / name, either.origin) for name in ("first", "second"))
    office = Office(playwright, tmp_path / "office", either.origin, width=1280, height=900)
    try:
        _story(either, first, second, office)
        assert not first.violations + second.violations + office.violations
    finally:
        for each in (first, second, office):
            each.close()
    assert "The same" in either.cli("rebuild", "--check")


def _story(server: Server, first: Tablet, second: Tablet, office: Office) -> None:
    first.enrol(who("Nia Farrow"), name="First tablet")
    second.enrol(who("Nia Farrow"), name="Second tablet")
    office.sign_in(who("Jo Maddern"))
    first.add_person("Lysander", "Mossgrave", ("6", "6", "1986"), "HL/9500")
    episode = first.page.url.split("/episodes/")[1].split("?")[0]
    first.start_assessment("AUDIT")
    assessment = first.page.url.split("/assessments/")[1].split("/")[0]
    sync(first)
    sync(second)

    server.stop()
    for tablet, code, other, other_code in (
        (first, "2-to-3-times-per-week", "audit-2", "0-to-2"),
        (second, "4-times-or-more-per-week", "audit-3", "monthly"),
    ):
        tablet.go(f"/assessments/{assessment}/pages/drinking")
        tablet.answer("audit-1", code)
        tablet.answer(other, other_code)
    server.start()
    sync(first)
    sync(second)
    sync(first)

    for tablet in (first, second):
        tablet.go(f"/assessments/{assessment}/pages/drinking")
        tablet.shows("audit-2", "0-to-2")
        tablet.shows("audit-3", "monthly")
        for path in (
            f"/assessments/{assessment}/pages/drinking",
            f"/assessments/{assessment}",
            f"/assessments/{assessment}/check",
            f"/episodes/{episode}",
        ):
            says_two(tablet, path)
        for path in ("/", "/work?tab=in-progress"):
            tablet.go(path)
            expect(tablet.page.locator("li", has_text="Mossgrave").first).to_contain_text(TWO)
    first.go(f"/assessments/{assessment}/check")
    expect(first.page.locator("section", has=first.page.get_by_role("heading", name="Scores"))).to_contain_text(TWO)
    expect(first.page.locator(".tc-answer", has_text="How often do you have a drink")).to_contain_text(TWO)

    first.go(f"/assessments/{assessment}/stop")
    first.button("Asked to stop").click()
    expect(first.page.locator("main")).to_contain_text("Every answer is in place")
    first.go(f"/assessments/{assessment}/check")
    first.page.locator("#confirmed").check()
    first.button("Hand in").click()
    expect(first.heading).to_have_text(re.compile("Waiting to send|Sent"))
    sync(first)
    office.go("/office/conflicts")
    expect(office.page.locator("main")).to_contain_text("Mossgrave")
    for path in (
        f"/office/reviews/{assessment}/1",
        f"/office/reviews/{assessment}/1/record",
        f"/office/reviews/{assessment}/1/print",
    ):
        office.go(path)
        expect(office.page.locator("body")).to_contain_text(TWO)

    sync(second)
    second.go(f"/assessments/{assessment}")
    second.page.locator("a[href^='/decisions/']").first.click()
    second.page.locator("input[name=choice]").first.check()
    second.button("Settle with this reason").click()
    # It asks for one. Filling before the answer is drawn would fill a box that is about to be replaced.
    expect(second.page.locator("#errors")).to_contain_text("Write your reason")
    second.page.get_by_label("Your reason").fill("Asked again: this is what they meant.")
    second.button("Settle with this reason").click()
    expect(second.page).not_to_have_url(re.compile("/decisions/"))
    sync(second)
    sync(first)
    for tablet in (first, second):
        for path in (f"/assessments/{assessment}", f"/episodes/{episode}"):
            says_one(tablet, path)
    office.go(f"/office/reviews/{assessment}/2")
    expect(office.page.locator(".tc-submission__answers")).not_to_contain_text(TWO)
    # What was read before stays as it was read.
    office.go(f"/office/reviews/{assessment}/1/record")
    expect(office.page.locator("body")).to_contain_text(TWO)
