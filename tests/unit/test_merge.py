"""The three-way merge, by example and against an independent oracle."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from throughcare.records.merge import Change, Groups, get, merge, overlay, parse_pointer, pointer_of, put, same
from throughcare.records.units import differing, flat, lay

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


FORM = Groups(
    safety=frozenset({"risk"}),
    exclusive={"used": frozenset({"none"})},
    rows=frozenset({"doses", "takes", "readings", "names"}),
    together={
        "verdict": frozenset({"level", "reason"}),
        "dose": frozenset({"amount", "unit"}),
        "readings": frozenset(),
    },
)


def doses(**rows):
    """Rows of the repeating group, each with its place."""
    return {"answers": {"doses": {**rows, "_order": {row: place for place, row in enumerate(rows, 1)}}}}


def gone(row, was, place=1):
    return [change(f"/answers/doses/{row}", was, None), change(f"/answers/doses/_order/{row}", place, None)]


def test_two_tablets_that_each_add_a_row_are_never_asked():
    base, current = doses(), doses(a={"drug": "x"})
    sent = [change("/answers/doses/b/drug", None, "y"), change("/answers/doses/_order/b", None, 1)]
    merged = merge(current, sent, base, FORM)
    assert merged.clashes == []
    assert merged.body["answers"]["doses"] == {"a": {"drug": "x"}, "b": {"drug": "y"}, "_order": {"a": 1, "b": 1}}


def test_a_row_that_nobody_else_touched_goes_with_its_place():
    body = doses(a={"drug": "x"}, b={"drug": "y"})
    merged = merge(body, gone("a", {"drug": "x"}), body, FORM)
    assert (merged.body["answers"]["doses"], merged.clashes) == ({"b": {"drug": "y"}, "_order": {"b": 2}}, [])


def test_removing_a_row_in_which_somebody_else_changed_something_is_one_conflict_and_the_row_stays():
    base, current = doses(a={"drug": "x"}), doses(a={"drug": "x", "amount": "5"})
    merged = merge(current, gone("a", {"drug": "x"}), base, FORM)
    assert merged.body == current
    assert clashes(merged) == [("/answers/doses/a", {"drug": "x"}, {"drug": "x", "amount": "5"}, None)]


def test_a_change_in_a_row_that_somebody_else_removed_puts_the_row_back_and_is_one_conflict():
    base, current = doses(a={"drug": "x", "risk": {"self": True}}, b={"drug": "y"}), doses(b={"drug": "y"})
    sent = [change("/answers/doses/a/drug", "x", "z"), change("/answers/doses/a/amount", None, "5")]
    merged = merge(current, sent, base, FORM)
    mine = {"drug": "z", "amount": "5", "risk": {"self": True}}
    assert merged.body["answers"]["doses"] == {"a": mine, "b": {"drug": "y"}, "_order": {"a": 1, "b": 1}}
    assert clashes(merged) == [("/answers/doses/a", {"drug": "x", "risk": {"self": True}}, None, mine)]
    assert merged.clashes[0].put_back


def test_a_row_in_a_removed_row_is_decided_with_the_outer_one():
    takes = {"t": {"when": "noon"}, "_order": {"t": 1}}
    base, current = doses(a={"takes": takes}), {"answers": {}}
    merged = merge(current, [change("/answers/doses/a/takes/t/when", "noon", "night")], base, FORM)
    assert [clash.path for clash in merged.clashes] == [("answers", "doses", "a")]
    assert get(merged.body, ("answers", "doses", "a", "takes", "t", "when")) == "night"


def test_a_row_removed_inside_one_that_comes_back_leaves_no_place():
    takes = {"t": {"when": "noon"}, "u": {"when": "night"}, "_order": {"t": 1, "u": 2}}
    base = doses(a={"takes": takes})
    merged = merge({"answers": {}}, [change("/answers/doses/a/takes/t", {"when": "noon"}, None)], base, FORM)
    left = {"takes": {"u": {"when": "night"}, "_order": {"u": 2}}}
    assert merged.body["answers"]["doses"]["a"] == left == merged.clashes[0].mine


def test_removing_the_last_row_with_the_whole_group_is_the_same():
    base, current = doses(a={"drug": "x"}), doses(a={"drug": "z"})
    merged = merge(current, [change("/answers/doses", base["answers"]["doses"], None)], base, FORM)
    assert clashes(merged) == [("/answers/doses/a", {"drug": "x"}, {"drug": "z"}, None)]


def test_a_row_made_and_removed_before_it_was_sent_leaves_nothing():
    sent = [
        change("/answers/doses/_order/a", None, None),
        change("/answers/doses/a/risk/self", None, True),
        change("/answers/doses/a", {"risk": {"self": True}}, None),
    ]
    assert merge({"answers": {}}, sent, {"answers": {}}, FORM).body == {"answers": {}}


def test_a_place_is_no_answer():
    body, current = doses(a={"drug": "x"}), doses(a={"drug": "x"})
    current["answers"]["doses"]["_order"]["a"] = 3
    merged = merge(current, [change("/answers/doses/_order/a", 1, 2)], body, FORM)
    assert (merged.clashes, merged.body["answers"]["doses"]["_order"]) == ([], {"a": 2})
    nothing_left = {"answers": {}}
    assert merge(nothing_left, [change("/answers/doses/_order/a", 1, 2)], body, FORM).body == nothing_left


def test_safety_and_excluding_boxes_hold_in_a_row_of_a_row():
    base = doses(a={"takes": {"t": {"when": "noon"}, "_order": {"t": 1}}})
    there = "/answers/doses/a/takes/t"
    for question, theirs, mine in (("risk", "self", "others"), ("used", "none", "crack"), ("used", "crack", "none")):
        current = merge(base, [change(f"{there}/{question}/{theirs}", None, True)], base, FORM).body
        merged = merge(current, [change(f"{there}/{question}/{mine}", None, True)], base, FORM)
        assert clashes(merged) == [(f"{there}/{question}", None, {theirs: True}, {mine: True})]
    merged = merge(current, [change(f"{there}/when", "noon", "night")], base, FORM)
    assert merged.clashes == []


def test_questions_that_a_form_declares_as_belonging_together_are_one_decision():
    base = {"answers": {"level": "low", "reason": "calm"}}
    current = {"answers": {"level": "high", "reason": "calm"}}
    merged = merge(current, [change("/answers/reason", "calm", "sleeps")], base, FORM)
    assert merged.body == current
    assert clashes(merged) == [
        ("/answers/verdict", base["answers"], current["answers"], {"level": "low", "reason": "sleeps"})
    ]
    alone = merge(base, [change("/answers/reason", "calm", "sleeps")], base, FORM)
    assert (alone.clashes, alone.body) == ([], {"answers": {"level": "low", "reason": "sleeps"}})


def test_they_are_one_decision_in_a_row_too_and_the_row_itself_is_not():
    base = doses(a={"amount": "5", "unit": "mg"})
    current = merge(base, [change("/answers/doses/a/unit", "mg", "ml")], base, FORM).body
    sent = [change("/answers/doses/a/amount", "5", "10"), change("/answers/doses/a/drug", None, "x")]
    merged = merge(current, sent, base, FORM)
    assert clashes(merged) == [
        (
            "/answers/doses/a/dose",
            {"amount": "5", "unit": "mg"},
            {"amount": "5", "unit": "ml"},
            {"amount": "10", "unit": "mg"},
        )
    ]
    assert merged.body["answers"]["doses"]["a"] == {"amount": "5", "unit": "ml", "drug": "x"}


def test_of_a_repeating_group_that_is_declared_as_one_each_row_is():
    base = {"answers": {"readings": {"a": {"high": 120, "low": 80}, "b": {"high": 110}}}}
    current = {"answers": {"readings": {"a": {"high": 130, "low": 80}, "b": {"high": 110}}}}
    sent = [change("/answers/readings/a/low", 80, 85), change("/answers/readings/b/low", None, 70)]
    merged = merge(current, sent, base, FORM)
    assert clashes(merged) == [
        ("/answers/readings/a", {"high": 120, "low": 80}, {"high": 130, "low": 80}, {"high": 120, "low": 85})
    ]
    assert merged.body["answers"]["readings"]["b"] == {"high": 110, "low": 70}


NONSENSE = [
    None,
    5,
    "text",
    [],
    ["a"],
    {"_order": 5},
    {"_order": ["a"]},
    {"a": 5},
    {"a": {"takes": 5}},
    {"a": {"drug": {}}},
]


@pytest.mark.parametrize("path", ["/answers", "/answers/doses", "/answers/doses/a", "/answers/doses/_order"])
def test_what_makes_no_sense_as_rows_is_merged_like_any_other_value(path):
    bodies = [{"answers": {"doses": value}} for value in NONSENSE] + [doses(a={"drug": "x"})]
    for current in bodies:
        for chosen in NONSENSE:
            for before in (None, *bodies):
                seen = get(before or {}, parse_pointer(path))
                merged = merge(current, [change(path, seen, chosen)], before, FORM)
                for clash in merged.clashes:
                    lay(merged.body, clash.path, clash.mine, FORM)
                answers = merged.body.get("answers")
                if isinstance(answers, dict):  # the record's schema refuses anything else
                    list(differing(current["answers"], answers, FORM))
                    flat(answers)


def test_all_answers_sent_as_one_map_keep_the_rules_of_their_questions():
    merged = merge(
        {"answers": {"risk": {"self": True}}}, [change("/answers", None, {"risk": {"others": True}})], {}, FORM
    )
    assert clashes(merged) == [("/answers/risk", None, {"self": True}, {"others": True})]


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
