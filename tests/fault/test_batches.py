"""What becomes of ops does not depend on how they are cut into batches (I21): any order, any cut, anything sent twice."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

import factories
from throughcare import clock
from throughcare.db import db
from throughcare.models import AuditEvent, Op, Record, ScopeDigest, SyncMeta
from throughcare.sync import documents, receive

NOW = "2026-11-22T18:00:00Z"
OWN = settings(
    max_examples=8,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def pool(tablet: factories.Tablet) -> list[dict[str, Any]]:
    """Ops that build on each other, that disagree, that cannot be applied, and that nobody can read."""
    suite = tablet.service.suite
    person = tablet.create("person", {"given_name": "Zebedee"})
    stay = tablet.create("custody_episode", {"person_id": person["record"], "suite_id": suite, "arrived_at": NOW})
    body = {
        "person_id": person["record"],
        "episode_id": stay["record"],
        "suite_id": suite,
        "form": factories.FORM,
        "basis": "voluntary",
        "author_id": tablet.user_id,
        "started_at": NOW,
        "state": "draft",
        "answers": {},
    }
    work = tablet.create("assessment", body)
    record, made = work["record"], {"op": work["op"]}
    one = tablet.edit("assessment", record, made, ["/answers/notes", None, "first"], ["/answers/days", None, 3])
    two = tablet.edit("assessment", record, {"op": one["op"]}, ["/answers/notes", "first", "second"])
    other = tablet.edit("assessment", record, made, ["/answers/notes", None, "of somebody else"])
    harm = tablet.edit("assessment", record, made, ["/answers/harm-now", None, "yes"])
    elsewhere = tablet.edit("assessment", record, made, ["/person_id", person["record"], tablet.id])
    wrong = tablet.create("contact", {"person_id": person["record"], "suite_id": suite})
    unknown = {**tablet.create("person", {}), "colour": "blue"}
    renamed = tablet.edit("person", person["record"], {"op": person["op"]}, ["/given_name", "Zebedee", "Zeb"])
    return [person, stay, work, one, two, other, harm, elsewhere, wrong, unknown, renamed]


def emptied(service: factories.Service) -> None:
    """The service as it was before any op."""
    with service.behind_its_back() as session:
        documents.forget(session)
        for model in (Op, AuditEvent, ScopeDigest):
            session.execute(delete(model))
        session.execute(update(SyncMeta).values(seq=0, upkept_on=NOW[:10]))


def outcome(tablet: factories.Tablet, batches: list[list[dict[str, Any]]]) -> dict[str, Any]:
    """Every record, and what each op is answered in the end; without the numbers, which say in what order it came."""
    emptied(tablet.service)
    for batch in batches:
        if batch:
            tablet.push(*batch)
    sent = {op["op"]: op for batch in batches for op in batch}
    told = {each["op"]: each for each in tablet.push(*sent.values())} if sent else {}
    with tablet.service.app.app_context():
        records = {
            row.id: (row.type, row.rev, row.body, sorted(documents.scopes_of(db.session, row.id)))
            for row in db.session.scalars(select(Record))
        }
    for each in told.values():
        each.pop("seq", None)
    return {"records": records, "told": told}


@pytest.fixture
def same_however_cut(service: factories.Service, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    tablet = service.tablet(service.worker)
    ops = pool(tablet)

    @OWN
    @given(
        order=st.permutations(range(len(ops))),
        twice=st.lists(st.integers(0, len(ops) - 1), max_size=4),
        cuts=st.sets(st.integers(1, len(ops) + 3), max_size=6),
    )
    def property_of(order: list[int], twice: list[int], cuts: set[int]) -> None:
        sequence = [ops[number] for number in [*order, *twice]]
        edges = [0, *sorted(cut for cut in cuts if cut < len(sequence)), len(sequence)]
        batches = [sequence[start:end] for start, end in zip(edges, edges[1:], strict=False)]
        assert outcome(tablet, batches) == outcome(tablet, [[op] for op in sequence])

    return property_of


def test_results_do_not_depend_on_how_ops_are_cut_into_batches(same_however_cut: Any) -> None:
    same_however_cut()


def test_a_server_that_gives_up_a_batch_at_the_first_refusal_is_found_out(
    same_however_cut: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = receive.receive_texts

    def gives_up(session: Any, user: Any, device: Any, ops: list[Any]) -> list[str]:
        answers: list[str] = []
        for op in ops:
            if answers and '"rejected"' in answers[-1]:
                answers.append('{"op": null, "state": "rejected", "why": "op.malformed"}')
            else:
                answers += shipped(session, user, device, [op])
        return answers

    monkeypatch.setattr("throughcare.api.sync.receive_texts", gives_up)
    with pytest.raises(AssertionError):
        same_however_cut()
