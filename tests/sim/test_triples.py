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
    "the last one wins": (
        "        merged.clashes.append(Clash(change.path, seen, theirs, chosen, change.at))",
        "        _take(merged, change.path, chosen, change.at)",
    ),
    "equal values clash": ("    if same(theirs, chosen):\n        return\n", ""),
    "boxes of a safety question merge": ("    if question in groups.safety:", "    if question == 0:"),
    "an exclusive box merges like any other": ("return path if exclusive & (mine | theirs) else None", "return None"),
    "only my own exclusive box counts": ("exclusive & (mine | theirs)", "exclusive & mine"),
    "what was unticked with an exclusive box is forgotten": (
        "group = change.path[:2] if change.path[:2] in atomic else own",
        "group = own",
    ),
    "a whole field merges by key": ("if top in groups.latest or top in groups.whole:", "if top in groups.latest:"),
    "what is absent on the server is taken for untouched": (
        "    if same(theirs, seen):\n        _take(merged, change.path, chosen, change.at)",
        "    if same(theirs, seen) or theirs is None:\n        _take(merged, change.path, chosen, change.at)",
    ),
    "what somebody removed comes back": ("    if same(theirs, base):", "    if same(theirs, base) or theirs is None:"),
}


def test_twenty_thousand_triples_come_out_as_the_oracle_says():
    tally = compare(merge, seed=1, count=20_000)
    print(tally)
    assert tally.first is None, tally.first
    assert (tally.precision, tally.recall, tally.wrong_bodies) == (1.0, 1.0, 0)
    assert tally.expected > 5_000, "too few disagreements to say anything"


@pytest.mark.parametrize("name", BUGS)
def test_the_oracle_sees(name):
    right, wrong = BUGS[name]
    source = Path(str(merge.__file__)).read_text()
    assert source.count(right) == 1, "records/merge.py changed: write this bug anew"
    planted = ModuleType("planted_merge")
    sys.modules["planted_merge"] = planted
    try:
        exec(compile(source.replace(right, wrong), "planted_merge", "exec"), planted.__dict__)
        assert compare(planted, seed=1, count=3_000).first is not None
    finally:
        del sys.modules["planted_merge"]
