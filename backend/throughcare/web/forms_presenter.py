"""What the screens about forms show: finished words about a version, about findings, and about what differs."""

from __future__ import annotations

import json
from typing import Any

from ..forms.publish import name_of
from ..models import Form
from . import when

GROUPS = (
    ("error", "Errors", "They stop publication: correct each of them."),
    ("warning", "Warnings", "Part of the form will be shown or worked out otherwise than it was written. Accept each one that you have read."),
    ("notice", "Notices", "These are not heeded, and change no answer."),
)  # fmt: skip
CHANGES = {"added": "Added", "removed": "Removed", "moved": "Moved", "changed": "Changed"}
SHOWN = 300


def row(form: Form) -> dict[str, Any]:
    """One line of the list."""
    return {
        "href": f"/office/forms/{form.id}",
        "title": form.title,
        "version": form.version,
        "status": state(form),
        "published": when.moment(form.published_at, year=True),
        "sha256": form.sha256[:16],
    }


def state(form: Form) -> str:
    """ "Active", "Draft", "Retired"; the same words everywhere."""
    return form.status.capitalize()


def version(form: Form, retired_by: str) -> dict[str, Any]:
    """The page of one version."""
    return {
        **row(form),
        "id": form.id,
        "url": form.url,
        "form": form.form,
        "sha256": form.sha256,
        "retired": form.retired_at is not None,
        "retired_words": f"Retired {when.moment(form.retired_at, year=True)} by {retired_by}." if form.retired_at else "",
        "reason": form.retired_reason or "",
    }  # fmt: skip


def offered_instead(others: list[Form], today: str) -> str:
    """The version that tablets offer once another is retired, or "". As service_worker/src/present/forms.js chooses."""
    standing = [
        form
        for form in others
        if form.status != "retired" and str((form.definition.get("effectivePeriod") or {}).get("start") or "") <= today
    ]
    return max(standing, key=lambda form: _order(form.version)).version if standing else ""


def _order(text: str) -> tuple[list[float], str]:
    """1.10.0 comes after 1.9.0."""
    parts = [float(part) if part.isdigit() else 0.0 for part in text.split(".")]
    return parts + [0.0] * (40 - len(parts)), text


def groups(found: list[dict[str, Any]], accepted: set[str]) -> list[dict[str, Any]]:
    """The findings by severity, the gravest first, and in each by kind: [{severity, title, words, count, kinds}]."""
    shown = []
    for severity, title, words in GROUPS:
        mine = [each for each in found if each["severity"] == severity]
        if not mine:
            continue
        codes = list(dict.fromkeys(each["code"] for each in mine))
        kinds = [_kind(code, [each for each in mine if each["code"] == code], accepted) for code in codes]
        shown.append({"severity": severity, "title": title, "words": words, "count": len(mine), "kinds": kinds})
    return shown


def _kind(code: str, found: list[dict[str, Any]], accepted: set[str]) -> dict[str, Any]:
    entries = [finding(each, accepted) for each in found]
    several = len(entries) > 1
    # An acceptance of the whole kind covers exactly what is listed under it: the form that is published is the one that was read.
    whole = {"code": code, "id": f"accept-{code}", "text": f"All {len(entries)} of this kind", "whole": True, "quiet": False, "checked": code in accepted}  # fmt: skip
    return {"code": code, "count": len(entries), "whole": whole if several else None, "findings": entries}


def finding(each: dict[str, Any], accepted: set[str]) -> dict[str, Any]:
    name = name_of(each)
    place = f"Question {each['linkId']}" if each["linkId"] else "The form"
    return {
        "place": place,
        "path": each["path"],
        "message": each["message"],
        "fix": each["fix"],
        "code": each["code"],
        "row": each["row"] or "",
        "accept": {"code": name, "id": f"accept-{name}", "text": f"I accept this for {place[0].lower()}{place[1:]}", "whole": True,
                   "quiet": False, "checked": name in accepted},
    }  # fmt: skip


def counts(found: list[dict[str, Any]]) -> str:
    """ "2 errors, 1 warning, no notice"."""
    said = []
    for severity, _title, _words in GROUPS:
        many = sum(each["severity"] == severity for each in found)
        said.append(f"{many or 'no'} {severity}{'' if many in (0, 1) else 's'}")
    return ", ".join(said)


def differences(found: list[dict[str, Any]], before: Form) -> dict[str, Any]:
    """What differs from the version that was published before."""
    rows = [
        {
            "change": CHANGES[each["change"]],
            "place": f"Question {each['link_id']}" if each["link_id"] else "The form",
            "what": each["what"],
            "before": _short(each["before"]),
            "after": _short(each["after"]),
        }
        for each in found[:SHOWN]
    ]
    return {
        "version": before.version,
        "published": when.moment(before.published_at, year=True),
        "count": len(found),
        "rows": rows,
        "more": len(found) - len(rows),
    }


def _short(value: Any) -> str:
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 240 else f"{text[:239]}…"
