"""A record that was entered in error: the mark that takes it away, and what happens when somebody else goes on with it. Pure.

The record stays, with everything that it held, under the mark `entered_in_error` {reason, by, at}, the term of FHIR for it
(https://hl7.org/fhir/R4/lifecycle.html). Whoever takes it away decides about what they saw: what they had not seen makes
it a conflict, whichever came first, and the record stands until a person settles it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .paths import Path, same

MARK = "entered_in_error"
AT: Path = (MARK,)


def is_removed(body: Mapping[str, Any]) -> bool:
    return body.get(MARK) is not None


def without_mark(body: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != MARK}


def differ(seen: Mapping[str, Any], current: Mapping[str, Any]) -> bool:
    """Whether anything but the mark is not as it was seen."""
    return not same(without_mark(seen), without_mark(current))
