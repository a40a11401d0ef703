"""What two people made of one record, and an oracle that says what must come of it.

A triple is what both saw, what stands on the server by now, and what the second person's device sends. The oracle is
written from the rule in docs/sync-protocol.md ("Merge") and not from the code: it flattens bodies into facts, one per
path, decides for each fact (or for a whole question) on its own, and knows neither order nor maps.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

Path = tuple[str, ...]
Facts = dict[Path, str]

CODES = ("heroin", "crack", "alcohol", "none")
ROWS = ("r1", "r2", "r3")
# The fields of the invented form and what may stand in each: BOXES are a map from code to true, VALUES a question that
# repeats, and a map a group that repeats, with the questions in it.
SINGLE, BOXES, LIST, VALUES, MAP = "single", "boxes", "list", "values", "map"
DOSE = {"drug": SINGLE, "amount": SINGLE, "unit": SINGLE, "risk": BOXES, "used": BOXES}
KINDS: dict[Path, Any] = {
    ("cell",): SINGLE,
    ("aliases",): LIST,
    ("safe_to_see",): SINGLE,
    ("review",): MAP,
    ("taken_over",): SINGLE,
    ("answers", "mood"): SINGLE,
    ("answers", "harm"): SINGLE,
    ("answers", "risks"): BOXES,
    ("answers", "drugs"): BOXES,
    ("answers", "needs"): BOXES,
    ("answers", "spoken"): LIST,
    ("answers", "a/b~c"): SINGLE,
    ("answers", "level"): SINGLE,
    ("answers", "reasons"): BOXES,
    ("answers", "names"): VALUES,
    ("answers", "doses"): {**DOSE, "takes": {"when": SINGLE, "harmed": SINGLE, "with": BOXES}},
    ("answers", "readings"): {"high": SINGLE, "low": SINGLE, "felt": BOXES},
}
NESTED = [*[("answers", "doses")] * 4, ("answers", "readings"), ("answers", "names")]
WHOLE, LATEST = frozenset({"safe_to_see", "review"}), frozenset({"taken_over"})
SAFETY = frozenset({"harm", "risks", "risk", "harmed"})
EXCLUSIVE = {"drugs": frozenset({"none"}), "used": frozenset({"none"}), "with": frozenset({"none"})}
REPEATING = frozenset({"names", "doses", "takes", "readings"})
# Groups whose questions are decided as one; of "readings", which repeats, each row is.
# The mark of a whole record that was entered in error, and what the two may have written into it.
MARK = "entered_in_error"
MARKS = ({"reason": "twice", "by": "a"}, {"reason": "other", "by": "b"})
TOGETHER = {"verdict": frozenset({"level", "reasons"}), "dose": frozenset({"amount", "unit"}), "readings": frozenset()}


@dataclass
class Triple:
    """`changes` are (path, seen, chosen); `knows_body` is whether the server knows the whole body that was seen."""

    base: dict[str, Any]
    theirs: dict[str, Any]
    changes: list[tuple[Path, Any, Any]]
    knows_body: bool


# --- making them


def generate(seed: int, count: int) -> Iterator[Triple]:
    """The same seed makes the same triples."""
    rng = random.Random(seed)
    for _ in range(count):
        fields = sorted({*rng.sample(sorted(KINDS), rng.randint(1, 2)), rng.choice(NESTED)})
        same: dict[Path, str] = {}
        base: dict[str, Any] = {}
        for path in fields:
            _set(base, path, _value(rng, KINDS[path]))
        theirs = _copy(base)
        for path in fields:
            if rng.random() < 0.6:
                _set(theirs, path, _other(rng, KINDS[path], _at(base, path), path, same))
        by_parts = rng.random() < 0.7
        changes: list[tuple[Path, Any, Any]] = []
        for path in fields:
            if rng.random() < 0.6:
                was = _at(base, path)
                # Often the same as theirs, by chance or because both heard the same answer.
                now = _at(theirs, path) if rng.random() < 0.2 else _other(rng, KINDS[path], was, path, same)
                if was == now and (isinstance(was, dict) or path[-1] in REPEATING):
                    continue  # no device sends a map of which nothing was changed
                changes += _parts(rng, path, was, now) if by_parts and path[0] != "taken_over" else [(path, was, now)]
        if rng.random() < 0.3:
            changes += _removals(rng, base, theirs)
        rng.shuffle(changes)
        # Of questions that are decided together only the changed ones are sent: the body must be known to see the rest.
        alone = by_parts or any(path[-1] in TOGETHER["verdict"] for path in fields)
        yield Triple(base, theirs, changes, alone or rng.random() < 0.5)


def _removals(rng: random.Random, base: dict[str, Any], theirs: dict[str, Any]) -> list[tuple[Path, Any, Any]]:
    """One of them, or both, take the whole record away, or bring it back."""
    was = MARKS[0] if rng.random() < 0.2 else None
    stands = was if rng.random() < 0.5 else None if was else MARKS[0]
    now = was if rng.random() < 0.4 else rng.choice((None, MARKS[1])) if was else MARKS[1]
    for body, mark in ((base, was), (theirs, stands)):
        if mark:
            body[MARK] = dict(mark)
    return [((MARK,), was, now)] if now != was else []


def _value(rng: random.Random, kind: Any) -> Any:
    if rng.random() < 0.2:
        return None
    if kind == SINGLE:
        return rng.choice(("yes", "no", "not-asked", 1, True))
    if kind == LIST:
        return rng.choices(("en", "cy", "pl"), k=rng.randint(1, 3))
    if kind == BOXES:
        return dict.fromkeys(rng.sample(CODES, rng.randint(1, 3)), True)
    if kind == MAP:
        return {key: rng.choice("ab") for key in rng.sample(("number", "outcome", "comment"), rng.randint(1, 3))}
    rows: dict[str, Any] = {}
    for row in rng.sample(ROWS, rng.choice((1, 1, 2))):
        _add(rng, kind, rows, row)
    return rows


def _add(rng: random.Random, kind: Any, rows: dict[str, Any], row: str) -> None:
    """A row, at times one that holds nothing yet and is only a place, now and then one that has no place."""
    held = _value(rng, SINGLE) if kind == VALUES else _answers(rng, kind)
    if held:
        rows[row] = held
    if not held or rng.random() < 0.95:
        rows.setdefault("_order", {})[row] = rng.randint(1, 3)


def _answers(rng: random.Random, kind: dict[str, Any]) -> dict[str, Any]:
    asked = {*rng.sample(sorted(kind), rng.randint(0, min(3, len(kind)))), *(["takes"] if "takes" in kind else [])}
    return {link_id: value for link_id in sorted(asked) if (value := _value(rng, kind[link_id])) is not None}


def _pick(rng: random.Random, options: list[str], at: Path, same: dict[Path, str]) -> str:
    """Which row or which question: often the one that the other person took, else they would hardly ever meet."""
    if at not in same or rng.random() > 0.7:
        same[at] = rng.choice(options)
    return same[at]


def _other(rng: random.Random, kind: Any, was: Any, at: Path, same: dict[Path, str]) -> Any:
    """What a person makes of it: mostly one box or one row, at times the whole."""
    if not isinstance(was, dict) or kind == MAP or rng.random() < (0.15 if kind == BOXES else 0.03):
        return _value(rng, kind)
    now = _copy(was)
    if kind == BOXES:
        code = rng.choice(CODES)
        if now.pop(code, None) is None:
            now[code] = True
        return now or None
    for _ in range(rng.choice((1, 1, 2))):
        _change_row(rng, kind, now, at, same)
    return now or None


def _change_row(rng: random.Random, kind: Any, rows: dict[str, Any], at: Path, same: dict[Path, str]) -> None:
    there = sorted({*rows, *rows.get("_order", {})} - {"_order"})
    row = _pick(rng, [*ROWS, *there * 3], at, same)
    chance, order = rng.random(), rows.get("_order", {})
    if row not in rows and row not in order:
        _add(rng, kind, rows, row)
    elif chance < 0.15:
        rows.pop(row, None)
        order.pop(row, None)
    elif chance < 0.18 and row in order:
        order[row] = rng.randint(1, 4)
    elif kind == VALUES:
        _set(rows, (row,), _value(rng, SINGLE))
    else:
        held = rows.setdefault(row, {})
        for _ in range(rng.choice((1, 1, 2))):
            asked = sorted(kind) + ["takes"] * (3 * ("takes" in kind))
            link_id = _pick(rng, asked, (*at, row), same)
            _set(held, (link_id,), _other(rng, kind[link_id], held.get(link_id), (*at, row, link_id), same))
        if not held:
            del rows[row]
    if not order:
        rows.pop("_order", None)


def _parts(rng: random.Random, path: Path, was: Any, now: Any) -> list[tuple[Path, Any, Any]]:
    """One change for each box, each answer in a row and each place of a row, as a device sends what was tapped singly. A
    row that goes is one change, with or without its place."""
    is_row = len(path) > 2 and path[-2] in REPEATING and path[-1] != "_order"
    if not isinstance(was, dict) or not isinstance(now, dict):
        whole = is_row and was is None and isinstance(now, dict)  # a row that was begun is filled answer by answer
        return _parts(rng, path, {}, now) if whole and rng.random() < 0.7 else [(path, was, now)]
    gone = set(was.get("_order", {})) - set(now.get("_order", {})) - set(now) if path[-1] in REPEATING else set()
    silent = {row for row in gone if isinstance(was.get(row), dict) and rng.random() < 0.2}
    found: list[tuple[Path, Any, Any]] = []
    for key in {**was, **now}:
        before, after = was.get(key), now.get(key)
        if key == "_order":
            places = {**(before or {}), **(after or {})}
            found += [
                ((*path, key, row), (before or {}).get(row), (after or {}).get(row))
                for row in places
                if row not in silent and (before or {}).get(row) != (after or {}).get(row)
            ]
        elif before != after:
            if isinstance(before, dict) and key in now.get("_order", {}):
                after = after or {}  # a row that lost its answers and stays
            found += _parts(rng, (*path, key), before, after)
    return found


def _copy(value: Any) -> Any:
    return {key: _copy(each) for key, each in value.items()} if isinstance(value, dict) else value


def _at(body: Any, path: Path) -> Any:
    for step in path:
        body = body.get(step) if isinstance(body, dict) else None
    return body


def _set(body: dict[str, Any], path: Path, value: Any) -> None:
    if len(path) > 1:
        body = body.setdefault(path[0], {})
    if value is None:
        body.pop(path[-1], None)
    else:
        body[path[-1]] = value


# --- the oracle


def facts(value: Any, at: Path = ()) -> Facts:
    """Each value at its path as canonical JSON; a list is one value, an empty map is none."""
    if isinstance(value, dict):
        return {path: fact for key, inner in value.items() for path, fact in facts(inner, (*at, key)).items()}
    return {} if value is None else {at: json.dumps(value, sort_keys=True)}


def under(where: Path, known: Facts) -> Facts:
    """What is known of a path, of a row, or of a group that is decided as one (by the group's name)."""
    inside = TOGETHER.get(where[-1]) if where[0] == "answers" else None
    if inside:
        depth = len(where) - 1
        return {
            p: fact for p, fact in known.items() if p[:depth] == where[:depth] and len(p) > depth and p[depth] in inside
        }
    return {path: fact for path, fact in known.items() if path[: len(where)] == where}


@dataclass
class Expected:
    """What must come out: the facts of the body, and who disagrees about what: path -> facts of (seen, theirs, mine)."""

    body: Facts
    clashes: dict[Path, tuple[Facts, Facts, Facts]] = field(default_factory=dict)


def oracle(triple: Triple) -> Expected:
    """Of the body, and then of the whole record: who takes it away decides about what they saw, and who goes on with it
    without having heard of that makes it stand. Both ways the two are asked."""
    bodies = [{key: value for key, value in body.items() if key != MARK} for body in (triple.base, triple.theirs)]
    said = [each for each in triple.changes if each[0] == (MARK,)]
    others = [each for each in triple.changes if each[0] != (MARK,)]
    expected = _of_body(Triple(bodies[0], bodies[1], others, triple.knows_body))
    was = triple.base.get(MARK) if triple.knows_body or said else None
    stands = triple.theirs.get(MARK)
    went_on = bool(expected.clashes) or expected.body != facts(bodies[1])
    sides: tuple[Any, Any, Any] | None = None
    result = stands
    if said and said[0][2] is None:
        result = None
    elif said and not stands:
        if not was and triple.knows_body and facts(bodies[0]) == facts(bodies[1]):
            result = said[0][2]
        else:
            sides = (was, None, said[0][2])
    elif stands and not was and not said and went_on:
        result, sides = None, (None, stands, None)
    if sides:
        base, theirs, mine = (facts(side, (MARK,)) for side in sides)
        expected.clashes[(MARK,)] = (base, theirs, mine)
    expected.body |= facts(result, (MARK,))
    return expected


def _of_body(triple: Triple) -> Expected:
    saw, stands = facts(triple.base), facts(triple.theirs)
    chose, touched = dict(saw), set()
    for path, seen, chosen in triple.changes:
        before, after = facts(seen, path), facts(chosen, path)
        spoken_of = {each for each in before.keys() | after.keys() if before.get(each) != after.get(each)}
        touched |= spoken_of if isinstance(seen, dict) or isinstance(chosen, dict) else {path}
        chose = {each: fact for each, fact in chose.items() if each not in before} | after
    for path, seen, chosen in triple.changes:
        if chosen is None and isinstance(seen, dict) and _rows_around(path)[-1:] == [path]:
            chose.pop(_place(path), None)  # whoever removes a row removes its place with it
    expected = Expected(dict(stands))
    rows = sorted({row for path in touched for row in _rows_around(path)}, key=len)
    settled: list[Path] = []
    for row in rows:
        if not any(_in_row(row, outer) for outer in settled) and _removed(row, saw, stands, chose, touched, expected):
            settled.append(row)
    open_paths = {path for path in touched if not any(_in_row(path, row) for row in settled)}
    changed_by_them = {each for each in saw.keys() | stands.keys() if saw.get(each) != stands.get(each)}
    for unit in {_unit(path, touched | changed_by_them) for path in open_paths}:
        was, theirs, mine = (under(unit, known) for known in (saw, stands, chose))
        if theirs == mine:
            continue
        if "_order" in unit:  # a place is no answer, and brings no row back
            row = _rows_around(unit)[-1]
            if was and not under(row, stands) and not theirs:
                continue
        elif theirs != was and unit[0] not in LATEST:
            expected.clashes[unit] = (was, theirs, mine)
            continue
        expected.body = {each: fact for each, fact in expected.body.items() if each not in theirs} | mine
    for row in rows:
        place = _place(row)
        if any(_in_row(row, outer) for outer in settled):
            continue
        if under(row, expected.body) and place not in expected.body and place in saw:
            expected.body[place] = saw[place]  # it was only a place when it was removed, and somebody filled it
    return expected


def _removed(row: Path, saw: Facts, stands: Facts, chose: Facts, touched: set[Path], expected: Expected) -> bool:
    """A row that one side removed is one decision, and it stands while the other side changed something in it."""
    place = _place(row)
    was, theirs, mine = (under(row, known) for known in (saw, stands, chose))
    if not mine and place not in chose:
        if was and theirs and theirs != was:
            expected.clashes[row] = (was, theirs, mine)
        elif not theirs or was:
            gone = {*theirs, place}
            expected.body = {each: fact for each, fact in expected.body.items() if each not in gone}
        return True
    if not was or theirs or place in stands:
        return False
    if mine and any(path != place and _in_row(path, row) for path in touched):
        expected.clashes[row] = (was, theirs, mine)
        expected.body |= mine | ({place: saw[place]} if place in saw else {})
    return True


def _rows_around(path: Path) -> list[Path]:
    """The rows of repeating groups and questions that a path lies in, outermost first."""
    found = []
    for at in range(1, len(path) - 1):
        if path[0] == "answers" and path[at] in REPEATING and (at == 1 or path[at - 2] in REPEATING):
            if path[at + 1] != "_order":
                found.append(path[: at + 2])
            elif len(path) > at + 2:
                found.append((*path[: at + 1], path[at + 2]))
    return found


def _place(row: Path) -> Path:
    return (*row[:-1], "_order", row[-1])


def _in_row(path: Path, row: Path) -> bool:
    return path[: len(row)] == row or path == _place(row)


def _unit(path: Path, moved: set[Path]) -> Path:
    """What is decided as one: a whole field, a whole row, a declared group, a whole question, or this one value."""
    if path[0] in WHOLE | LATEST:
        return path[:1]
    if path[0] != "answers" or "_order" in path:
        return path
    rows = _rows_around(path)
    if rows and rows[-1][-2] in TOGETHER:
        return rows[-1]
    holder = len(rows[-1]) if rows else 1
    if len(path) == holder:
        return path
    question = path[: holder + 1]
    group = next((name for name, inside in TOGETHER.items() if question[-1] in inside), None)
    if group:
        return (*question[:-1], group)
    if question[-1] in SAFETY:
        return question
    barred = {(*question, code) for code in EXCLUSIVE.get(question[-1], frozenset())}
    return question if barred & moved else path


# --- the comparison


def _said(side: Any, path: Path) -> Facts:
    """A side of a reported conflict as facts of the body: what is decided together is told under the group's name."""
    return facts(side, path[:-1] if TOGETHER.get(path[-1]) and path[0] == "answers" else path)


@dataclass
class Tally:
    triples: int = 0
    expected: int = 0
    reported: int = 0
    right: int = 0
    wrong_bodies: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    first: tuple[Triple, Any, Expected] | None = None

    @property
    def precision(self) -> float:
        return self.right / self.reported if self.reported else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.expected if self.expected else 1.0

    def __str__(self) -> str:
        return (
            f"{self.triples} triples, {self.expected} conflicts expected, {self.reported} reported: "
            f"precision {self.precision:.6f}, recall {self.recall:.6f}, wrong bodies {self.wrong_bodies}"
        )


def _kind(path: Path) -> str:
    """What a conflict is about, for counting."""
    if path[0] != "answers":
        return "record" if path == (MARK,) else "field"
    depth = "" if len(path) < 4 else " in a row" if len(path) < 6 else " in a row of a row"
    if _rows_around(path)[-1:] == [path]:
        return ("row" if len(path) < 4 else "row of a row") + (" decided as one" if path[-2] in TOGETHER else "")
    if path[-1] in TOGETHER:
        return "group" + depth
    return ("safety question" if path[-1] in SAFETY else "question") + depth


def compare(rules: ModuleType, seed: int, count: int, *, until_wrong: bool = False) -> Tally:
    """Ask `rules` (records/merge.py, or a copy with a bug in it) for each triple what the oracle says."""
    groups = rules.Groups(
        whole=WHOLE, safety=SAFETY, exclusive=EXCLUSIVE, latest=LATEST, rows=REPEATING, together=TOGETHER
    )
    tally = Tally()
    for triple in generate(seed, count):
        changes = [rules.Change(path, seen, chosen) for path, seen, chosen in triple.changes]
        merged = rules.merge(triple.theirs, changes, triple.base if triple.knows_body else None, groups)
        wanted = oracle(triple)
        reported = [
            (each.path, tuple(_said(side, each.path) for side in (each.base, each.theirs, each.mine)))
            for each in merged.clashes
        ]
        right = sum(wanted.clashes.get(path) == sides for path, sides in dict(reported).items())
        good_body = facts(merged.body) == wanted.body
        tally.triples += 1
        tally.expected += len(wanted.clashes)
        tally.kinds.update(_kind(path) for path in wanted.clashes)
        tally.reported += len(reported)
        tally.right += right
        tally.wrong_bodies += not good_body
        if tally.first is None and not (right == len(reported) == len(wanted.clashes) and good_body):
            tally.first = (triple, merged, wanted)
        if until_wrong and tally.first:
            break
    return tally
