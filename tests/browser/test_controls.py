"""Each control as a worker meets it: what a reader is told of it, what is kept, and what is said where it cannot be kept."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from browser.controls import CONTROLS, MORE
from browser.keys import Keys
from browser.server import Server
from browser.tablet import Tablet

SNAPSHOTS = Path(__file__).parent / "snapshots"


# Nobody like anybody else: a tablet asks about those who could be the same person.
PEOPLE = iter(
    [("Sable", "Thornquill", 1990), ("Bram", "Oxley-Vane", 1971), ("Ottilie", "Braddock", 1958), ("Jory", "Pelham", 1996),
     ("Una", "Wescott", 1947), ("Hesper", "Quillfeather", 1939), ("Kit", "Ellery", 2001), ("Mab", "Underhill", 1979)]
)  # fmt: skip


@pytest.fixture(scope="module")
def published(shared_server: Server, tmp_path_factory: pytest.TempPathFactory) -> None:
    for name, definition in (("controls", CONTROLS), ("more", MORE)):
        file = tmp_path_factory.mktemp("forms") / f"{name}.json"
        file.write_text(json.dumps(definition))
        shared_server.cli("forms", "publish", str(file))


def _meet(tablet: Tablet) -> None:
    given, family, year = next(PEOPLE)
    tablet.add_person(given, family, ("2", "3", str(year)), f"HL/{year}")


@pytest.fixture
def tablet(published: None, shared_tablet: Tablet) -> Tablet:
    """On the first page of every control, for somebody whom no other test knows."""
    _meet(shared_tablet)
    shared_tablet.start_assessment("Every control")
    return shared_tablet


@pytest.fixture
def more(published: None, shared_tablet: Tablet) -> Tablet:
    _meet(shared_tablet)
    shared_tablet.start_assessment("More controls")
    return shared_tablet


def saved(tablet: Tablet) -> None:
    """The device has answered, and nothing is on its way."""
    expect(tablet.page.locator("#saved")).to_contain_text("Saved")


def typed(tablet: Tablet, link_id: str, text: str, part: str = "value") -> None:
    field = tablet.page.locator(f"#q-{link_id}__{part}")
    field.fill(text)
    field.blur()
    saved(tablet)


def tree(tablet: Tablet, where: str, name: str) -> None:
    """What a reader is told there is what the file holds, to the letter. THROUGHCARE_SNAPSHOTS=write keeps what is told now."""
    found = tablet.page.locator(where).aria_snapshot() + "\n"
    found = re.sub(r"/assessments/[0-9a-f-]{36}/", "/assessments/ID/", found)
    file = SNAPSHOTS / f"{name}.yml"
    if os.environ.get("THROUGHCARE_SNAPSHOTS") == "write":
        file.write_text(found)
    assert found == file.read_text(), name


def again(tablet: Tablet) -> None:
    tablet.page.reload()
    expect(tablet.page.locator("#q-one")).to_be_visible()


def test_a_reader_is_told_each_control_by_name_state_and_error(tablet: Tablet) -> None:
    """Accessibility trees, one file for each control and state; a difference is looked at and then kept with the change."""
    # A help text stands with its question and nowhere else.
    expect(tablet.page.locator("section.tc-question:visible")).to_have_count(9)
    for link_id in ("told", "one", "several", "yes", "days", "units", "when", "who", "words"):
        tree(tablet, f"#q-{link_id}", link_id)

    typed(tablet, "days", "29")
    tablet.answer("one", "green")
    tablet.page.locator("#q-units").get_by_text("Work out the units").click()
    again(tablet)
    tablet.page.locator("#q-units").get_by_text("Work out the units").click()
    for link_id, state in (("days", "too-many"), ("one", "chosen"), ("units", "calculator")):
        tree(tablet, f"#q-{link_id}", f"{link_id}-{state}")
    field = tablet.page.locator("#q-days__value")
    expect(field).to_have_accessible_name("4 On how many days?")
    expect(field).to_have_accessible_description("0 to 28 The last four weeks. days Enter 28 or less.")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(tablet.page.get_by_role("group", name="A Which one?")).to_have_accessible_description("Only one of them.")
    assert tablet.axe() == []


def test_what_is_typed_is_kept_and_what_cannot_be_read_is_said(tablet: Tablet) -> None:
    page = tablet.page
    error = lambda link_id: page.locator(f"#q-{link_id}__error")  # noqa: E731
    typed(tablet, "days", "28")
    expect(page.locator("#q-later")).to_be_visible()
    expect(page.locator("#q-later input[name=value]")).to_be_visible()
    typed(tablet, "days", "many")
    expect(error("days")).to_have_text("Enter a whole number, in digits. Nothing is kept until then.")
    expect(page.locator("#q-days__value")).to_have_value("many")
    expect(page.locator("#q-later")).to_be_hidden()
    typed(tablet, "days", "29")
    expect(error("days")).to_have_text("Enter 28 or less.")
    typed(tablet, "days", "27")
    expect(error("days")).to_be_empty()
    expect(page.locator("#q-days__value")).not_to_have_attribute("aria-invalid", "true")

    typed(tablet, "units", "2,5")
    typed(tablet, "who", "Dr Amis")
    typed(tablet, "words", "x" * 41)
    expect(error("words")).to_have_text("Use 40 characters or fewer.")
    expect(page.locator("#q-words__count")).to_have_text("1 too many of 40 characters")
    for part, value in (("day", "30"), ("month", "2"), ("year", "2026")):
        typed(tablet, "when", value, part)
    expect(error("when")).to_have_text("There is no such day. Nothing is kept until then.")
    for link_id in ("when", "words"):
        tree(tablet, f"#q-{link_id}", f"{link_id}-wrong")
    typed(tablet, "when", "7", "day")
    expect(error("when")).to_be_empty()

    again(tablet)
    for field, value in (
        ("days__value", "27"), ("units__value", "2.5"), ("who__value", "Dr Amis"), ("when__day", "7"), ("when__month", "2"),
        ("when__year", "2026"),
    ):  # fmt: skip
        expect(page.locator(f"#q-{field}")).to_have_value(value)
    expect(page.locator("#q-days__value")).to_have_attribute("inputmode", "numeric")
    expect(page.locator("#q-units__value")).to_have_attribute("inputmode", "decimal")
    expect(error("words")).to_have_text("Use 40 characters or fewer.")

    # Handing in leads back to what does not fit, and is not there to be pressed before it does.
    for link_id, code in (("one", "red"), ("several", "north")):
        tablet.answer(link_id, code)
    tablet.next_page()
    tablet.answer("done", "yes")
    tablet.next_page()
    expect(tablet.heading).to_have_text("Check answers")
    expect(tablet.button("Hand in")).to_have_count(0)
    tree(tablet, "#errors", "errors")
    assert tablet.axe() == []
    page.get_by_role("link", name="8 In which words? Use 40 characters or fewer.").click()
    expect(page.locator("#q-words")).to_be_in_viewport()
    typed(tablet, "words", "Short")
    tablet.go(page.url.split("/pages/")[0].removeprefix(tablet.origin) + "/check")
    expect(tablet.button("Hand in")).to_be_visible()
    assert not tablet.violations
    assert not tablet.errors


def test_a_reason_for_no_answer_takes_the_place_of_what_was_typed_and_the_other_way_round(tablet: Tablet) -> None:
    page, keys = tablet.page, Keys(tablet)
    typed(tablet, "days", "3")
    keys.tab_to("the reasons", question="days", name="absent")
    keys.press("ArrowDown")
    keys.press(" ")
    expect(page.locator("#q-days__value")).to_have_value("")
    expect(
        page.get_by_role("group", name="No answer to: On how many days?").get_by_label("Could not answer")
    ).to_be_checked()
    assert keys.focus()["code"] == "asked-unknown", "the focus is where it was"
    again(tablet)
    expect(page.locator("#q-days__value")).to_have_value("")
    typed(tablet, "days", "4")
    expect(page.locator("#q-days input:checked")).to_have_count(0)
    again(tablet)
    expect(page.locator("#q-days__value")).to_have_value("4")
    expect(page.locator("#q-days input:checked")).to_have_count(0)


def test_the_calculator_adds_drinks_and_hands_over_a_number_that_stays_the_workers(tablet: Tablet) -> None:
    page = tablet.page
    box = page.locator("#q-units [data-calculator]")
    box.locator("summary").click()
    for drink in ("Pint, 3.6 %", "Pint, 3.6 %", "3 litres of cider, 7.5 %", "Bottle of wine, 12 %"):
        box.get_by_role("button", name=drink).click()
    expect(box.get_by_role("status")).to_contain_text("35.6 units")
    box.get_by_role("button", name="Take the last one off").click()
    expect(box.get_by_role("status")).to_contain_text("26.6 units")
    box.get_by_role("button", name="Add it").click()
    expect(box.get_by_role("status")).to_contain_text("Enter millilitres")
    box.get_by_label("Another drink: millilitres").fill("500")
    box.get_by_label("Per cent").fill("9")
    box.get_by_role("button", name="Add it").click()
    expect(box.get_by_role("status")).to_contain_text("31.1 units")
    box.get_by_role("button", name="Use this number").click()
    saved(tablet)
    expect(page.locator("#q-units__value")).to_have_value("31.1")
    typed(tablet, "units", "30")
    again(tablet)
    expect(page.locator("#q-units__value")).to_have_value("30")


def test_other_words_take_a_choices_place_and_a_list_is_no_answer_while_arrows_pass_it(more: Tablet) -> None:
    page = more.page
    tree(more, "#questions", "more")
    more.answer("open", "red")
    words = page.get_by_label("Other answer to Which one?")
    words.fill("Violet")
    words.blur()
    expect(page.locator("#q-open input:checked")).to_have_count(0)
    saved(more)
    page.reload()
    expect(words).to_have_value("Violet")
    tree(more, "#q-open", "open-other")
    more.answer("open", "green")
    expect(words).to_have_value("")

    # A list is an answer when it is chosen from or left, not while arrows pass its options.
    keys = Keys(more)
    town, why = page.locator("#q-list__value"), page.locator("#q-list-again__value")
    assert town.bounding_box()["height"] >= 56
    keys.tab_to("the list", id="q-list__value")
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    expect(town).to_have_value("birch")
    # Nothing was sent on the way: neither Alder nor, yet, Birch.
    page.wait_for_timeout(700)
    expect(why).to_be_hidden()
    keys.press("Tab")
    expect(why).to_be_visible()
    saved(more)
    page.reload()
    expect(town).to_have_value("birch")
    tree(more, "#q-list", "list-chosen")
    town.select_option("cedar")
    expect(why).to_be_hidden()
    saved(more)
    town.select_option("asked-declined")
    saved(more)
    page.reload()
    expect(town).to_have_value("asked-declined")
    town.select_option("")
    saved(more)
    page.reload()
    expect(town).to_have_value("")
    assert not more.errors


def test_times_moments_and_quantities_are_kept_as_they_were_meant(more: Tablet) -> None:
    page = more.page
    typed(more, "time", "930")
    for part, value in (("day", "22"), ("month", "7"), ("year", "2026"), ("time", "14.05")):
        typed(more, "moment", value, part)
    typed(more, "dose", "2,5")
    page.locator("#q-dose [name=unit]").select_option("mg")
    expect(page.locator("#q-dose__error")).to_be_empty()
    saved(more)
    page.reload()
    for field, value in (
        ("time__value", "09:30"),
        ("moment__day", "22"),
        ("moment__time", "14:05"),
        ("dose__value", "2.5"),
    ):
        expect(page.locator(f"#q-{field}")).to_have_value(value)
    expect(page.locator("#q-dose [name=unit]")).to_have_value("mg")
    for link_id in ("moment", "dose"):
        tree(more, f"#q-{link_id}", f"{link_id}-answered")
    typed(more, "time", "25:00")
    expect(page.locator("#q-time__error")).to_contain_text("24-hour clock")
    tree(more, "#q-time", "time-wrong")
    expect(page.get_by_role("heading", name="A heading")).to_be_visible()
    more.go(page.url.split("/pages/")[0].removeprefix(more.origin) + "/check")
    expect(page.locator("main")).to_contain_text("22 July 2026")
    expect(page.locator("main")).to_contain_text("2.5 mg")


def test_a_group_is_filled_in_again_and_what_is_removed_comes_back(more: Tablet) -> None:
    page = more.page
    add = page.get_by_role("button", name="Medicine")

    def fill(number: int, name: str) -> None:
        add.filter(has_text="Add").click()
        expect(page.get_by_role("heading", name=f"Medicine {number}")).to_be_visible()
        field = page.get_by_label("Which one?").nth(-1)
        field.fill(name)
        field.blur()
        saved(more)

    fill(1, "Methadone")
    fill(2, "Diazepam")
    page.locator("section.tc-question", has_text="Still taking it?").nth(1).locator("[value=yes]").click()
    saved(more)
    page.get_by_role("button", name="Remove Medicine 1").click()
    expect(page.get_by_text("Medicine: one was removed.")).to_be_visible()
    tree(more, "main form.tc-notice", "removed")
    expect(page.get_by_role("heading", name="Medicine 2")).to_have_count(0)
    expect(page.locator("section.tc-question", has_text="Still taking it?").locator("[value=yes]")).to_be_checked()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="Medicine 2")).to_be_visible()
    names = page.locator("section.tc-question", has_text="Which one?").locator("input[type=text][name=value]")
    expect(names.nth(0)).to_have_value("Methadone")
    expect(names.nth(1)).to_have_value("Diazepam")

    page.get_by_role("button", name="Add one Name").click()
    page.get_by_label("Name 1").fill("Wren")
    page.get_by_label("Name 1").blur()
    saved(more)
    page.get_by_role("button", name="Add another Name").click()
    expect(page.get_by_label("Name 1")).to_have_value("Wren")
    expect(page.get_by_label("Name 2")).to_have_value("")
    tree(more, "#questions", "repeated")
    assert more.axe() == []

    # The server has taken every part of it, and sends it back as it was.
    here = page.url.removeprefix(more.origin)
    more.sync()
    more.says("Sent", timeout=60_000)
    more.go(here)
    expect(names.nth(1)).to_have_value("Diazepam")
    expect(page.get_by_label("Name 1")).to_have_value("Wren")
    assert not more.violations
    assert not more.errors
