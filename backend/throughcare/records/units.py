"""What the merge decides as one, and where rows stand in the answers: read from a form's facts. Pure.

Outside repeating groups a key of `answers` is a linkId. A repeating group, and a question that repeats and is no choice,
holds a map of rows {uuid: answers or value} with `_order` {uuid: place} beside them; rows hold keys again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .paths import Path, get, pointer_of, put, same

ORDER = "_order"


@dataclass(frozen=True)
class Groups:
    """What is atomic, and where rows are. `whole`: top-level fields. `latest`: top-level fields that take what came last
    (who has it now). The others are linkIds, wherever in the answers they stand. `safety`: questions flagged for safety.
    `exclusive`: per question the codes that exclude every other, which make the question atomic when either side touched
    one. `rows`: groups and questions that hold a map of rows. `together`: {group: the keys of its questions} decided as
    one; of a repeating group each row is one, and nothing needs to be listed."""

    whole: frozenset[str] = frozenset()
    safety: frozenset[str] = frozenset()
    exclusive: Mapping[str, frozenset[str]] = field(default_factory=dict)
    latest: frozenset[str] = frozenset()
    rows: frozenset[str] = frozenset()
    together: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @cached_property
    def group_of(self) -> dict[str, str]:
        """{key of a question: the group with which it is decided}."""
        return {key: group for group, keys in self.together.items() for key in keys}


@dataclass(frozen=True)
class Spot:
    """Where a path in the answers leads. `rows`: the rows around it, outermost first, its own included. `unit`: the
    question, or the group or row that is decided as one; None for what is only a row or a place in an order."""

    rows: tuple[Path, ...]
    unit: Path | None


def spot_of(path: Path, groups: Groups) -> Spot:
    """Reads a path below /answers; anywhere else there is nothing to find."""
    rows: list[Path] = []
    at = 1 if path[0] == "answers" else len(path)
    while at < len(path):
        key = path[at]
        if key in groups.group_of:
            return Spot(tuple(rows), (*path[:at], groups.group_of[key]))
        if key not in groups.rows or key in groups.safety or at + 1 == len(path):
            return Spot(tuple(rows), path[: at + 1])
        if path[at + 1] == ORDER:
            where = (*path[: at + 1], *path[at + 2 :])
            return Spot((*rows, where), None) if len(path) > at + 2 else Spot(tuple(rows), path)
        rows.append(path[: at + 2])
        if key in groups.together:
            return Spot(tuple(rows), path[: at + 2])
        at += 2
    return Spot(tuple(rows), None)


def place_of(row: Path) -> Path:
    """Where the row's place in the order stands."""
    return (*row[:-1], ORDER, row[-1])


def value_of(body: Any, unit: Path, groups: Groups) -> Any:
    """What a unit holds: the value at its path, or {key: value} of the questions that are decided together."""
    keys = groups.together.get(unit[-1]) if unit[0] == "answers" else None
    if not keys:
        return get(body, unit)
    holder = get(body, unit[:-1])
    return {key: holder[key] for key in sorted(keys) if key in holder} or None if isinstance(holder, dict) else None


def paths_of(unit: Path, groups: Groups) -> list[Path]:
    """Where in the body a unit stands: at its own path, or at those of the questions that are decided together."""
    keys = groups.together.get(unit[-1]) if unit[0] == "answers" else None
    return [(*unit[:-1], key) for key in sorted(keys)] if keys else [unit]


def subject_of(path: Path, groups: Groups) -> tuple[str, Path]:
    """(linkId, path) of what somebody reads there: the question around a single box, a row, or a group that is decided
    as one. The path is below /answers."""
    spot = spot_of(path, groups)
    subject = spot.unit or spot.rows[-1]
    return subject[-2] if subject in spot.rows else subject[-1], subject


def address_of(subject: Path) -> str:
    """As the form engine names it: the linkId; inside a row the keys, each escaped as in a JSON pointer."""
    return subject[1] if len(subject) == 2 else pointer_of(subject[1:])[1:]


def flat(answers: Mapping[str, Any], at: Path = ("answers",)) -> dict[str, Any]:
    """{address: answer} of every question, those in rows included. Needs no form: rows are told by what they hold."""
    found: dict[str, Any] = {}
    for key, value in answers.items():
        rows = {row: held for row, held in value.items() if row != ORDER} if isinstance(value, dict) else {}
        if any(isinstance(held, dict) for held in rows.values()):
            for row, held in rows.items():
                found.update(flat(held if isinstance(held, dict) else {}, (*at, key, row)))
        elif not isinstance(value, dict) or rows:
            found[address_of((*at, key))] = rows or value
    return found


def differing(before: Any, after: Any, groups: Groups, at: Path = ("answers",)) -> Iterator[Path]:
    """The questions whose answers differ, and of rows that came or went, and of questions that repeat, the rows."""
    before, after = before or {}, after or {}
    for key in sorted(before.keys() | after.keys()):
        was, now, path = before.get(key), after.get(key), (*at, key)
        if key not in groups.rows or not all(isinstance(side, dict) for side in (was or {}, now or {})):
            if not same(was, now):
                yield path
            continue
        for row in sorted(((was or {}).keys() | (now or {}).keys()) - {ORDER}):
            held, holds = (was or {}).get(row), (now or {}).get(row)
            if isinstance(held, dict) and isinstance(holds, dict):
                yield from differing(held, holds, groups, (*path, row))
            elif not same(held, holds):
                yield (*path, row)


def lay(body: dict[str, Any], unit: Path, value: Any, groups: Groups) -> None:
    """Set what a unit holds, in place. A row takes its place in the order with it when it goes, and gets the last one
    when it comes without."""
    keys = groups.together.get(unit[-1]) if unit[0] == "answers" else None
    if keys:
        for key in sorted(keys):
            put(body, (*unit[:-1], key), (value or {}).get(key))
        return
    put(body, unit, value)
    if len(unit) > 2 and unit[-2] in groups.rows:
        place = place_of(unit)
        order = get(body, place[:-1])
        others = [each for each in order.values() if isinstance(each, int)] if isinstance(order, dict) else []
        if value is None or get(body, place) is None:
            put(body, place, None if value is None else max(others, default=0) + 1)
