"""What two people made of one record, and an oracle that says what must come of it.

A triple is what both saw, what stands on the server by now, and what the second person's device sends. The oracle is
written from the rule in docs/sync-protocol.md ("Merge") and not from the code: it flattens bodies into facts, one per
path, decides for each fact (or for a whole question) on its own, and knows neither order nor maps.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

Path = tuple[str, ...]
Facts = dict[Path, str]

CODES = ("heroin", "crack", "alcohol", "none")
# The fields of the invented form: what may stand in each. "boxes" are a map from code to true.
SINGLE, BOXES, LIST, ROWS = "single", "boxes", "list", "rows"
KINDS: dict[Path, str] = {
    ("cell",): SINGLE,
    ("aliases",): LIST,
    ("safe_to_see",): SINGLE,
    ("review",): ROWS,
    ("taken_over",): SINGLE,
    ("answers", "mood"): SINGLE,
    ("answers", "harm"): SINGLE,
    ("answers", "risks"): BOXES,
    ("answers", "drugs"): BOXES,
    ("answers", "needs"): BOXES,
    ("answers", "spoken"): LIST,
    ("answers", "a/b~c"): SINGLE,
    ("answers", "doses"): ROWS,
}
WHOLE, LATEST = frozenset({"safe_to_see", "review"}), frozenset({"taken_over"})
SAFETY, EXCLUSIVE = frozenset({"harm", "risks"}), {"drugs": frozenset({"none"})}


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
        fields = rng.sample(sorted(KINDS), rng.randint(1, 5))
        base: dict[str, Any] = {}
        for path in fields:
            _set(base, path, _value(rng, KINDS[path]))
        theirs = json.loads(json.dumps(base))
        for path in fields:
            if rng.random() < 0.6:
                _set(theirs, path, _other(rng, KINDS[path], _at(base, path)))
        by_parts = rng.random() < 0.6
        changes: list[tuple[Path, Any, Any]] = []
        for path in fields:
            if rng.random() < 0.6:
                was = _at(base, path)
                # Often the same as theirs, by chance or because both heard the same answer.
                now = _at(theirs, path) if rng.random() < 0.2 else _other(rng, KINDS[path], was)
                if isinstance(was, dict) and was == now:
                    continue  # no device sends a map of which nothing was changed
                changes += _parts(path, was, now) if by_parts and path[0] != "taken_over" else [(path, was, now)]
        rng.shuffle(changes)
        yield Triple(base, theirs, changes, by_parts or rng.random() < 0.5)


def _value(rng: random.Random, kind: str) -> Any:
    if rng.random() < 0.25:
        return None
    if kind == SINGLE:
        return rng.choice(["yes", "no", "not-asked", 1, True])
    if kind == LIST:
        return rng.choices(["en", "cy", "pl"], k=rng.randint(1, 3))
    if kind == BOXES:
        return dict.fromkeys(rng.sample(CODES, rng.randint(1, 3)), True)
    rows = {row: {"drug": rng.choice("ab"), "mg": rng.choice(["5", "10"])} for row in ("r1", "r2", "r3")}
    chosen = rng.sample(sorted(rows), rng.randint(1, 3))
    return {**{row: rows[row] for row in chosen}, "_order": chosen}


def _other(rng: random.Random, kind: str, was: Any) -> Any:
    """What a person makes of it: mostly one box or one row, at times the whole."""
    if not isinstance(was, dict) or rng.random() < 0.25:
        return _value(rng, kind)
    now = json.loads(json.dumps(was))
    key = rng.choice(CODES if kind == BOXES else ("r1", "r2", "r3"))
    if kind == BOXES:
        if now.pop(key, None) is None:
            now[key] = True
        return now or None
    if key not in now:
        now[key], now["_order"] = {"drug": "a"}, [*now["_order"], key]
    elif rng.random() < 0.4:
        del now[key]
        now["_order"] = [each for each in now["_order"] if each != key]
    else:
        now[key]["mg"] = rng.choice(["20", "40"])
    return now


def _parts(path: Path, was: Any, now: Any) -> list[tuple[Path, Any, Any]]:
    """One change for each box or each value of a row, as a device sends what was tapped singly."""
    if not isinstance(was, dict) or not isinstance(now, dict):
        return [(path, was, now)]
    differing = [key for key in {**was, **now} if was.get(key) != now.get(key)]
    return [part for key in differing for part in _parts((*path, key), was.get(key), now.get(key))]


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
    return {path: fact for path, fact in known.items() if path[: len(where)] == where}


@dataclass
class Expected:
    """What must come out: the facts of the body, and who disagrees about what: path -> facts of (seen, theirs, mine)."""

    body: Facts
    clashes: dict[Path, tuple[Facts, Facts, Facts]] = field(default_factory=dict)


def oracle(triple: Triple) -> Expected:
    saw, stands = facts(triple.base), facts(triple.theirs)
    chose, touched = dict(saw), set()
    for path, seen, chosen in triple.changes:
        before, after = facts(seen, path), facts(chosen, path)
        spoken_of = {each for each in before.keys() | after.keys() if before.get(each) != after.get(each)}
        touched |= spoken_of if isinstance(seen, dict) or isinstance(chosen, dict) else {path}
        chose = {each: fact for each, fact in chose.items() if each not in before} | after
    expected = Expected(dict(stands))
    changed_by_them = {each for each in saw.keys() | stands.keys() if saw.get(each) != stands.get(each)}
    for unit in {_unit(path, touched | changed_by_them) for path in touched}:
        was, theirs, mine = (under(unit, known) for known in (saw, stands, chose))
        if theirs == mine:
            continue
        if theirs == was or unit[0] in LATEST:
            expected.body = {each: fact for each, fact in expected.body.items() if each not in theirs} | mine
        else:
            expected.clashes[unit] = (was, theirs, mine)
    return expected


def _unit(path: Path, moved: set[Path]) -> Path:
    """What is decided as one: a whole field, a whole question, or this one value."""
    if path[0] in WHOLE | LATEST:
        return path[:1]
    question = path[:2]
    if path[0] == "answers" and path[1] in SAFETY:
        return question
    barred = {(*question, code) for code in EXCLUSIVE.get(path[-2] if len(path) > 2 else "", frozenset())}
    return question if path[0] == "answers" and barred & moved else path


# --- the comparison


@dataclass
class Tally:
    triples: int = 0
    expected: int = 0
    reported: int = 0
    right: int = 0
    wrong_bodies: int = 0
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


def compare(rules: ModuleType, seed: int, count: int, told: Callable[[Tally], None] | None = None) -> Tally:
    """Ask `rules` (records/merge.py, or a copy with a bug in it) for each triple what the oracle says."""
    groups = rules.Groups(whole=WHOLE, safety=SAFETY, exclusive=EXCLUSIVE, latest=LATEST)
    tally = Tally()
    for triple in generate(seed, count):
        changes = [rules.Change(path, seen, chosen) for path, seen, chosen in triple.changes]
        merged = rules.merge(triple.theirs, changes, triple.base if triple.knows_body else None, groups)
        wanted = oracle(triple)
        reported = [
            (each.path, tuple(facts(side, each.path) for side in (each.base, each.theirs, each.mine)))
            for each in merged.clashes
        ]
        right = sum(wanted.clashes.get(path) == sides for path, sides in dict(reported).items())
        good_body = facts(merged.body) == wanted.body
        tally.triples += 1
        tally.expected += len(wanted.clashes)
        tally.reported += len(reported)
        tally.right += right
        tally.wrong_bodies += not good_body
        if tally.first is None and not (right == len(reported) == len(wanted.clashes) and good_body):
            tally.first = (triple, merged, wanted)
        if told and tally.triples % 100_000 == 0:
            told(tally)
    return tally
