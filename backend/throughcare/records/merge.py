"""The three-way merge: pure, and only here. It imports nothing of ours.

For each change: the server's value equals what the person saw -> take what they chose; equals what they chose ->
nothing; else a clash, which only a person can settle. Maps merge by key. A unit is atomic: a different edit anywhere
inside it by both sides is one clash for the whole of it. A row that one side removed is a unit, and while the other side
changed something in it the row stands. So does a record that one side took away as entered in error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .paths import Path, copied, get, parse_pointer, pointer_of, put, same
from .removal import AT, differ
from .units import ORDER, Groups, Spot, lay, place_of, spot_of, value_of

__all__ = [
    "Change",
    "Clash",
    "Groups",
    "Merged",
    "Path",
    "copied",
    "get",
    "merge",
    "overlay",
    "parse_pointer",
    "pointer_of",
    "put",
    "same",
]


@dataclass(frozen=True)
class Change:
    """At `path` the person saw `seen` and chose `chosen`; None is "absent". `at` is the device's clock, a claim."""

    path: Path
    seen: Any
    chosen: Any
    at: str | None = None


@dataclass(frozen=True)
class Clash:
    """Two values for one path (or one unit): `theirs` is the server's, `mine` was sent, `base` was seen before. Where
    `put_back` is set the server had removed a row, or the record, that `mine` changed, and the merged body has it again."""

    path: Path
    base: Any
    theirs: Any
    mine: Any
    at: str | None = None
    put_back: bool = False


@dataclass
class Merged:
    """The body that results; the paths that changed with the claim of when; what clashed."""

    body: dict[str, Any]
    applied: dict[Path, str | None] = field(default_factory=dict)
    clashes: list[Clash] = field(default_factory=list)


def overlay(body: Mapping[str, Any], changes: Iterable[Change]) -> dict[str, Any]:
    """The body as the sender sees it: every change taken."""
    result = copied(dict(body))
    for change in changes:
        put(result, change.path, change.chosen)
    return result


def split(changes: Iterable[Change]) -> tuple[list[Change], list[Change]]:
    """(those that take the record away or bring it back, the others)."""
    sent = list(changes)
    return [each for each in sent if each.path == AT], [each for each in sent if each.path != AT]


def merge(
    current: Mapping[str, Any], changes: Iterable[Change], seen_body: Mapping[str, Any] | None, groups: Groups
) -> Merged:
    """Lay the changes on the server's current body. `seen_body` is the whole body the sender had before them, where it
    is known."""
    merged = Merged(copied(dict(current)))
    marks, others = split(changes)
    before = seen_body if seen_body is not None else _undone(current, others)
    _merge_body(merged, current, others, before, groups)
    _merge_mark(merged, current, marks[-1] if marks else None, seen_body)
    return merged


def _merge_mark(
    merged: Merged, current: Mapping[str, Any], mark: Change | None, seen_body: Mapping[str, Any] | None
) -> None:
    """Decide whether the record is taken away. Who takes it away decides about what they saw, and nothing else."""
    gone = get(current, AT)
    seen_gone = get(seen_body, AT) if seen_body is not None else mark and mark.seen
    if mark is not None and mark.chosen is None:
        _take(merged, AT, None, mark.at)
    elif mark is not None and gone is None:
        # Also where they had taken it away before, and it stands all the same.
        if seen_gone is not None or seen_body is None or differ(seen_body, current):
            merged.clashes.append(Clash(AT, seen_gone, None, mark.chosen, mark.at))
        else:
            _take(merged, AT, mark.chosen, mark.at)
    elif mark is None and gone is not None and seen_gone is None and (merged.clashes or not same(merged.body, current)):
        put(merged.body, AT, None)
        at = next(iter(merged.applied.values()), None)
        merged.clashes.append(Clash(AT, None, gone, None, at, put_back=True))


