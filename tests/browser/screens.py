"""Every screen of both sides by name, and what brings it about."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import expect

from browser.conftest import who
from browser.controls import CONTROLS
from browser.server import Server
from browser.tablet import Browser, Tablet

PAGES = ("gate", "talk", "safety", "reach", "opioids", "risk", "alcohol", "drugs", "treatment-tonight", "next")

Step = Callable[[Browser], object]
# Two groups written as a table: warnings of one kind, in two places.
TABLE = {
    "url": "http://hl7.org/fhir/StructureDefinition/questionnaire-itemControl",
    "valueCodeableConcept": {"coding": [{"code": "gtable"}]},
}
WARNED: dict[str, Any] = {
    **CONTROLS,
    "version": "9.0.0",
    "item": [{**page, "extension": [*page.get("extension", []), TABLE]} for page in CONTROLS["item"]],
}


@dataclass(frozen=True)
class Screen:
    """`path` is opened; `then` does what brings the screen about where an address alone does not."""

    name: str
    path: str
    then: Step | None = None
    # The main ones are also looked at in 400 % zoom and in forced colours.
    main: bool = False
    h1: int = field(default=1)
    # Hundreds of the same rows: axe reads them once, in light; a few of them are read in dim on another screen.
    many: bool = False


def places(server: Server) -> dict[str, str]:
    """One record of each kind out of the invented data, by the state in which its screen is worth a look."""
    of_nia = "author_id = :nia"
    first_contact = "form like '%first-contact|%'"
    wanted = {
        "draft": f"select id from assessments where state = 'draft' and {of_nia} order by id",
        "person": f"select person_id from assessments where state = 'draft' and {of_nia} order by id",
        "episode": f"select episode_id from assessments where state = 'draft' and {of_nia} order by id",
        "unseen": "select id from custody_episodes where suite_id = :hl and id not in"
        " (select episode_id from assessments where episode_id is not null) order by id",
        "bare": "select id from custody_episodes where suite_id = :hl and id not in (select episode_id from assessments)"
        " and id not in (select episode_id from contacts) order by id",
        "returned": f"select id from assessments where state = 'returned' and {of_nia}",
        "submitted": f"select id from assessments where state = 'submitted' and {of_nia} and open_conflicts = 0 and {first_contact}",
        "scored": f"select id from assessments where state = 'submitted' and {of_nia} and form like '%audit|%'",
        "approved": f"select id from assessments where state = 'approved' and {of_nia}",
        "two_values": f"select id from assessments where open_conflicts > 0 and {of_nia} order by id",
        "conflict": "select id from conflicts where state = 'open' and safety = 0",
        "safety": "select id from conflicts where state = 'open' and safety = 1",
        "amendment": "select id from amendments where state = 'proposed'",
        "again": "select assessment_id from submissions where number = 2",
        "alert": "select alerts.id from alerts join assessments on assessments.id = assessment_id"
        f" where alerts.state not in ('settled') and {of_nia} order by alerts.id",
        "device": "select id from devices order by id",
        "held": "select id from ops where state = 'held' and why = 'op.waits_predecessor'",
        "form": "select id from forms where url like '%/first-contact' order by id",
    }
    values = {"nia": who("Nia Farrow")}
    with sqlite3.connect(server.folder / "throughcare.sqlite3") as database:
        values["hl"] = database.execute("select id from suites where short = 'HL'").fetchone()[0]
        found = {}
        for name, query in wanted.items():
            row = database.execute(query + " limit 1", values).fetchone()
            assert row, f"the invented data has no {name}"
            found[name] = row[0]
    return found


def names(server: Server) -> list[str]:
    with sqlite3.connect(server.folder / "throughcare.sqlite3") as database:
        return [name for row in database.execute("select given_name, family_name from people") for name in row if name]


def before_enrolment() -> list[Screen]:
    """`start` is Flask's, seen until the program is fetched; `setup` is the program's own, on a device without a vault."""
    return [
        Screen("start", "/", _wait_for_program, main=True),
        Screen("enrol", "/enrol/", main=True),
        Screen("setup", "/", main=True),
    ]


def field_screens(at: dict[str, str]) -> list[Screen]:
    draft, returned, approved = (f"/assessments/{at[name]}" for name in ("draft", "returned", "approved"))
    return [
        Screen("suite", "/", main=True),
        Screen("suite-chooser", "/suite"),
        Screen("find", "/people/find", main=True),
        Screen("find-found", "/people/find", _search),
        Screen("new", "/people/new", main=True),
        Screen("new-refused", "/people/new", _press("Save on this device")),
        Screen("confirm", f"/people/{at['person']}"),
        Screen("episode", f"/episodes/{at['episode']}", main=True),
        Screen("episode-unseen", f"/episodes/{at['unseen']}"),
        Screen("contact", f"/episodes/{at['unseen']}/contact"),
        Screen("new-assessment", f"/assessments/new?episode={at['episode']}"),
        Screen("tasks", draft, main=True),
        *(Screen(f"page-{page}", f"{draft}/pages/{page}", main=page == "safety") for page in PAGES),
        Screen("stop", f"{draft}/stop"),
        Screen("abandon", f"{draft}/abandon"),
        Screen("move", f"{draft}/move", main=True),
        Screen("move-refused", f"{draft}/move", _press("Move it")),
        Screen("move-stay", f"/episodes/{at['episode']}/move"),
        Screen("remove-refused", f"/episodes/{at['episode']}/remove"),
        Screen("remove", f"/episodes/{at['bare']}/remove"),
        Screen("check", f"{draft}/check", main=True),
        Screen("alert", f"/alerts/{at['alert']}"),
        Screen("two-values", f"/assessments/{at['two_values']}"),
        Screen("sent", f"/assessments/{at['submitted']}/sent"),
        Screen("read-only", f"/assessments/{at['submitted']}"),
        Screen("read-only-scored", f"/assessments/{at['scored']}"),
        Screen("returned", returned, main=True),
        Screen("returned-marked", f"{returned}?marked=first"),
        Screen("amend-list", f"{approved}/amend"),
        Screen("amend-one", f"{approved}/amend/treatment"),
        Screen("decision", f"/decisions/{at['conflict']}", main=True),
        Screen("decision-of-a-supervisor", f"/decisions/{at['safety']}"),
        *(Screen(f"work-{tab}", f"/work?tab={tab}") for tab in ("returned", "in-progress", "with-supervisor", "approved")),
        Screen("device", "/device", main=True),
        Screen("problem", "/nowhere/at/all"),
        Screen("suite-empty", "/suite", _change_suite("Quay Street")),
        Screen("suite-of-300", "/suite", _change_suite("Mill Gate"), main=True, many=True),
        Screen("suite-again", "/suite", _change_suite("Harbour Lane")),
        Screen("required", f"/assessments/new?episode={at['episode']}", _begin("Required assessment", "Required"), main=True),
        Screen("safe-to-see", f"/assessments/new?episode={at['episode']}", _begin("May this person be seen now?", "Voluntary")),
        Screen("check-not-fitting", f"/assessments/new?episode={at['episode']}", _not_fitting),
        Screen("lock", "/", _conceal, main=True),
        Screen("unlocked", "/", _unlock),
        Screen("turned", f"{draft}/pages/talk", _turn, main=True),
    ]  # fmt: skip


def office_screens(at: dict[str, str]) -> list[Screen]:
    review = f"/office/reviews/{at['submitted']}/1"
    return [
        Screen("queue", "/office/reviews", main=True),
        Screen("queue-urgent", "/office/reviews?show=urgent"),
        Screen("submission", review, main=True),
        Screen("submission-marks", review, _mark),
        Screen("submission-again", f"/office/reviews/{at['again']}/2"),
        Screen("submission-two-values", f"/office/reviews/{at['two_values']}/1"),
        Screen("submission-scored", f"/office/reviews/{at['scored']}/1"),
        Screen("submission-print", f"{review}/print"),
        Screen("amendment", f"/office/amendments/{at['amendment']}", main=True),
        Screen("conflicts", "/office/conflicts"),
        Screen("conflict", f"/office/conflicts/{at['conflict']}", main=True),
        Screen("conflict-safety", f"/office/conflicts/{at['safety']}"),
        Screen("held", f"/office/held/{at['held']}", main=True),
        Screen("held-refused", f"/office/held/{at['held']}", _press("Decide with this reason")),
        Screen("people", "/office/people"),
        Screen("people-found", "/office/people", _search_office),
        Screen("person", f"/office/people/{at['person']}", main=True),
        Screen("removed", "/office/people/removed"),
        Screen("person-edit", f"/office/people/{at['person']}/edit"),
        Screen("problem", "/office/nowhere"),
        Screen("forms", "/office/forms"),
        Screen("form", f"/office/forms/{at['form']}"),
        Screen("answers-refused", "/office/forms/answers", _press("Download")),
    ]


def administrator_screens(at: dict[str, str]) -> list[Screen]:
    return [
        Screen("devices", "/office/devices", main=True),
        Screen("devices-invited", "/office/devices", _invite),
        Screen("devices-revoke", f"/office/devices/{at['device']}/revoke"),
        Screen("devices-clear", f"/office/devices/{at['device']}/clear"),
        Screen("devices-name", f"/office/devices/{at['device']}/name"),
        Screen("users", "/office/users", main=True),
        Screen("users-new", "/office/users/new", main=True),
        Screen("users-new-refused", "/office/users/new", _press("Add")),
        Screen("users-one", f"/office/users/{who('Nia Farrow')}", main=True),
        Screen("users-myself", f"/office/users/{who('Dot Ashcombe')}"),
        Screen("users-off", f"/office/users/{who('Nia Farrow')}/off"),
        Screen("form-import-refused", "/office/forms/import", _press("Check it"), main=True),
        Screen(
            "form-findings",
            "/office/forms/import",
            _give(CONTROLS | {"modifierExtension": [{"url": "https://x.example/m"}]}),
        ),
        Screen("form-not-published", "/office/forms/import", _not_published, main=True),
        Screen("form-preview", f"/office/forms/{at['form']}/preview", _try_out, main=True),
        Screen("form-preview-controls", "/office/forms/import", _give(CONTROLS, "Preview on a phone")),
        Screen("form-retire-refused", f"/office/forms/{at['form']}/retire", _press("Retire this version")),
    ]


def _give(form: dict[str, Any], *pressed: str) -> Step:
    """A form brought in as text, and what is pressed after its findings."""

    def step(browser: Browser) -> None:
        browser.page.get_by_label("Or its text").fill(json.dumps(form))
        for words in ("Check it", *pressed):
            browser.page.get_by_role("button", name=words, exact=True).click()
            browser.page.wait_for_load_state()

    return step


def _not_published(browser: Browser) -> None:
    _give(WARNED, "Publish this version")(browser)
    expect(browser.page.get_by_role("alert")).to_contain_text("It was not published")


def _try_out(browser: Browser) -> None:
    """Two answers faster than the service replies: both count, and the alert of the form is on the glass."""
    browser.page.evaluate(
        "for (const id of ['q-gate-age-adult', 'q-gate-presentation-unwell']) document.getElementById(id).click()"
    )
    expect(browser.page.locator("#alerts")).to_contain_text("Do not go on with the assessment")
    expect(browser.page.locator("#preview-answers")).to_have_value(
        '{"gate-age": "adult", "gate-presentation": {"unwell": true}}'
    )


# --- what brings a screen about where an address alone does not ---


def _wait_for_program(browser: Browser) -> None:
    # Asked again and again: a waiting function would be compiled in the page, which its policy refuses.
    for _ in range(100):
        if browser.page.evaluate("navigator.serviceWorker.controller !== null"):
            return
        browser.page.wait_for_timeout(200)
    raise AssertionError("no worker controls the page after 20 s")


def _press(button: str) -> Step:
    return lambda browser: (
        browser.page.get_by_role("button", name=button).click()
        or expect(browser.page.locator(".tc-errors, [role=alert]:not(:empty)").first).to_be_visible()
    )


def _change_suite(name: str) -> Step:
    def change(browser: Browser) -> None:
        browser.page.locator("main").get_by_role("button", name=name).click()
        expect(browser.page.locator(".tc-switch__now")).to_contain_text(name)
        expect(browser.page.get_by_role("heading", level=1)).not_to_have_text("Which suite are you in?")

    return change


def _search(browser: Browser) -> None:
    browser.page.locator("[name=name]").fill("Fenwright")
    browser.page.locator("main [type=submit]").first.click()
    expect(browser.page.locator("main")).to_contain_text("Della")


def _search_office(browser: Browser) -> None:
    browser.page.locator("[name=text]").fill("Featherstonehaugh")
    browser.page.locator("main form [type=submit]").first.click()
    expect(browser.page.locator("main")).to_contain_text("Maximiliana")


def _conceal(browser: Browser) -> None:
    assert isinstance(browser, Tablet)
    browser.conceal()


def _unlock(browser: Browser) -> None:
    assert isinstance(browser, Tablet)
    browser.unlock()
    expect(browser.page.locator(".tc-header__conceal")).to_be_visible()


def _turn(browser: Browser) -> None:
    """Once turned round, every address leads to the view for the person until somebody unlocks."""
    turned = browser.page.locator(".tc-turned")
    if not turned.count():
        browser.page.get_by_role("button", name="Turn round").click()
    expect(turned).to_be_visible()


def _begin(title: str, basis: str) -> Step:
    """From the choice of a form to its first page."""

    def begin(browser: Browser) -> None:
        page = browser.page
        page.get_by_role("checkbox", name="Yes: ").check()
        page.locator("#questionnaire").get_by_role("radio", name=title).check()
        page.locator("#basis").get_by_role("radio", name=basis).check()
        if basis == "Required":
            page.locator("#imposed").check()
        page.get_by_role("button", name="Start").click()
        expect(page).to_have_url(re.compile("/pages/"))

    return begin


def _not_fitting(browser: Browser) -> None:
    """A day in the future, and what "check answers" says of it."""
    _begin("LDQ: dependence", "Voluntary")(browser)
    page = browser.page
    for part, value in (("day", "1"), ("month", "1"), ("year", "2099")):
        page.locator(f"#q-ldq-on__{part}").fill(value)
        page.locator(f"#q-ldq-on__{part}").blur()
    expect(page.locator("#q-ldq-on__error")).to_contain_text("in the future")
    browser.go(page.url.split("/pages/")[0].removeprefix(browser.origin) + "/check")
    expect(page.get_by_role("link", name="The day is in the future.")).to_be_visible()


def _mark(browser: Browser) -> None:
    """Two questions opened for a mark, one of them written."""
    closed = browser.page.locator("[id^=question-] details:not([open]) summary")
    for _ in range(2):
        closed.first.click()
    browser.page.locator("[id^=mark-]:visible").first.fill("Please ask again: they share the phone.")


def _invite(browser: Browser) -> None:
    browser.page.locator("form[action$='/invite'] [type=submit]").first.click()
    expect(browser.page.locator("h1")).to_be_visible()
