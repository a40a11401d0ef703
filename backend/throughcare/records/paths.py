"""Paths into a body: pointers, what stands at one, setting it, and when two values are the same. Pure."""

from __future__ import annotations

from typing import Any

Path = tuple[str, ...]


def parse_pointer(pointer: str) -> Path:
    """RFC 6901. Raises ValueError for what is no pointer, and for the root, which nobody may replace."""
    if not isinstance(pointer, str) or not pointer.startswith("/"):
        raise ValueError("not a pointer")
    parts = tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/"))
    if not all(parts) or "__proto__" in parts:
        raise ValueError("not a pointer")
    return parts


def pointer_of(path: Path) -> str:
    plain = "/" + "/".join(path)
    if "~" not in plain and plain.count("/") == len(path):
        return plain  # nothing to escape, as nearly always
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)


def copied(value: Any) -> Any:
    """The same JSON, sharing nothing that can change: a tenth of the work of `copy.deepcopy`."""
    if isinstance(value, dict):
        return {key: copied(each) for key, each in value.items()}
    return [copied(each) for each in value] if isinstance(value, list) else value


def same(left: Any, right: Any) -> bool:
    """Equal as JSON: true is not 1, but 1.0 is 1."""
    if type(left) is str:  # as most of a record is
        return type(right) is str and left == right
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
    body[path[-1]] = copied(value)


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
