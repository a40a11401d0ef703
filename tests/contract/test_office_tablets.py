"""What the office is told about tablets: the number beside the word and the list behind it are the same for each role."""

from __future__ import annotations

import re

import pytest

from office import Office
from throughcare import clock
from throughcare.models import Device, Record, new_id


@pytest.mark.parametrize(("role", "told_of"), [("administrator", 2), ("supervisor", 2), ("manager", 1)])
def test_the_number_counts_the_tablets_that_the_list_shows_with_work_unsent(service, role, told_of):
    for user_id in (service.worker, service.stranger):  # one in each of two suites; the manager has the first
        service.tablet(user_id).push(waiting=3)
    page = Office(service, getattr(service, role)).get("/office/devices").get_data(as_text=True)
    assert f"Tablets ({told_of})" in page
    assert len(re.findall("3 changes not sent yet", page)) == told_of


def pull(tablet, **more):
    answer = tablet.post("/sync/v1/pull", {"proto": 1, "epoch": None, "cursor": None, **more})
    assert answer.status_code == 200
    return answer.get_json()


def silent_for(service, tablet, hours):
    with service.behind_its_back() as session:
        session.get_one(Device, tablet.id).last_sync_at = clock.after(hours=-hours)


def test_the_list_says_how_much_waits_since_when_and_when_that_was_said(service):
    tablet = service.tablet(service.worker)
    pull(tablet, waiting=2, oldest=clock.after(hours=-30))
    with service.behind_its_back() as session:
        row = session.get_one(Device, tablet.id)
        row.oldest_at, row.waiting_at = "2026-01-05T08:00:00Z", "2026-01-05T09:30:00Z"
    page = Office(service, service.manager).read("/office/devices")
    assert "2 changes not sent yet, as it last said" in page
    assert re.search(r"The oldest since Mon 5 Jan 08:00, \d+ d \d+ h ago, by its own clock", page)
    assert "It said so Mon 5 Jan 09:30" in page
    pull(tablet, waiting=0)
    assert "by its own clock" not in Office(service, service.manager).read("/office/devices")


def test_a_claim_that_is_no_time_or_of_tomorrow_breaks_nothing(service):
    tablet = service.tablet(service.worker)
    pull(tablet, waiting=1, oldest="yesterday", out_of_step="9" * 30)
    row = service.one(Device, tablet.id)
    assert (row.waiting, row.oldest_at, row.differs_since) == (1, None, None)
    pull(tablet, waiting=1, oldest="2099-01-01T00:00:00Z")
    assert "by its own clock" in (page := Office(service, service.manager).read("/office/devices"))
    assert " ago" not in page


def test_a_program_that_says_nothing_of_its_queue_changes_nothing_of_what_is_known(service):
    tablet = service.tablet(service.worker)
    pull(tablet, waiting=3, oldest="2026-01-05T08:00:00Z", out_of_step="2026-01-05T08:00:00Z")
    silent_for(service, tablet, 2)
    pull(tablet)
    row = service.one(Device, tablet.id)
    assert (row.waiting, row.oldest_at, row.differs_since) == (3, *["2026-01-05T08:00:00Z"] * 2)
    assert row.last_sync_at > clock.after(hours=-1)


def test_a_tablet_that_does_not_hold_the_same_says_so_and_each_comparison_counts(service):
    tablet = service.tablet(service.worker)
    answer = pull(tablet)
    asked = {"proto": 1, "epoch": answer["epoch"], "scope": service.suite, "have": []}
    for after in ("", "", service.suite):  # the third is the rest of the second
        assert tablet.post("/sync/v1/compare", {**asked, "after": after}).status_code == 200
    pull(tablet, waiting=0, out_of_step="2026-01-05T08:00:00Z")
    page = Office(service, service.manager).read("/office/devices")
    assert "Not the same as here since Mon 5 Jan 08:00" in page
    assert "Had to be compared 2 times, last " in page
    pull(tablet, waiting=0)
    page = Office(service, service.manager).read("/office/devices")
    assert "Not the same" not in page
    assert "Had to be compared 2 times" in page, "what happened stays told"


@pytest.mark.parametrize("role", ["supervisor", "manager", "administrator"])
def test_a_tablet_with_unsent_work_that_is_silent_for_long_stands_out_where_each_role_looks_first(service, role):
    tablet, quiet = service.tablet(service.worker), service.tablet(service.worker)
    pull(tablet, waiting=2)
    pull(quiet, waiting=0)
    for each in (tablet, quiet):
        silent_for(service, each, 25)
    office = Office(service, getattr(service, role))
    first = office.get("/office/").headers["Location"]
    words = "1 tablet has not been heard from for more than 24 hours and holds 2 changes not sent"
    assert words in office.read(first)
    assert "Not heard from for 1 d 1 h" in office.read("/office/devices")
    silent_for(service, tablet, 23)
    assert "not been heard from" not in office.read(first)
    service.app.config["SILENT_HOURS"] = 22
    assert "more than 22 hours" in office.read(first)


def test_a_worker_is_told_of_no_tablets(service):
    tablet = service.tablet(service.colleague)
    pull(tablet, waiting=2)
    silent_for(service, tablet, 25)
    assert "not been heard from" not in Office(service, service.worker).read("/office/people")


def test_conflicts_counts_everything_that_its_page_asks_of_a_supervisor(service):
    tablet, colleague = service.tablet(service.worker), service.tablet(service.colleague)
    case = tablet.case()
    rev = service.one(Record, case["person"]).rev
    for each, phone in ((tablet, "one"), (colleague, "two")):
        each.push(each.edit("person", case["person"], rev, ["/phone", None, phone]))
    waits = tablet.edit("person", case["person"], {"op": new_id()}, ["/language", None, "cy"])
    service.revoke(service.colleague, service.suite)
    late = colleague.edit("person", case["person"], rev, ["/language", None, "en"])
    office = Office(service, service.supervisor)
    assert "Conflicts (1)" in office.read("/office/conflicts")
    for number, (each, op) in enumerate(((tablet, waits), (colleague, late)), 2):
        assert each.push_one(op)["state"] == "held"
        assert f"Conflicts ({number})" in office.read("/office/conflicts")
    assert "Conflicts (1)" in Office(service, service.worker).read("/office/conflicts"), (
        "only their own value is theirs"
    )


def test_a_tablet_that_was_copied_is_named(service):
    tablet, other = service.tablet(service.worker), service.tablet(service.worker)
    case = tablet.case()
    op = tablet.edit("person", case["person"], service.one(Record, case["person"]).rev, ["/phone", None, "one"])
    tablet.push(op)
    page = Office(service, service.administrator)
    assert "under a number used before" not in page.read("/office/devices")
    assert other.push_one({**op, "set": [["/phone", None, "two", clock.now()]]})["why"] == "op.mismatch"
    said = page.read("/office/devices")
    assert said.count("1 change came under a number used before") == 1
    assert "Set it up anew, then switch this one off" in said
