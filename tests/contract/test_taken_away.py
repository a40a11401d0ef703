"""A suite is taken from a worker while they are without signal: what they recorded there arrives, is kept for its
supervisors word for word, and changes nothing; on both databases."""

from __future__ import annotations

from typing import Any

from office import Office
from throughcare.models import KeptOp, Op, Record


def harm(seen: str | None, chosen: str) -> list[Any]:
    return ["/answers/harm-now", seen, chosen]


def kept(service):
    return {(row.op_id, row.scope, row.why) for row in service.all(KeptOp)}


def test_late_work_of_a_suite_that_was_taken_away_is_held_for_its_supervisors(service):
    worker = service.tablet(service.worker)
    case = worker.case()
    before = worker.service_body(case["assessment"])
    service.revoke(service.worker, service.suite)
    edit = worker.edit("assessment", case["assessment"], case["rev"], harm(None, "yes"))
    after = worker.edit("assessment", case["assessment"], {"op": edit["op"]}, harm("yes", "no"))
    made = worker.create("custody_episode", {"person_id": case["person"], "suite_id": service.suite})
    more = worker.edit("custody_episode", made["record"], {"op": made["op"]}, ["/cell", None, "M2"])
    results = worker.push(edit, after, made, more)
    assert {(one["state"], one["why"]) for one in results} == {("held", "record.out_of_scope_now")}
    assert not any("record" in one or "rev" in one for one in results)
    assert worker.service_body(case["assessment"]) == before
    assert [row for row in service.all(Record) if row.id == made["record"]] == []
    assert kept(service) == {(op["op"], service.suite, "record.out_of_scope_now") for op in (edit, after, made, more)}
    assert worker.push(edit, after, made, more) == results, "sent again: the same answer"
    assert all(service.one(Op, op["op"]).waits_for is None for op in (edit, after, made, more))


def test_what_was_held_stays_held_when_the_suite_is_given_back_and_new_work_goes_on(service):
    worker = service.tablet(service.worker)
    case = worker.case()
    service.revoke(service.worker, service.suite)
    late = worker.edit("assessment", case["assessment"], case["rev"], harm(None, "yes"))
    assert worker.push_one(late)["state"] == "held"
    service.grant(service.worker, service.suite)
    assert worker.push_one(late)["state"] == "held"
    fresh = worker.edit("assessment", case["assessment"], case["rev"], harm(None, "no"))
    assert worker.push_one(fresh)["state"] == "applied"


def test_a_suite_that_was_never_theirs_is_refused_as_before(service):
    worker, stranger = service.tablet(service.worker), service.tablet(service.stranger)
    case = worker.case()
    service.revoke(service.stranger, service.other_suite)
    edit = stranger.edit("assessment", case["assessment"], case["rev"], harm(None, "yes"))
    assert (stranger.push_one(edit)["state"], kept(service)) == ("rejected", set())


def test_an_answer_never_names_a_suite_that_is_not_the_senders(service):
    worker, stranger = service.tablet(service.worker), service.tablet(service.stranger)
    case = worker.case()
    person = {"person_id": case["person"], "suite_id": service.other_suite}
    service.grant(service.stranger, service.suite)
    assert stranger.push_one(stranger.create("custody_episode", person))["state"] == "applied"
    rev = service.one(Record, case["person"]).rev
    worker.push(worker.edit("person", case["person"], rev, ["/language", None, "cy"]))
    clash = worker.edit("person", case["person"], rev, ["/language", None, "pl"])
    assert worker.push_one(clash)["record"]["scopes"] == [service.suite]


def test_the_supervisors_of_the_suite_read_what_was_kept_and_nobody_else_does(service):
    worker = service.tablet(service.worker)
    case = worker.case()
    service.revoke(service.worker, service.suite)
    edit = worker.edit("assessment", case["assessment"], case["rev"], ["/answers/notes", None, "Slept badly <b>"])
    assert worker.push_one(edit)["state"] == "held"
    page = Office(service, service.supervisor).read("/office/conflicts")
    assert "Kept, and not applied" in page
    assert "Slept badly <b>" in page
    assert "Kept for the supervisor of that suite" in page
    assert "Slept badly" not in Office(service, service.colleague).read("/office/conflicts")
    service.revoke(service.supervisor, service.suite)
    assert "Slept badly" not in Office(service, service.supervisor).read("/office/conflicts")
