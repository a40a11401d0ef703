"""The frozen page of one revision, as text a template loops over.

Everything here comes from submissions rows: the revision itself and those before it, which never change again. No other table, no
clock, no name of a suite: publishing a form or editing the person later changes not one byte of what this makes.
"""

from __future__ import annotations

from typing import Any

from ..models import Submission
from ..queries.reviews import changed_between
from ..records.units import flat
from . import when

BASES = {"required": "Required", "voluntary": "Voluntary", "court": "Court"}
ABSENT = {
    "asked-declined": "a refusal, not a “no”",
    "asked-unknown": "asked, could not answer",
    "not-asked": "nobody asked",
}
KINDS = {"stop": ("stop", "octagon"), "urgent": ("urgent", "triangle"), "prompt": ("quiet", "clipboard")}


def name_of(person: dict[str, Any]) -> str:
    return " ".join(part for part in (person.get("given_name"), person.get("family_name")) if part) or "Name not known"


def title_of(row: Submission) -> str:
    return row.form_title or row.form.rpartition("|")[0].rpartition("/")[2]


def version_of(row: Submission) -> str:
    return row.form.rpartition("|")[2]


def identity(row: Submission) -> dict[str, Any]:
    """The identity bar, from the person and episode as they stood at hand-in."""
    episode = row.episode or {}
    cell = f"Cell {episode['cell']} · " if episode.get("cell") else ""
    return {
        "name": name_of(row.person),
        "born": when.born(row.person.get("date_of_birth"), row.received_at),
        "number": episode.get("custody_number") or "No custody number",
        "place": cell + BASES.get(row.basis, row.basis),
    }


def record(row: Submission, earlier: list[Submission]) -> dict[str, Any]:
    """`earlier` are the revisions before this one, oldest first."""
    before = earlier[-1] if earlier else None
    changed = changed_between(before, row) if before else set()
    asked = _asked(row, earlier)
    groups = _groups(row, before, changed, asked) if row.verified else [_unread(row, before, changed, asked)]
    return {
        "id": f"{row.assessment_id}-{row.number}",
        "who": identity(row),
        "title": title_of(row),
        "number": row.number,
        "facts": _facts(row, before, changed),
        "groups": [group for group in groups if group["rows"]],
        "scores": [_score(score) for score in row.scores],
        "alerts": [_alert(alert) for alert in row.alerts],
        "stopped": _stopped(row),
        "review": _review(row),
        "verified": row.verified,
        "changed": len(changed),
        "answered": len(flat(row.answers)),
        "two_values": len(row.conflicts),
    }


def _facts(row: Submission, before: Submission | None, changed: set[str]) -> list[dict[str, str]]:
    facts = [("By", row.submitted_by_name or "Name not known")]
    if row.author_id != row.submitted_by:
        facts.append(("Begun by", row.author_name or "Name not known"))
    facts += [
        ("Handed in", when.moment(row.submitted_at, year=True)),
        ("Received", when.moment(row.received_at, year=True)),
        ("Form", f"{title_of(row)} {version_of(row)}"),
        ("Basis", BASES.get(row.basis, row.basis)),
    ]
    if row.made_by != "submit":
        facts.append(
            ("Made by", {"resolution": "two values settled", "amendment": "an accepted amendment"}[row.made_by])
        )
    if before:
        facts.append(("Changed", f"{len(changed)} of {len(flat(row.answers))} answers"))
    return [{"name": name, "text": text} for name, text in [*facts, ("Reads as", row.reads_as)]]


def _groups(
    row: Submission, before: Submission | None, changed: set[str], asked: dict[str, list[dict[str, str]]]
) -> list[dict[str, Any]]:
    was = {line["link_id"]: line for page in before.rows for line in page["rows"]} if before else {}
    return [
        {
            "title": page["page_title"],
            "rows": [_line(row, line, was.get(line["link_id"]), before, changed, asked) for line in page["rows"]],
        }
        for page in row.rows
    ]


def _line(
    row: Submission,
    line: dict[str, Any],
    was: dict[str, Any] | None,
    before: Submission | None,
    changed: set[str],
    asked: dict[str, Any],
) -> dict[str, Any]:
    link_id = line["link_id"]
    two = [side["text"] or "No answer" for side in _sides(row, line)] if line["state"] == "two-values" else []
    absent = bool(line.get("absent"))
    return {
        "link_id": link_id,
        "number": line.get("number") or "",
        "question": line["question"],
        "answers": [] if two or line["state"] == "empty" else (line.get("answers") or [line.get("answer") or ""]),
        "empty": line["state"] == "empty" and not two,
        "absent": absent,
        "absent_words": ABSENT.get(_code(flat(row.answers).get(link_id)), ""),
        "safety": bool(line.get("safety")),
        "two": two,
        "statements": _sides(row, line) if two else [],
        "changed": link_id in changed,
        "was": _text(was) if before and link_id in changed else "",
        "source": _source(row, link_id, before, changed),
        "asked": asked.get(link_id, []),
    }


def _code(answer: Any) -> str:
    return answer if isinstance(answer, str) else ""


def _text(line: dict[str, Any] | None) -> str:
    if line is None or line["state"] == "empty":
        return "No answer"
    return ", ".join(line.get("answers") or []) or line.get("answer") or "No answer"


