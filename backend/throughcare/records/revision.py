"""Content identity: canonical JSON (RFC 8785), revisions, and ids that two makers make alike."""

from __future__ import annotations

import hashlib
import re
import uuid
from typing import Any

import orjson
import rfc8785

# Keys that sort otherwise by UTF-16 than by character.
_UNSURE_KEY = re.compile(r"[\ud800-\U0010ffff]")
_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER


def _is_sure(value: Any) -> bool:
    """Whether orjson writes the value as RFC 8785 wants it: it does but for fractions, and for what is no JSON at all."""
    kind = type(value)
    if kind is dict:
        return all(type(each) is str or _is_sure(each) for each in value.values())
    if kind is list:
        return all(map(_is_sure, value))
    return kind is str or kind is int or kind is bool or value is None


def _dumps(value: Any) -> bytes:
    try:
        data = orjson.dumps(value, option=_OPTIONS) if _is_sure(value) else None
    except TypeError:
        data = None  # too deep for it, half a character, too large a number
    if data is None or not data.isascii() and _UNSURE_KEY.search(data.decode()):
        return rfc8785.dumps(value)
    return data


def canonical(value: Any) -> bytes:
    """RFC 8785 bytes. Raises ValueError for what JSON, or our databases, cannot hold."""
    try:
        data = _dumps(value)
    except (rfc8785.CanonicalizationError, TypeError, UnicodeEncodeError, RecursionError) as error:
        raise ValueError("not canonical JSON") from error
    if b"\\u0000" in data:
        raise ValueError("a text holds a NUL")
    return data


def sha256(value: Any) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


def revision(n: int, body: dict[str, Any]) -> str:
    """`<n>-<first 16 hex of SHA-256 of the canonical body>`."""
    return f"{n}-{sha256(body)[:16]}"


def reads_as(value: Any) -> str:
    """A code short enough to read aloud, such as 9C41-7F0E."""
    digest = sha256(value)[:8].upper()
    return f"{digest[:4]}-{digest[4:]}"


def named_id(record_id: str, name: str) -> str:
    """The UUIDv5 of a name within a record: the same wherever it is made."""
    return str(uuid.uuid5(uuid.UUID(record_id), name))


def is_named(record_id: str) -> bool:
    """Whether an id is of the sort that `named_id` makes."""
    return uuid.UUID(record_id).version == 5


def is_revision(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}-[0-9a-f]{16}", value) is not None


def is_uuid(value: Any) -> bool:
    if not isinstance(value, str) or len(value) != 36:
        return False
    try:
        return str(uuid.UUID(value)) == value
    except ValueError:
        return False
