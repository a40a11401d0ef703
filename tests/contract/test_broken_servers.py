"""Servers that are broken in one way each: the shipped tests of the fault must find them out. And a day's traffic that comes
three times."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import test_bad_input
import test_rebuild
import test_sync_push
import test_waits_for_its_form

import factories
from throughcare.models import DERIVED, Op, new_id
from throughcare.sync import chains, documents, form_facts, late, receive


def test_a_server_that_waits_for_no_predecessor_is_found_out(
    service: factories.Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chains, "check_predecessor", lambda *_all: None)
    with pytest.raises(AssertionError):
        test_sync_push.test_an_op_whose_predecessor_is_missing_is_held_and_applied_when_it_arrives(service)


def test_a_server_that_forgets_who_waits_is_found_out(
    service: factories.Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive, "anyone_waits", lambda _session: False)
    with pytest.raises(AssertionError):
        test_sync_push.test_an_op_whose_predecessor_is_missing_is_held_and_applied_when_it_arrives(service)


def test_a_server_that_takes_any_version_of_a_form_is_found_out(
    service: factories.Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(form_facts, "check_published", lambda *_all: None)
    with pytest.raises(AssertionError):
        test_waits_for_its_form.test_it_is_held_and_everything_behind_it_and_applied_when_the_version_is_published(
            service
        )


def test_a_server_that_keeps_only_what_it_knows_is_found_out(
    service: factories.Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = documents.clean
    monkeypatch.setattr(
        documents, "clean", lambda body: {key: value for key, value in shipped(body).items() if key != "from_next_year"}
    )
    with pytest.raises(AssertionError):
        test_sync_push.test_unknown_fields_of_a_body_survive_an_edit_by_someone_who_does_not_know_them(service)


def test_a_server_that_asks_nobody_for_their_suites_is_found_out(
    service: factories.Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(late, "refuse", lambda *_all: None)
    with pytest.raises(AssertionError):
        test_bad_input.test_another_suites_record_cannot_be_read_or_written_and_stays_as_it_is(service)


# --- a whole day, three times ---


def day(service: factories.Service, monkeypatch: pytest.MonkeyPatch) -> list[tuple[factories.Tablet, list[Any]]]:
    """The pushes of a busy day, as they were sent."""
    sent: list[tuple[factories.Tablet, list[Any]]] = []
    push = factories.Tablet.push

    def noted(self: factories.Tablet, *ops: Any, **more: Any) -> Any:
        sent.append((self, list(ops)))
        return push(self, *ops, **more)

    with monkeypatch.context() as patch:
        patch.setattr(factories.Tablet, "push", noted)
        test_rebuild.a_busy_day(service)
    return sent


def standing(service: factories.Service) -> dict[str, Any]:
    """Every row that follows from the ops, and the ops with their outcomes."""
    rows: dict[str, Any] = {}
    for model in (*DERIVED, Op):
        columns = [column.key for column in model.__table__.columns]
        found = [{name: getattr(row, name) for name in columns} for row in service.all(model)]
        rows[model.__tablename__] = sorted(found, key=str)
    return rows


def again(sent: list[tuple[factories.Tablet, list[Any]]]) -> list[Any]:
    return [tablet.push(*ops) for tablet, ops in sent if ops]


def test_a_whole_days_traffic_that_comes_three_times_changes_nothing(
    service: factories.Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = day(service, monkeypatch)
    assert sum(len(ops) for _tablet, ops in sent) > 10
    before = standing(service)
    second = again(sent)
    assert again(sent) == second
    assert standing(service) == before


def test_a_day_that_is_sent_again_as_new_changes_is_found_out(
    service: factories.Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = copy.copy(day(service, monkeypatch))
    before = standing(service)
    again([(tablet, [{**op, "op": new_id()} for op in ops]) for tablet, ops in sent])
    assert standing(service)["records"] != before["records"]
