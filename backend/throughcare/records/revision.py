"""Content identity: canonical JSON (RFC 8785), revisions, and ids that two makers make alike."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from typing import Any

import rfc8785

# Where Python's own JSON may differ from RFC 8785: numbers with a fraction or an exponent, whole ones that a double does
# not hold, and keys that sort otherwise by UTF-16 than by character. What only looks like one takes the slow way too.
_UNSURE_NUMBER = re.compile(r"[:,\[]-?(?:\d+[.eE]|\d{16}|NaN|Infinity)")
_UNSURE_KEY = re.compile(r"[\ud800-\U0010ffff]")


def _dumps(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    unsure = not text.isascii() and _UNSURE_KEY.search(text) or _UNSURE_NUMBER.search(text)
    return rfc8785.dumps(value) if unsure or not isinstance(value, (dict, list)) else text.encode()


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


def is_revision(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}-[0-9a-f]{16}", value) is not None


def is_uuid(value: Any) -> bool:
    if not isinstance(value, str) or len(value) != 36:
        return False
    try:
        return str(uuid.UUID(value)) == value
    except ValueError:
        return False
