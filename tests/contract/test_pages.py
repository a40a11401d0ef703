"""Where one page of a pull ends: nothing twice, nothing missing, and it always ends (docs/sync-protocol.md, "pull")."""

from __future__ import annotations

import pytest

from throughcare.sync import pages as feed_pages


def pages(tablet, **limits):
    """[ids of each page], until the service says that there is no more."""
    found = []
    cursor = None
    while True:
        sent = {"proto": 1, "epoch": tablet.epoch, "schema": 1, "cursor": cursor, "reference": None, **limits}
        answer = tablet.post("/sync/v1/pull", sent)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        page = answer.get_json()
        found.append(page)
        assert len(found) <= 60, "it does not end"
        if not page["more"]:
            return found
        assert page["records"], "a page that is not the last one brings something"
        cursor, tablet.epoch = page["cursor"], page["epoch"]


def brought(found) -> list[list[str]]:
    return [[record["id"] for record in page["records"]] for page in found]


@pytest.mark.parametrize(
    ("people", "most", "expected"),
    [(0, 3, 1), (1, 3, 1), (2, 3, 1), (3, 3, 1), (4, 3, 2), (6, 3, 2), (7, 3, 3), (7, 1, 7)],
)
def test_as_many_pages_as_the_records_need_and_each_record_once(service, people, most, expected):
    worker = service.tablet(service.worker)
    made = {worker.case()["person"] for _ in range(people)}
    found = brought(pages(service.tablet(service.colleague), max_records=most * 3))
    assert [len(page) for page in found] == [most * 3] * (expected - 1) + [3 * people - most * 3 * (expected - 1)]
    every = [record for page in found for record in page]
    assert len(every) == len(set(every)) == 3 * people
    assert made <= set(every)


def test_a_page_ends_before_it_is_larger_than_was_asked_for(service):
    worker = service.tablet(service.worker)
    for _ in range(12):
        worker.case(answers={"notes": "é" * 4000})
    whole = brought(pages(service.tablet(service.colleague)))
    tablet = service.tablet(service.colleague)
    for most in (60_000, 20_000, 1):
        found = pages(tablet, max_bytes=most)
        for page in found:
            texts = [len(str(record).encode()) for record in page["records"]]
            # One change goes alone if it must, with the person and the stay before it.
            assert sum(texts) <= most or len(page["records"]) <= 3
        assert len(found) > len(whole)
        assert {record for page in brought(found) for record in page} == set(whole[0]), "nothing is left out"
        last = {record["id"]: record["rev"] for page in found for record in page["records"]}
        assert last == {record["id"]: record["rev"] for record in pages(tablet)[0]["records"]}


@pytest.mark.parametrize("limits", [{"max_records": 4}, {"max_bytes": 9_000}, {"max_bytes": 3_000}, {}])
def test_no_record_comes_before_its_person_and_its_stay_wherever_a_page_ends(service, limits):
    worker = service.tablet(service.worker)
    for _ in range(5):
        case = worker.case(answers={"notes": "x" * 900})
        # The person's place in the feed is behind what was recorded of them until now.
        moved = worker.push_one(worker.edit("person", case["person"], "1-0", ["/given_name", "Zebedee", "Zebulon"]))
        assert moved["rev"].startswith("2-")
    seen = set()
    for page in pages(service.tablet(service.colleague), **limits):
        for record in page["records"]:
            above = {record["body"].get("person_id"), record["body"].get("episode_id")} - {None}
            assert above <= seen, f"{record['type']} came before what it belongs to"
            seen.add(record["id"])
    assert len(seen) == 15


def test_a_person_who_changed_behind_the_end_of_a_page_stands_before_what_is_on_it(service):
    worker, tablet = service.tablet(service.worker), service.tablet(service.colleague)
    one, other = worker.case(), worker.case()
    start = pages(tablet)[-1]["cursor"]
    contact = {"person_id": other["person"], "episode_id": other["episode"], "suite_id": service.suite}
    worker.push(
        worker.edit("assessment", one["assessment"], one["rev"], ["/answers/notes", None, "calm"]),
        worker.create("contact", {**contact, "kind": "cell-sweep", "outcome": "declined"}),
        worker.edit("person", one["person"], "1-0", ["/given_name", "Zebedee", "Zebulon"]),
    )
    for most in range(600, 6000, 150):
        sent = {"proto": 1, "cursor": start, "max_bytes": most}
        kinds = [record["type"] for record in tablet.post("/sync/v1/pull", sent).get_json()["records"]]
        assert kinds[:3] == ["person", "custody_episode", "assessment"], f"with {most} bytes: {kinds}"


@pytest.mark.parametrize("piece", [1, 2, 3])
def test_places_that_are_read_in_pieces_are_all_read_once(service, monkeypatch, piece):
    worker = service.tablet(service.supervisor)
    for _ in range(3):
        worker.case()
        worker.case(suite=service.other_suite)
    tablet = service.tablet(service.supervisor)
    whole = brought(pages(tablet))
    monkeypatch.setattr(feed_pages, "PIECE", piece)
    assert brought(pages(tablet)) == whole
    assert len(set(whole[0])) == 18


def test_a_change_in_two_suites_is_never_divided_by_a_small_page(service):
    service.grant(service.colleague, service.other_suite)
    worker = service.tablet(service.supervisor)
    case = worker.case(answers={"notes": "x" * 3000})
    worker.push(
        worker.create(
            "custody_episode",
            {"person_id": case["person"], "suite_id": service.other_suite, "arrived_at": "2026-11-22T18:00:00Z"},
        )
    )
    found = pages(service.tablet(service.colleague), max_bytes=1)
    scopes = {record["id"]: record["scopes"] for page in found for record in page["records"]}
    assert set(scopes[case["person"]]) == {service.suite, service.other_suite}
    assert len(scopes) == 4


@pytest.mark.parametrize(
    ("name", "value"), [("max_records", 0), ("max_records", 501), ("max_bytes", 0), ("max_bytes", 2_000_001)]
)
def test_a_page_of_no_size_or_of_too_much_is_refused(service, name, value):
    tablet = service.tablet(service.worker)
    answer = tablet.post("/sync/v1/pull", {"proto": 1, "cursor": None, name: value})
    assert (answer.status_code, answer.get_json()["code"]) == (400, "sync.malformed")