def _merge_body(
    merged: Merged,
    current: Mapping[str, Any],
    changes: list[Change],
    before: Mapping[str, Any],
    groups: Groups,
) -> None:
    sent = [(part, spot_of(part.path, groups)) for change in changes for part in _parts(change, groups)]
    rows: dict[Path, list[Change]] = {}
    for change, spot in sent:
        for row in spot.rows:
            rows.setdefault(row, []).append(change)
    whole: set[Path] = set()
    for row in sorted(rows, key=len):
        inside = any(row[: len(outer)] == outer for outer in whole)
        if inside or _merge_row(merged, current, row, rows[row], before, groups):
            whole.add(row)
    _merge_rest(merged, current, [each for each in sent if not whole.intersection(each[1].rows)], before, groups)
    for row in rows:
        if row not in whole and get(merged.body, row) is not None and get(merged.body, place_of(row)) is None:
            # Somebody removed the row while it held nothing; what was written into it keeps its place.
            put(merged.body, place_of(row), get(before, place_of(row)))


def _merge_rest(
    merged: Merged,
    current: Mapping[str, Any],
    sent: list[tuple[Change, Spot]],
    before: Mapping[str, Any],
    groups: Groups,
) -> None:
    units: dict[Path, list[Change]] = {}
    decided = [(change, spot, _unit_of(change, spot, current, before, groups)) for change, spot in sent]
    # One tap on an exclusive option unticks the others: what was sent for that question stays together.
    atomic = {unit for _, _, unit in decided if unit is not None}
    for change, spot, own in decided:
        unit = spot.unit if spot.unit in atomic else own
        if unit is not None and unit[0] not in groups.latest:
            units.setdefault(unit, []).append(change)
        elif unit is not None:
            _take(merged, change.path, change.chosen, change.at)
        elif spot.rows and spot.unit is None and change.path != spot.rows[-1]:
            _merge_place(merged, current, spot.rows[-1], change)
        else:
            _merge_leaf(merged, current, change)
    for path, members in units.items():
        _merge_unit(merged, current, path, members, before, groups)


def _undone(current: Mapping[str, Any], changes: list[Change]) -> dict[str, Any]:
    """The nearest to what the sender had: the server's body with what they say they saw at each path."""
    body = copied(dict(current))
    for change in reversed(changes):
        put(body, change.path, change.seen)
    return body


def _parts(change: Change, groups: Groups) -> list[Change]:
    """A change of all answers, of all rows or of one row, as changes of what is in them; of a row that goes, itself."""
    path, seen, chosen = change.path, change.seen, change.chosen
    if path[0] != "answers" or not all(isinstance(side, dict) or side is None for side in (seen, chosen)):
        return [change]
    spot = spot_of(path, groups)
    if len(path) > 1:
        a_row = bool(spot.rows) and path == spot.rows[-1]
        all_rows = spot.unit == path and path[-1] in groups.rows and path[-1] not in groups.safety
        order = path[-1] == ORDER and spot.unit == path
        if not (a_row or all_rows or order) or a_row and chosen is None:
            return [change]
    before, after = dict(seen or {}), dict(chosen or {})
    places = after.get(ORDER) if len(path) > 1 else None
    for row in places if isinstance(places, dict) else ():
        if isinstance(before.get(row), dict):
            after.setdefault(row, {})  # it lost its answers and stays
    return [
        part
        for key in sorted(before.keys() | after.keys())
        if not same(before.get(key), after.get(key))
        for part in _parts(Change((*path, key), before.get(key), after.get(key), change.at), groups)
    ]


def _merge_row(
    merged: Merged,
    current: Mapping[str, Any],
    row: Path,
    members: list[Change],
    before: Mapping[str, Any],
    groups: Groups,
) -> bool:
    """Decide a row that one side removed, as a whole. Returns whether there was anything to decide as a whole."""
    place = place_of(row)
    base, theirs = get(before, row), get(current, row)
    holder: dict[str, Any] = {}
    put(holder, place, get(before, place))
    put(holder, row, base)
    for change in members:
        put(holder, change.path, change.chosen)
        if change.chosen is None and isinstance(change.seen, dict) and change.path in spot_of(change.path, groups).rows:
            put(holder, place_of(change.path), None)  # this row or one in it goes with its place
    mine, at = get(holder, row), members[-1].at
    if mine is None and get(holder, place) is None:
        if theirs is None:
            put(merged.body, place, None)
        elif base is not None and same(theirs, base):
            _take(merged, row, None, at)
            put(merged.body, place, None)
        elif base is not None:
            merged.clashes.append(Clash(row, base, theirs, None, at))
        return True
    if base is None or theirs is not None or get(current, place) is not None:
        return False
    if mine is not None and any(change.path != place for change in members):
        put(merged.body, row, mine)
        put(merged.body, place, get(before, place))
        merged.applied.update({change.path: change.at for change in members})
        merged.clashes.append(Clash(row, base, None, mine, at, put_back=True))
    return True


