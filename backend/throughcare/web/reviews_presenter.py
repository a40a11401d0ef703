"""The review queue and what stands around a submission, as text a template loops over."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from ..models import Alert, Amendment, Submission, Suite, User
from ..permissions import Permission, may
from ..problems import CATALOGUE
from ..queries import reviews
from ..queries.reviews import Queue, Waiting
from . import when
from .record_presenter import BASES, name_of, title_of

SHOWN = 50
PILLS = (
    ("all", "All", ""),
    ("urgent", "With urgent alerts", "triangle"),
    ("again", "Handed in again", "undo"),
    ("stopped", "Stopped", "barred"),
)
MOST_TAGS = 3


def marks(count: int) -> str:
    return "1 mark" if count == 1 else f"{count} marks"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def queue(found: Queue, suites: list[Suite], chosen: str, suite_id: str, shown: int, now: str) -> dict[str, Any]:
    in_suite = [row for row in found.rows if not suite_id or row.submission.suite_id == suite_id]
    rows = [row for row in in_suite if row.suits(chosen)]
    names = {suite.id: suite.name for suite in suites}
    return {
        "as_at": when.moment(now),
        "pills": [
            {
                "text": f"{text} {sum(row.suits(name) for row in in_suite)}",
                "icon": icon,
                "href": _link(name, suite_id),
                "current": name == chosen,
            }
            for name, text, icon in PILLS
        ],
        "suites": [{"id": suite.id, "name": suite.name, "chosen": suite.id == suite_id} for suite in suites]
        if len(suites) > 1
        else [],
        "filter": chosen,
        "rows": [_row(row, names, now) for row in rows[:shown]],
        "first_href": _href(rows[0]) if rows else "",
        "showing": f"Showing {min(shown, len(rows))} of {len(rows)}." if rows else "",
        "more_href": _link(chosen, suite_id, shown + SHOWN) if len(rows) > shown else "",
        "empty": "" if rows else "Nothing waits for review." if not found.rows else "Nothing here with this choice.",
        "own": f"You cannot review what you wrote yourself: {_count(found.own, 'is', 'are')} left out of your list."
        if found.own
        else "",
    }


def _link(name: str, suite_id: str, shown: int = 0) -> str:
    wanted = {"show": "" if name == "all" else name, "suite": suite_id, "shown": shown or ""}
    query = urlencode({key: value for key, value in wanted.items() if value})
    return "/office/reviews" + (f"?{query}" if query else "")


def _href(row: Waiting) -> str:
    if row.amendment:
        return f"/office/amendments/{row.amendment.id}"
    return address(row.submission)


def address(row: Submission) -> str:
    return f"/office/reviews/{row.assessment_id}/{row.number}"


def _row(row: Waiting, suites: dict[str, str], now: str) -> dict[str, Any]:
    submission = row.submission
    about = [BASES.get(submission.basis, submission.basis)]
    if row.amendment:
        about.append("amendment: reason given" if row.amendment.reason else "amendment: no reason yet")
    else:
        if row.changed:
            about.append(_count(row.changed, "answer changed", "answers changed"))
        if submission.stopped:
            about.append("stopped: " + str(submission.stopped.get("reason") or "no reason").replace("-", " "))
        about += [f"score {score['total']}" for score in submission.scores[:1] if score.get("total") is not None]
    handed_in = row.amendment.at if row.amendment else submission.submitted_at
    return {
        "name": name_of(submission.person),
        "number": (submission.episode or {}).get("custody_number") or "No custody number",
        "href": _href(row),
        "what": f"{title_of(submission)}, rev. {submission.number}",
        "about": " · ".join(about),
        "suite": suites.get(submission.suite_id, ""),
        "worker": (row.amendment_by if row.amendment else submission.submitted_by_name) or "",
        "handed_in": when.moment(handed_in),
        "received": "received " + when.weekday_moment(row.received_at),
        "waiting": when.waiting(row.received_at, now),
        "first": row.first,
        "why": _why(row),
    }


def _tag(tone: str, shape: str, words: str) -> dict[str, str]:
    return {"form": "tag", "tone": tone, "shape": shape, "words": words}


def _why(row: Waiting) -> list[dict[str, str]]:
    """Why the row stands where it stands, in at most a few tags."""
    tags = []
    if row.moved:
        tags.append(_tag("decide", "flag", "Moved to another person: return it"))
    if len(row.urgent) == 1:
        tags.append(_tag("urgent", "triangle", "1 urgent alert open"))
    elif row.urgent:
        tags.append(_tag("urgent", "triangle", f"{len(row.urgent)} urgent alerts open"))
    if row.open_conflicts:
        safety = any(conflict.safety for conflict in row.open_conflicts)
        words = _count(len(row.open_conflicts), "answer with 2 values", "answers with 2 values")
        tags.append(_tag("decide", "diamond", words + (", safety" if safety else "")))
    if row.amendment:
        tags.append(_tag("act", "half", "Amendment"))
    elif not row.urgent and row.submission.safety:
        tags.append(_tag("done", "tick-circle", "Safety alerts settled"))
    not_asked = sum(answer == "not-asked" for answer in row.submission.answers.values())
    if not_asked and row.submission.stopped:
        tags.append(_tag("quiet", "barred", f"{not_asked} not asked"))
    return tags[:MOST_TAGS] or [_tag("quiet", "empty", "No flags")]


STATES = {
    "submitted": ("waiting", "arrow-up", "Submitted"),
    "returned": ("decide", "flag", "Returned"),
    "approved": ("done", "tick", "Approved"),
    "superseded": ("quiet", "turn", "Superseded"),
}


def state_tag(row: Submission) -> dict[str, str]:
    tone, shape, word = STATES[row.state]
    return _tag(tone, shape, f"{word}, revision {row.number}")


def surroundings(user: User, row: Submission, every: list[Submission], may_review: bool) -> dict[str, Any]:
    """What is live around the frozen record: the alerts as they stand, amendments, the other revisions."""
    newest = every[-1]
    own = reviews.wrote(user, row)
    amendments = reviews.amendments_of(user, row.assessment_id)
    names = reviews.names_of({amendment.by for amendment in amendments})
    return {
        "state": state_tag(row),
        "address": address(row),
        "download": f"/office/forms/answers/{row.assessment_id}" if may(user.role, Permission.EXPORT_ANSWERS) else "",
        "number": row.number,
        "author": row.submitted_by_name or "the author",
        "alerts": [alert_line(alert) for alert in reviews.alerts_of(user, row.assessment_id)],
        "newer": {"number": newest.number, "href": address(newest)} if newest.number > row.number else None,
        "revisions": [
            {
                "text": f"Revision {one.number}, {STATES[one.state][2].lower()}",
                "at": when.moment(one.received_at),
                "href": address(one),
                "here": one.number == row.number,
            }
            for one in reversed(every)
        ],
        "amendments": [amendment_line(amendment, names) for amendment in amendments],
        "conflict_links": [{"href": f"/office/conflicts/{one['id']}"} for one in row.conflicts],
        "own": own and row.state == "submitted",
        "reviewable": may_review and not own and row.state == "submitted",
    }


def alert_line(alert: Alert) -> dict[str, str]:
    """An alert as it stands now. It acted when it was raised, and waited for no review."""
    settled = alert.settled or {}
    text = (alert.text or alert.alert).rstrip(".")
    if alert.state == "open":
        tone, shape = (
            ("quiet", "clipboard")
            if alert.kind == "prompt"
            else ("urgent", "octagon" if alert.kind == "stop" else "triangle")
        )
        return {"form": "fact", "tone": tone, "shape": shape, "words": f"{text}: open"}
    who = " ".join(str(part) for part in (settled.get("role"), settled.get("name")) if part)
    done = (
        f"told {who}, {when.moment(settled.get('at'))}"
        if alert.state == "told"
        else f"not needed: {settled.get('reason') or ''}"
    )
    return {"form": "fact", "tone": "done", "shape": "tick-circle", "words": f"{text}: {done}"}


AMENDMENT_STATES = {
    "proposed": ("act", "half", "Proposed"),
    "accepted": ("done", "tick", "Accepted"),
    "declined": ("quiet", "barred", "Declined"),
}


def amendment_line(amendment: Amendment, names: dict[str, str]) -> dict[str, Any]:
    tone, shape, word = AMENDMENT_STATES[amendment.state]
    return {
        "href": f"/office/amendments/{amendment.id}",
        "text": _count(len(amendment.changes), "answer", "answers") + f" of revision {amendment.number}",
        "by": f"{names.get(amendment.by, '')} · {when.moment(amendment.at)}",
        "tag": _tag(tone, shape, word),
    }


def decision(author: str, number: int, marked: int, moved: bool) -> dict[str, str]:
    """The words beside the two buttons, which count the marks made so far. Work that moved to another person can only be returned."""
    heading = "Your decision" if not marked else "1 question marked" if marked == 1 else f"{marked} questions marked"
    return {
        "heading": heading,
        "return": f"Return with {marks(marked)}" if marked else "Return with your marks",
        "approve": "" if moved else f"Approve revision {number}",
        "about": f"Returning sends your words to {author}’s tablet, which opens at the first marked question.",
    }


def words_of(code: str) -> dict[str, str]:
    words = CATALOGUE[code]
    return {
        "code": code,
        "title": words["title"],
        "happened": words["happened"],
        "safe": words["safe"],
        "do": words["do"],
    }


def done(outcome: str, row: Submission) -> dict[str, str] | None:
    """What was just done, naming the revision, and what happens next."""
    author = row.submitted_by_name or "the author"
    if outcome == "approved" and row.state == "approved":
        return {
            "title": f"Revision {row.number} is approved",
            "next": f"It stands as it was read, for good. {author}’s tablet shows it at its next sync. A later change is an amendment with a reason, and comes to you again.",
        }
    if outcome == "returned" and row.state == "returned":
        return {
            "title": f"Revision {row.number} is returned",
            "next": f"Your words go to {author}’s tablet at its next sync, and open at the first marked question. Revision {row.number + 1} will come back to this list.",
        }
    return None
