"""Every screen, both sides, at three widths, light and dim: axe finds nothing, the policy is never broken, nothing is wider
than the glass."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from browser.conftest import who
from browser.server import Server
from browser.tablet import Browser

SIZES = {390: 844, 820: 1180, 1280: 900}


def ids(server: Server) -> dict[str, str]:
    """One record of each kind out of the invented data, by the state in which its screen is worth a look."""
    wanted = {
        "draft": "select id from assessments where state = 'draft' and author_id = :nia",
        "returned": "select id from assessments where state = 'returned'",
        "submitted": "select assessment_id from submissions where state = 'submitted' and safety = 1",
        "approved": "select id from assessments where state = 'approved' and author_id = :nia",
        "conflict": "select id from conflicts where state = 'open' and safety = 0",
        "safety": "select id from conflicts where state = 'open' and safety = 1",
        "amendment": "select id from amendments where state = 'proposed'",
        "episode": "select episode_id from assessments where state = 'draft' and author_id = :nia",
        "person": "select person_id from assessments where state = 'draft' and author_id = :nia",
        "device": "select id from devices",
        "amended": "select assessment_id from amendments",
    }
    with sqlite3.connect(server.folder / "throughcare.sqlite3") as database:
        return {
            name: database.execute(query + " limit 1", {"nia": who("Nia Farrow")}).fetchone()[0]
            for name, query in wanted.items()
        }


def field_paths(found: dict[str, str]) -> list[str]:
    draft, returned = found["draft"], found["returned"]
    pages = ("gate", "talk", "safety", "next")
    return [
        "/", "/suite", "/people/find", "/people/new", f"/people/{found['person']}", f"/episodes/{found['episode']}",
        f"/episodes/{found['episode']}/contact", f"/assessments/new?episode={found['episode']}", f"/assessments/{draft}",
        *(f"/assessments/{draft}/pages/{page}" for page in pages), f"/assessments/{draft}/check", f"/assessments/{draft}/stop",
        f"/assessments/{returned}", f"/assessments/{returned}?marked=first", f"/assessments/{found['approved']}",
        f"/assessments/{found['approved']}/amend", "/work", "/work?tab=in-progress", "/work?tab=with-supervisor",
        f"/decisions/{found['conflict']}", f"/decisions/{found['safety']}", "/device", "/nowhere/at/all", "/lock",
    ]  # fmt: skip


def office_paths(found: dict[str, str]) -> list[str]:
    submitted = found["submitted"]
    return [
        "/office/reviews", "/office/reviews?show=urgent", f"/office/reviews/{submitted}/1", f"/office/reviews/{submitted}/1/print",
        "/office/conflicts", f"/office/conflicts/{found['conflict']}", f"/office/conflicts/{found['safety']}", "/office/people",
        f"/office/people/{found['person']}", f"/office/people/{found['person']}/edit", f"/office/amendments/{found['amendment']}",
        "/office/forms", "/office/devices", "/office/nowhere",
    ]  # fmt: skip


def look(browser: Browser, paths: list[str], visit: Callable[[str], None] | None = None) -> list[str]:
    """Every complaint about these screens: (screen, width): what."""
    found = []
    for width, height in SIZES.items():
        browser.page.set_viewport_size({"width": width, "height": height})
        for path in paths:
            browser.go(path)
            expect(browser.page.locator("h1").first).to_be_attached()
            # As tall as the page: otherwise the bar at the bottom covers whatever happens to lie behind it.
            tall = browser.page.evaluate("document.documentElement.scrollHeight")
            browser.page.set_viewport_size({"width": width, "height": max(height, tall)})
            name = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", ":id", path)
            found += [f"{name} at {width}: {what}" for what in browser.axe()]
            wide = browser.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if wide > 0:
                found.append(f"{name} at {width}: {wide} px wider than the screen")
    return found + [f"policy: {each}" for each in browser.violations] + [f"script: {each}" for each in browser.errors]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_screen_of_the_tablet_has_a_finding(server: Server, make_tablet, scheme: str) -> None:
    tablet = make_tablet(scheme=scheme)
    tablet.enrol(who("Nia Farrow"))
    assert look(tablet, field_paths(ids(server))) == []


@pytest.mark.timeout(600)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_screen_of_the_office_has_a_finding(server: Server, make_office, scheme: str) -> None:
    found = ids(server)
    supervisor = make_office("Jo Maddern", scheme=scheme)
    assert look(supervisor, office_paths(found)) == []
    administrator = make_office("Dot Ashcombe", scheme=scheme)
    assert look(administrator, ["/office/devices", f"/office/devices/{found['device']}/revoke", "/office/forms"]) == []


@pytest.mark.timeout(300)
def test_the_pages_for_those_who_are_not_signed_in_have_no_finding(server: Server, make_tablet) -> None:
    stranger = make_tablet()
    assert look(stranger, ["/office/sign-in", "/enrol/", "/"]) == []


def test_the_reporter_would_hear_a_broken_policy(server: Server, make_tablet) -> None:
    """The control: what the tests above rely on hears a violation."""
    stranger = make_tablet()
    stranger.go("/office/sign-in")
    stranger.page.evaluate(
        "() => { document.body.setAttribute('style', 'color: red'); const s = document.createElement('script'); s.textContent = '1'; document.body.append(s); }"
    )
    stranger.page.wait_for_timeout(300)
    assert stranger.violations


def test_a_new_version_is_offered_between_screens_and_never_over_an_open_form(
    server: Server, make_tablet, tmp_path
) -> None:
    from browser import builds

    tablet = make_tablet()
    tablet.enrol(who("Nia Farrow"))
    tablet.go("/")
    expect(tablet.page.locator("main")).to_contain_text("The custody record is the true clock.")
    server.stop()
    server.environment["THROUGHCARE_DIST"] = str(builds.build(tmp_path / "next", builds.next_release))
    server.start()
    tablet.page.evaluate("async () => { const r = await navigator.serviceWorker.getRegistration(); await r.update(); }")
    offer = tablet.page.locator(".tc-update")
    expect(offer).to_be_visible(timeout=20_000)
    tablet.go("/people/new")
    expect(tablet.page.get_by_label("First name")).to_be_visible()
    expect(offer).to_have_count(0)
    tablet.go("/")
    expect(offer).to_be_visible()
    expect(tablet.page.locator("main")).to_contain_text("The custody record is the true clock.")
    offer.get_by_role("button").click()
    expect(tablet.page.locator("main")).to_contain_text("The custody record is the only true clock.", timeout=20_000)
