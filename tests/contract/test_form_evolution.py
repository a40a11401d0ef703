"""A form that changes while drafts are under way: whatever its versions add, rename, remove, turn into another type or
move into a group, no answer is lost by an edit of somebody who does not know the question (F20; I17)."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from throughcare.models import Record, Submission

# Questions of the published version, of versions to come and of versions past, at the top and in groups.
KNOWN = ("notes", "days", "harm-now")
OTHER = ("notes-2", "removed", "moved", "retyped")
VALUES = {
    "notes": st.text("ab ", min_size=1, max_size=4).filter(str.strip),
    "days": st.integers(0, 31),
    "harm-now": st.sampled_from(["yes", "no"]),
}
ANYTHING = st.one_of(st.integers(0, 9), st.booleans(), st.sampled_from(["x", "y"]), st.just({"code": True}))


@st.composite
def edits(draw: Any) -> list[tuple[int, str, Any]]:
    """(which of two tablets, pointer, value): single answers, and answers within groups that the service has never seen."""
    found = []
    for _ in range(draw(st.integers(1, 8))):
        link = draw(st.sampled_from([*KNOWN, *OTHER]))
        value = draw(VALUES.get(link, ANYTHING))
        inside = link in OTHER and draw(st.booleans())
        found.append((draw(st.integers(0, 1)), f"/answers/{'new-group/' if inside else ''}{link}", value))
    return found


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=edits())
def test_no_answer_is_lost_whatever_the_form_becomes(service, changes):
    tablets = [service.tablet(service.worker), service.tablet(service.worker)]
    case = tablets[0].case()
    expected: dict[str, Any] = {}
    for which, pointer, value in changes:
        *group, link = pointer.split("/")[2:]
        place = expected.setdefault(group[0], {}) if group else expected
        seen = place.get(link)
        rev = service.one(Record, case["assessment"]).rev
        op = tablets[which].edit("assessment", case["assessment"], rev, [pointer, seen, value])
        assert tablets[which].push_one(op)["state"] in ("applied", "merged")
        place[link] = value
    assert service.one(Record, case["assessment"]).body["answers"] == expected
    for tablet in tablets:
        assert tablet.pull_all()[case["assessment"]]["body"]["answers"] == expected
    assert tablets[0].submit(case)["state"] in ("applied", "merged")
    [frozen] = [each for each in service.all(Submission) if each.assessment_id == case["assessment"]]
    assert frozen.answers == expected