def _sides(row: Submission, line: dict[str, Any]) -> list[dict[str, str]]:
    """The two dated statements: what each side said, and when. The engine's texts come in the order the sides were given to it."""
    values = list(line.get("values") or [])
    conflict = next((one for one in row.conflicts if _is_about(one, line["link_id"])), None)
    sides = []
    for index, side in enumerate(("theirs", "mine")):
        said = (conflict or {}).get(side) or {}
        text = values[index] if index < len(values) else ""
        sides.append(
            {
                "text": text,
                "source": _said(said.get("by_name"), said.get("at"), said.get("received_at"), said.get("device_name")),
            }
        )
    return sides


def _is_about(conflict: dict[str, Any], address: str) -> bool:
    """Whether it is about this question: by itself, with the row it stands in, or with the others of its group."""
    about = conflict.get("address") or conflict.get("link_id") or ""
    values = [(conflict.get(side) or {}).get("value") for side in ("theirs", "mine")]
    keys = {key for value in values if isinstance(value, dict) for key in value}
    holder, _, key = address.rpartition("/")
    same_holder = holder == about.rpartition("/")[0] and key.replace("~1", "/").replace("~0", "~") in keys
    return bool(about) and (about == address or address.startswith(about + "/") or same_holder)


def _source(row: Submission, link_id: str, before: Submission | None, changed: set[str]) -> str:
    claim = row.provenance.get(link_id)
    if not claim:
        return ""
    said = _said(claim.get("by_name"), claim.get("at"), claim.get("received_at"), claim.get("device_name"))
    if before is None:
        return said
    if link_id not in changed:
        return f"{said} · same in revision {before.number}"
    old = before.provenance.get(link_id)
    return f"{said} · revision {before.number}: {when.moment(old.get('at'))}" if old else said


def _said(by: str | None, at: str | None, received: str | None, device: str | None) -> str:
    """ "Wed 11 Nov 20:41 · Nia Farrow · tablet HL-3 · received Thu 09:40": the last where it differs."""
    parts = [when.moment(at or received)]
    if by:
        parts.append(by)
    if device:
        parts.append(device)
    if at and received and when.differs(at, received):
        parts.append(f"received {when.weekday_moment(received)}")
    return " · ".join(parts)


def _unread(row: Submission, before: Submission | None, changed: set[str], asked: dict[str, Any]) -> dict[str, Any]:
    """The answers as they were sent, when the form could not be evaluated: nothing is hidden, nothing is interpreted."""
    lines = []
    earlier = flat(before.answers) if before else {}
    for link_id, value in flat(row.answers).items():
        line = {"link_id": link_id, "question": link_id, "answers": [_raw(value)], "state": "answered"}
        was = {"state": "answered", "answers": [_raw(earlier[link_id])]} if link_id in earlier else None
        lines.append(_line(row, line, was, before, changed, asked))
    return {"title": "Answers as they were sent", "rows": lines}


def _raw(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(code if chosen is True else str(chosen) for code, chosen in value.items() if chosen)
    return {True: "Yes", False: "No"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _asked(row: Submission, earlier: list[Submission]) -> dict[str, list[dict[str, str]]]:
    """What reviewers asked of earlier revisions, and what was answered in the one that followed."""
    found: dict[str, list[dict[str, str]]] = {}
    for index, past in enumerate(earlier):
        review = past.review or {}
        if review.get("outcome") != "returned":
            continue
        following = earlier[index + 1] if index + 1 < len(earlier) else row
        for link_id, words in (review.get("marks") or {}).items():
            found.setdefault(link_id, []).append(
                {
                    "by": review.get("by_name") or "A supervisor",
                    "at": when.moment(review.get("at")),
                    "words": words,
                    "reply_by": following.submitted_by_name or "The author",
                    "reply": following.replies.get(link_id) or "",
                }
            )
    return found


def _score(score: dict[str, Any]) -> dict[str, Any]:
    total, band = score.get("total"), score.get("band") or {}
    if total is None:
        text = "No score"
    else:
        text = f"{total} of {score['max']}" if score.get("max") is not None else f"{total}"
    two = bool(score.get("two_values"))
    return {
        "title": score.get("title") or score["id"],
        "text": text,
        "band": "" if two else band.get("label") or "",
        "note": score.get("note") or "",
        "answered": f"{score['answered']} of {score['of']} answered"
        if score.get("of") and score.get("answered") != score.get("of")
        else "",
        "two": two,
    }


def _alert(alert: dict[str, Any]) -> dict[str, str]:
    tone, shape = KINDS.get(str(alert.get("kind")), KINDS["prompt"])
    return {"tone": tone, "shape": shape, "text": alert.get("text") or alert["id"], "due": alert.get("due") or ""}


def _stopped(row: Submission) -> str:
    if not row.stopped:
        return ""
    reason = str(row.stopped.get("reason") or "no reason given").replace("-", " ")
    return f"Stopped {when.moment(row.stopped.get('at'))}: {reason}"


def _review(row: Submission) -> dict[str, Any] | None:
    """The review of this revision, as it was given."""
    review = row.review
    if not review:
        return None
    marks = review.get("marks") or {}
    number = {line["link_id"]: line.get("number") or line["question"] for page in row.rows for line in page["rows"]}
    return {
        "approved": review.get("outcome") == "approved",
        "words": f"Revision {row.number} {'approved' if review.get('outcome') == 'approved' else 'returned'} by {review.get('by_name') or 'a supervisor'}",
        "at": when.moment(review.get("at"), year=True),
        "comment": review.get("comment") or "",
        "marks": [
            {"question": f"Question {number.get(link_id, link_id)}", "words": words} for link_id, words in marks.items()
        ],
    }
