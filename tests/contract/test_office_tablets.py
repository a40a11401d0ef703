"""What the office is told about tablets: the number beside the word and the list behind it are the same for each role."""

from __future__ import annotations

import re

import pytest

from office import Office


@pytest.mark.parametrize(("role", "told_of"), [("administrator", 2), ("supervisor", 2), ("manager", 1)])
def test_the_number_counts_the_tablets_that_the_list_shows_with_work_unsent(service, role, told_of):
    for user_id in (service.worker, service.stranger):  # one in each of two suites; the manager has the first
        service.tablet(user_id).push(waiting=3)
    page = Office(service, getattr(service, role)).get("/office/devices").get_data(as_text=True)
    assert f"Tablets ({told_of})" in page
    assert len(re.findall("3 changes not sent yet", page)) == told_of
