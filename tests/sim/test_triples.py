"""Conflicts are found exactly where two people disagree: records/merge.py against the oracle, and bugs against both."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from sim.triples import compare
from throughcare.records import merge

# Ways to merge wrongly, as changes to the shipped file.
BUGS = {
    "last write wins": (
        "        merged.clashes.append(Clash(change.path, seen, theirs, chosen, change.at))",
        "        _take(merged, change.path, chosen, change.at)",
    ),
    "deletes win": (
        "            merged.clashes.append(Clash(row, base, theirs, None, at))",
        "            _take(merged, row, None, at)",
    ),
    "a row that somebody removed does not come back for an edit": ("        put(merged.body, row, mine)\n", ""),
    "a row delete is merged key by key": ("    if inside or _merge_row(", "    if False and _merge_row("),
    "a group declared as one is ignored": (
        "question in groups.safety or question in groups.together",
        "question in groups.safety",
    ),
    "a row declared as one is ignored": (" or unit in spot.rows:", ":"),
    "safety is ignored in a group": (
        "    if question in groups.safety or",
        "    if question in groups.safety and not spot.rows or",
    ),
    "safety is ignored everywhere": ("    if question in groups.safety or", "    if question == 0 or"),
    "an excluding box is ignored in a group": (
        "exclusive = groups.exclusive.get(question, frozenset())",
        "exclusive = frozenset() if spot.rows else groups.exclusive.get(question, frozenset())",
    ),
    "two who move a row are asked about its place": (
        "            _merge_place(merged, current, spot.rows[-1], change)",
        "            _merge_leaf(merged, current, change)",
    ),
    "equal values clash": ("    if same(theirs, chosen):\n        return\n", ""),
    "an excluding box merges like any other": ("return unit if exclusive & (mine | theirs) else None", "return None"),
    "only my own excluding box counts": ("exclusive & (mine | theirs)", "exclusive & mine"),
    "what was unticked with an excluding box is forgotten": (
        "unit = spot.unit if spot.unit in atomic else own",
        "unit = own",
    ),
    "a whole field merges by key": ("if top in groups.latest or top in groups.whole:", "if top in groups.latest:"),
    "what is absent on the server is taken for untouched": (
        "    if same(theirs, seen):\n        _take(merged, change.path, chosen, change.at)",
        "    if same(theirs, seen) or theirs is None:\n        _take(merged, change.path, chosen, change.at)",
    ),
    "a record is taken away with what was not seen": ("seen_body is None or differ(seen_body, current)", "False"),
    "a record is taken away by whom nobody knows what they saw": (
        "seen_body is None or differ(seen_body, current)",
        "differ(seen_body or current, current)",
    ),
    "who goes on with a record that was taken away is not heard": (
        "(merged.clashes or not same(merged.body, current))",
        "merged.clashes",
    ),
    "a record that was taken away stays away for good": ("        _take(merged, AT, None, mark.at)", "        pass"),
    "what somebody removed comes back": (
        "    if not same(theirs, base):",
        "    if not same(theirs, base) and theirs is not None:",
    ),
}


def test_twenty_thousand_triples_come_out_as_the_oracle_says():
    tally = compare(merge, seed=1, count=20_000)
    print(tally)
    assert tally.first is None, tally.first
    assert (tally.precision, tally.recall, tally.wrong_bodies) == (1.0, 1.0, 0)
    assert tally.expected > 5_000, "too few disagreements to say anything"
    assert {kind for kind, times in tally.kinds.items() if times > 40} == {
        "record",
        "field",
        "question",
        "safety question",
        "group",
        "row",
        "row decided as one",
        "row of a row",
        "question in a row",
        "safety question in a row",
        "group in a row",
        "question in a row of a row",
        "safety question in a row of a row",
    }, tally.kinds


@pytest.mark.parametrize("name", BUGS)
def test_the_oracle_sees(name):
    right, wrong = BUGS[name]
    source = Path(str(merge.__file__)).read_text()
    assert source.count(right) == 1, "records/merge.py changed: write this bug anew"
    planted = ModuleType("throughcare.records.planted_merge")
    planted.__package__ = merge.__package__
    sys.modules[planted.__name__] = planted
    try:
        exec(compile(source.replace(right, wrong), "planted_merge", "exec"), planted.__dict__)
        assert compare(planted, seed=1, count=3_000, until_wrong=True).first is not None
    finally:
        del sys.modules[planted.__name__]
