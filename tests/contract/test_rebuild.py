"""Replaying the ops into an empty database makes identical records and read tables."""

from __future__ import annotations

from test_assessment_life import resolution, two_values

from throughcare.cli.rebuild import check, rebuild
from throughcare.db import transaction
from throughcare.models import DERIVED, Person, Record, User


def a_busy_day(service):
    """Every outcome an op can have: applied, merged, conflict, held, released, rejected, late, settled, amended."""
    worker, supervisor, foreign = (
        service.tablet(who) for who in (service.worker, service.supervisor, service.stranger)
    )
    one, case, conflict_id = two_values(service)
    foreign.push(foreign.edit("assessment", case["assessment"], case["rev"], ["/answers/notes", None, "x"]))
    one.submit(case)
    resolution(supervisor, conflict_id, "mine")
    supervisor.review(case, "returned", 2, marks={"notes": "Say more"})
    first = worker.edit("assessment", case["assessment"], case["rev"], ["/answers/notes", None, "one"])
    second = worker.edit("assessment", case["assessment"], {"op": first["op"]}, ["/answers/notes", "one", "two"])
    worker.push(second)
    worker.push(first)
    worker.submit(case, 3)
    supervisor.review(case, "approved", 3)
    worker.push(
        worker.edit(
            "assessment", case["assessment"], case["rev"], ["/answers/days", None, 4], reason="He told me later"
        )
    )
    return case


def test_a_replay_of_a_busy_day_makes_the_same_rows(service):
    a_busy_day(service)
    count, lines = check(service.app)
    assert lines == []
    assert count > 10


def test_a_replay_judges_as_it_was_judged_although_roles_names_and_suites_have_changed(service):
    a_busy_day(service)
    service.revoke(service.worker, service.suite)
    with service.app.app_context(), transaction() as session:
        session.get_one(User, service.worker).name = "Another Name"
        session.get_one(User, service.supervisor).role = "manager"
    assert check(service.app)[1] == []


def test_a_row_that_was_tampered_with_is_found_and_mended(service):
    case = a_busy_day(service)
    with service.behind_its_back() as session:
        session.get_one(Person, case["person"]).given_name = "Tampered"
        record = session.get_one(Record, case["episode"])
        record.body = {**record.body, "cell": "X1"}
    assert check(service.app)[1] == [f"people {case['person']}: given_name", f"records {case['episode']}: body"]
    before = {model: len(service.all(model)) for model in DERIVED}
    rebuild(service.app)
    assert check(service.app)[1] == []
    assert {model: len(service.all(model)) for model in DERIVED} == before


def test_after_a_rebuild_a_tablet_goes_on_where_it_was(service):
    a_busy_day(service)
    tablet = service.tablet(service.colleague)
    tablet.pull_all()
    rebuild(service.app)
    assert tablet.pull()["records"] == []