def _merge_place(merged: Merged, current: Mapping[str, Any], row: Path, change: Change) -> None:
    """A place is no answer: what came last stands, except that it brings no row back."""
    if change.seen is None or get(current, row) is not None or get(current, change.path) is not None:
        _take(merged, change.path, change.chosen, change.at)


def _unit_of(
    change: Change, spot: Spot, current: Mapping[str, Any], before: Mapping[str, Any], groups: Groups
) -> Path | None:
    """What is decided as one with this change; None where it is decided for itself."""
    top = change.path[0]
    if top in groups.latest or top in groups.whole:
        return (top,)
    unit = spot.unit
    if top != "answers" or unit is None or len(unit) < 2:
        return None
    question = unit[-1]
    if question in groups.safety or question in groups.together or unit in spot.rows:
        return unit
    exclusive = groups.exclusive.get(question, frozenset())
    if not exclusive:
        return None
    base = change.seen if change.path == unit else get(before, unit)
    mine = {change.path[len(unit)]} if len(change.path) > len(unit) else _touched(change.seen, change.chosen)
    theirs = _touched(base, get(current, unit))
    return unit if exclusive & (mine | theirs) else None


def _touched(before: Any, after: Any) -> set[str]:
    """The codes by which two values of a choice differ."""
    left, right = _codes(before), _codes(after)
    return {code for code in left.keys() | right.keys() if not same(left.get(code), right.get(code))}


def _codes(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    return {value: True} if isinstance(value, str) else {}


def _merge_leaf(merged: Merged, current: Mapping[str, Any], change: Change) -> None:
    seen, chosen = change.seen, change.chosen
    if (isinstance(seen, dict) or isinstance(chosen, dict)) and all(
        isinstance(v, dict) or v is None for v in (seen, chosen)
    ):
        before, after = seen or {}, chosen or {}
        for key in sorted(before.keys() | after.keys()):
            if not same(before.get(key), after.get(key)):
                _merge_leaf(merged, current, Change((*change.path, key), before.get(key), after.get(key), change.at))
        return
    theirs = get(merged.body, change.path)
    if same(theirs, chosen):
        return
    if same(theirs, seen):
        _take(merged, change.path, chosen, change.at)
    else:
        merged.clashes.append(Clash(change.path, seen, theirs, chosen, change.at))


def _merge_unit(
    merged: Merged,
    current: Mapping[str, Any],
    path: Path,
    members: list[Change],
    before: Mapping[str, Any],
    groups: Groups,
) -> None:
    base = members[0].seen if members[0].path == path else value_of(before, path, groups)
    holder: dict[str, Any] = {}
    lay(holder, path, base, groups)
    for change in members:
        put(holder, change.path, change.chosen)
    mine, theirs, at = value_of(holder, path, groups), value_of(current, path, groups), members[-1].at
    if same(theirs, mine):
        return
    if not same(theirs, base):
        merged.clashes.append(Clash(path, base, theirs, mine, at))
    elif path[0] == "answers" and not groups.together.keys().isdisjoint(path[-2:]):
        for change in members:  # each question keeps its own time
            _take(merged, change.path, change.chosen, change.at)
    else:
        _take(merged, path, mine, at)


def _take(merged: Merged, path: Path, value: Any, at: str | None) -> None:
    if not same(get(merged.body, path), value):
        put(merged.body, path, value)
        merged.applied[path] = at
