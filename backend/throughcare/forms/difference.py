"""What two versions of a form do not have in common, question by question: for whoever signs the next version."""

from __future__ import annotations

import json
from typing import Any

Json = dict[str, Any]


def differences(old: Json, new: Json) -> list[Json]:
    """[{"change": added | removed | moved | changed, "link_id", "what", "before", "after"}]; link_id "" is the form itself."""
    before, after = _items(old), _items(new)
    found: list[Json] = []
    found += _fields("", _own(old), _own(new))
    for link_id, (item, _place) in before.items():
        if link_id not in after:
            found.append(_one("removed", link_id, item.get("type", ""), item.get("text"), None))
    for link_id, (item, place) in after.items():
        if link_id not in before:
            found.append(_one("added", link_id, item.get("type", ""), None, item.get("text")))
            continue
        was, was_at = before[link_id]
        if was_at != place:
            found.append(_one("moved", link_id, "place", was_at or "the form", place or "the form"))
        found += _fields(link_id, _own(was), _own(item))
    return found + _order(before, after)


def _items(definition: Json) -> dict[str, tuple[Json, str]]:
    """{link_id: (item, linkId of what it stands in)} in document order."""
    found: dict[str, tuple[Json, str]] = {}

    def walk(items: list[Json], parent: str) -> None:
        for item in items:
            link_id = str(item.get("linkId", ""))
            found[link_id] = (item, parent)
            walk(item.get("item") or [], link_id)

    walk(definition.get("item") or [], "")
    return found


def _own(element: Json) -> Json:
    return {key: value for key, value in element.items() if key not in ("item", "linkId")}


def _fields(link_id: str, old: Json, new: Json) -> list[Json]:
    keys = [*old, *(key for key in new if key not in old)]
    return [
        _one("changed", link_id, key, old.get(key), new.get(key))
        for key in keys
        if _text(old.get(key)) != _text(new.get(key))
    ]


def _order(before: dict[str, tuple[Json, str]], after: dict[str, tuple[Json, str]]) -> list[Json]:
    """Questions that both have, in another order than before: said once, not for each that made room."""
    old = [link_id for link_id in before if link_id in after and before[link_id][1] == after[link_id][1]]
    new = [link_id for link_id in after if link_id in before and before[link_id][1] == after[link_id][1]]
    return [] if old == new else [_one("moved", "", "order", ", ".join(old), ", ".join(new))]


def _one(change: str, link_id: str, what: str, before: Any, after: Any) -> Json:
    return {"change": change, "link_id": link_id, "what": what, "before": before, "after": after}


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
