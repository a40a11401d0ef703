"""The three-way merge: pure, and only here. It imports nothing of ours.

For each change: the server's value equals what the person saw -> take what they chose; equals what they chose ->
nothing; else a clash, which only a person can settle. Maps merge by key. A group is atomic: a different edit anywhere
inside it by both sides is one clash for the whole of it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Path = tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """At `path` the person saw `seen` and chose `chosen`; None is "absent". `at` is the device's clock, a claim."""

    path: Path
    seen: Any
    chosen: Any
    at: str | None = None


@dataclass(frozen=True)
class Clash:
    """Two values for one path (or one atomic group): `theirs` stands on the server, `mine` was sent, `base` was seen
    before."""

    path: Path
    base: Any
    theirs: Any
    mine: Any
    at: str | None = None


@dataclass
class Merged:
    """The body that results; the paths that changed with the claim of when; what clashed."""

    body: dict[str, Any]
    applied: dict[Path, str | None] = field(default_factory=dict)
    clashes: list[Clash] = field(default_factory=list)


@dataclass(frozen=True)
class Groups:
    """What is atomic. `whole`: top-level fields. `safety`: questions flagged for safety. `exclusive`: per question the
    codes that exclude every other, which make the question atomic when either side touched one. `latest`: top-level
    fields that take what came last (who has it now)."""

    whole: frozenset[str] = frozenset()
    safety: frozenset[str] = frozenset()
    exclusive: Mapping[str, frozenset[str]] = field(default_factory=dict)
    latest: frozenset[str] = frozenset()


def parse_pointer(pointer: str) -> Path:
    """RFC 6901. Raises ValueError for what is no pointer, and for the root, which nobody may replace."""
    if not isinstance(pointer, str) or not pointer.startswith("/"):
        raise ValueError("not a pointer")
    parts = tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/"))
    if not all(parts) or "__proto__" in parts:
        raise ValueError("not a pointer")
    return parts


def pointer_of(path: Iterable[str]) -> str:
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)


def same(left: Any, right: Any) -> bool:
    """Equal as JSON: true is not 1, but 1.0 is 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(value, right[key]) for key, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    return type(left) is type(right) and left == right or _number(left) and _number(right) and left == right


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def get(body: Any, path: Path) -> Any:
    """The value at the path, or None where there is none."""
    for part in path:
        if not isinstance(body, dict) or part not in body:
            return None
        body = body[part]
    return body


def put(body: dict[str, Any], path: Path, value: Any) -> None:
    """Set the path, making maps on the way; None removes it, and with it the maps that it leaves empty below the top
    level."""
    if value is None:
        _remove(body, path)
        return
    for part in path[:-1]:
        below = body.get(part)
        if not isinstance(below, dict):
            below = body[part] = {}
        body = below
    body[path[-1]] = copy.deepcopy(value)


def _remove(body: dict[str, Any], path: Path) -> None:
    trail = [body]
    for part in path[:-1]:
        below = trail[-1].get(part)
        if not isinstance(below, dict):
            return
        trail.append(below)
    trail[-1].pop(path[-1], None)
    for depth in range(len(path) - 1, 1, -1):
        if not trail[depth]:
            trail[depth - 1].pop(path[depth - 1], None)


def overlay(body: Mapping[str, Any], changes: Iterable[Change]) -> dict[str, Any]:
    """The body as the sender sees it: every change taken."""
    result = copy.deepcopy(dict(body))
    for change in changes:
        put(result, change.path, change.chosen)
    return result


def merge(
    current: Mapping[str, Any], changes: Iterable[Change], seen_body: Mapping[str, Any] | None, groups: Groups
) -> Merged:
    """Lay the changes on the server's current body. `seen_body` is the whole body the sender had before them, where it
    is known."""
    merged = Merged(copy.deepcopy(dict(current)))
    grouped: dict[Path, list[Change]] = {}
    decided = [(change, _group_of(change, current, seen_body, groups)) for change in changes]
    # One tap on an exclusive option unticks the others: what was sent for that question stays together.
    atomic = {group for _, group in decided if group is not None}
    for change, own in decided:
        group = change.path[:2] if change.path[:2] in atomic else own
        if group is None:
            _merge_leaf(merged, current, change)
        elif group[0] in groups.latest:
            _take(merged, change.path, change.chosen, change.at)
        else:
            grouped.setdefault(group, []).append(change)
    for path, members in grouped.items():
        _merge_group(merged, current, path, members, seen_body)
    return merged


def _group_of(
    change: Change, current: Mapping[str, Any], seen_body: Mapping[str, Any] | None, groups: Groups
) -> Path | None:
    top = change.path[0]
    if top in groups.latest or top in groups.whole:
        return (top,)
    if top != "answers" or len(change.path) < 2:
        return None
    question = change.path[1]
    if question in groups.safety:
        return ("answers", question)
    exclusive = groups.exclusive.get(question, frozenset())
    if not exclusive:
        return None
    path = ("answers", question)
    base = change.seen if change.path == path else get(seen_body, path) if seen_body is not None else None
    mine = {change.path[2]} if len(change.path) > 2 else _touched(change.seen, change.chosen)
    theirs = _touched(base, get(current, path))
    return path if exclusive & (mine | theirs) else None


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


def _merge_group(
    merged: Merged, current: Mapping[str, Any], path: Path, members: list[Change], seen_body: Mapping[str, Any] | None
) -> None:
    first = members[0]
    if first.path == path:
        base = first.seen
    elif seen_body is not None:
        base = get(seen_body, path)
    else:
        holder = copy.deepcopy(dict(current))
        for change in members:
            put(holder, change.path, change.seen)
        base = get(holder, path)
    holder = {}
    put(holder, path, base)
    for change in members:
        put(holder, change.path, change.chosen)
    mine, theirs, at = get(holder, path), get(current, path), members[-1].at
    if same(theirs, mine):
        return
    if same(theirs, base):
        _take(merged, path, mine, at)
    else:
        merged.clashes.append(Clash(path, base, theirs, mine, at))


def _take(merged: Merged, path: Path, value: Any, at: str | None) -> None:
    if not same(get(merged.body, path), value):
        put(merged.body, path, value)
        merged.applied[path] = at
