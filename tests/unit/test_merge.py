"""The three-way merge, by example and against an independent oracle."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from throughcare.records.merge import Change, Groups, get, merge, overlay, parse_pointer, pointer_of, put, same

NOTHING = Groups()


def change(pointer, seen, chosen):
    return Change(parse_pointer(pointer), seen, chosen)


def clashes(merged):
    return [(pointer_of(clash.path), clash.base, clash.theirs, clash.mine) for clash in merged.clashes]


def test_the_value_the_person_saw_is_replaced_by_the_one_they_chose():
    merged = merge({"cell": "M4"}, [change("/cell", "M4", "M5")], None, NOTHING)
    assert (merged.body, clashes(merged)) == ({"cell": "M5"}, [])


def test_a_value_that_already_stands_changes_nothing():
    merged = merge({"cell": "M5"}, [change("/cell", "M4", "M5")], None, NOTHING)
    assert (merged.body, merged.applied, merged.clashes) == ({"cell": "M5"}, {}, [])


def test_a_value_that_someone_else_changed_meanwhile_is_a_clash_and_theirs_stands():
    merged = merge({"cell": "M6"}, [change("/cell", "M4", "M5")], None, NOTHING)
    assert merged.body == {"cell": "M6"}
    assert clashes(merged) == [("/cell", "M4", "M6", "M5")]


def test_removing_is_a_choice_like_any_other():
    assert merge({"cell": "M4", "a": 1}, [change("/cell", "M4", None)], None, NOTHING).body == {"a": 1}
    assert clashes(merge({"cell": "M6"}, [change("/cell", "M4", None)], None, NOTHING)) == [("/cell", "M4", "M6", None)]


def test_maps_merge_by_key_even_when_they_are_sent_whole():
    current = {"answers": {"drugs": {"crack": True}}}
    merged = merge(current, [change("/answers/drugs", None, {"heroin": True})], None, NOTHING)
    assert (merged.body, merged.clashes) == ({"answers": {"drugs": {"crack": True, "heroin": True}}}, [])


def test_a_safety_question_is_one_decision_although_the_boxes_differ():
    groups = Groups(safety=frozenset({"risk"}))
    current = {"answers": {"risk": {"self": True}}}
    merged = merge(current, [change("/answers/risk/others", None, True)], {"answers": {}}, groups)
    assert merged.body == current
    assert clashes(merged) == [("/answers/risk", None, {"self": True}, {"others": True})]


def test_a_safety_question_that_only_one_side_touched_does_not_clash():
    groups = Groups(safety=frozenset({"risk"}))
    body = {"answers": {"risk": {"self": True}}}
    merged = merge(body, [change("/answers/risk/others", None, True)], body, groups)
    assert (merged.body["answers"]["risk"], merged.clashes) == ({"self": True, "others": True}, [])


@pytest.mark.parametrize(("mine", "theirs"), [("none", "heroin"), ("heroin", "none")])
def test_an_exclusive_option_on_either_side_makes_the_question_atomic(mine, theirs):
    groups = Groups(exclusive={"drugs": frozenset({"none"})})
    merged = merge({"answers": {"drugs": {theirs: True}}}, [change(f"/answers/drugs/{mine}", None, True)], {}, groups)
    assert clashes(merged) == [("/answers/drugs", None, {theirs: True}, {mine: True})]


def test_what_was_unticked_with_an_exclusive_box_stays_unticked():
    groups = Groups(exclusive={"drugs": frozenset({"none"})})
    body = {"answers": {"drugs": {"crack": True}}}
    sent = [change("/answers/drugs/crack", True, None), change("/answers/drugs/none", None, True)]
    merged = merge(body, sent, body, groups)
    assert (merged.body["answers"]["drugs"], merged.clashes) == ({"none": True}, [])


def test_without_an_exclusive_option_in_play_the_boxes_merge():
    groups = Groups(exclusive={"drugs": frozenset({"none"})})
    merged = merge({"answers": {"drugs": {"crack": True}}}, [change("/answers/drugs/heroin", None, True)], {}, groups)
    assert (merged.body["answers"]["drugs"], merged.clashes) == ({"crack": True, "heroin": True}, [])


def test_a_field_that_is_whole_clashes_as_a_whole():
    groups = Groups(whole=frozenset({"safe_to_see"}))
    base = {"safe_to_see": {"state": "not-known"}}
    current = {"safe_to_see": {"state": "cleared", "by": "a"}}
    merged = merge(current, [change("/safe_to_see/state", "not-known", "not-cleared")], base, groups)
    assert clashes(merged) == [("/safe_to_see", base["safe_to_see"], current["safe_to_see"], {"state": "not-cleared"})]


def test_who_has_it_now_takes_what_came_last():
    merged = merge(
        {"taken_over": {"by": "a"}},
        [change("/taken_over", None, {"by": "b"})],
        {},
        Groups(latest=frozenset({"taken_over"})),
    )
    assert (merged.body, merged.clashes) == ({"taken_over": {"by": "b"}}, [])


def test_unknown_fields_are_never_touched():
    merged = merge({"from_next_year": [1], "cell": "M4"}, [change("/cell", "M4", "M5")], None, NOTHING)
    assert merged.body == {"from_next_year": [1], "cell": "M5"}


def test_true_is_not_one():
    assert not same(True, 1)
    assert same({"a": [1, 2.0]}, {"a": [1.0, 2]})


@pytest.mark.parametrize("pointer", ["", "answers", "/", "/a//b", "/__proto__/x"])
def test_what_is_no_pointer_is_refused(pointer):
    with pytest.raises(ValueError, match="not a pointer"):
        parse_pointer(pointer)


def test_a_pointer_keeps_slashes_and_tildes_of_a_question():
    path = parse_pointer("/answers/a~1b~0c")
    assert path == ("answers", "a/b~c")
    assert pointer_of(path) == "/answers/a~1b~0c"


# --- against an oracle
# -------------------------------------------------------------------------------------------------

VALUES = st.one_of(st.none(), st.sampled_from(["yes", "no", "not-asked"]))
FIELDS = ["a", "b", "c", "d"]
BODIES = st.dictionaries(st.sampled_from(FIELDS), VALUES.filter(lambda value: value is not None))


def edits(body):
    return st.dictionaries(st.sampled_from(FIELDS), VALUES).map(
        lambda chosen: [change(f"/{name}", body.get(name), value) for name, value in chosen.items()]
    )


@st.composite
def triples(draw):
    base = draw(BODIES)
    return base, draw(edits(base)), draw(edits(base))


@settings(max_examples=600, derandomize=True, deadline=None)
@given(triples())
def test_two_concurrent_edits_lose_nothing_and_ask_exactly_when_they_differ(triple):
    base, first, second = triple
    after_first = merge(base, first, base, NOTHING)
    assert after_first.clashes == []
    after_both = merge(after_first.body, second, base, NOTHING)
    # The oracle looks at one field at a time and knows nothing of bodies, groups or order.
    one, two = ({c.path[0]: c.chosen for c in edit} for edit in (first, second))
    for name in FIELDS:
        was, mine, theirs = base.get(name), two.get(name, base.get(name)), one.get(name, base.get(name))
        clash = [c for c in after_both.clashes if c.path == (name,)]
        differ = theirs != was and mine != was and mine != theirs
        # To set a field to what it was is no change, unless the other side changed it: then the person did choose.
        kept_on_purpose = name in two and mine == was and theirs != was
        if differ or kept_on_purpose:
            assert [(c.base, c.theirs, c.mine) for c in clash] == [(was, theirs, mine)]
            assert after_both.body.get(name) == theirs
        else:
            assert clash == []
            assert after_both.body.get(name) == (mine if mine != was else theirs)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(triples())
def test_merging_the_same_edit_twice_is_merging_it_once(triple):
    base, first, _second = triple
    once = merge(base, first, base, NOTHING).body
    assert merge(once, first, base, NOTHING).body == once
    assert overlay(base, first) == once


@given(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=4), VALUES)
def test_what_was_put_is_what_is_got(path, value):
    body: dict = {}
    put(body, tuple(path), value)
    assert get(body, tuple(path)) == value
