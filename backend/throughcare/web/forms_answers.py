"""Office: what was handed in, for another system: FHIR QuestionnaireResponses of a period, or of one assessment.

Only of suites that the reader may see. People are ids in it. The audit keeps who fetched what, and how many there were.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from flask import Blueprint, Response, render_template, request

from .. import audit
from ..db import apart, db, only_reads
from ..models import Submission, User
from ..permissions import Permission, get_actor, requires
from ..problems import Problem
from ..queries import responses
from ..queries.scope import visible

blueprint = Blueprint("forms_answers", __name__)
# A longer period is fetched in parts: each is worked out anew while somebody waits.
MOST_DAYS = 92
ENDS = {"from": "First day", "to": "Last day"}


@blueprint.get("/office/forms/answers")
@requires(Permission.EXPORT_ANSWERS)
def choose() -> Any:
    return _page({}), 200


@blueprint.post("/office/forms/answers")
@requires(Permission.EXPORT_ANSWERS)
@only_reads
def of_period() -> Any:
    ends = {name: _day(name) for name in ENDS}
    first, last = ends["from"], ends["to"]
    wrong = {name: "Enter a day that there is, the year with four digits" for name, day in ends.items() if day is None}
    if first and last and first > last:
        wrong["to"] = "The last day lies before the first"
    if first and last and (last - first).days >= MOST_DAYS:
        wrong["to"] = f"Fetch {MOST_DAYS} days at most at a time"
    if wrong or not first or not last:
        return _page(wrong), 422
    found = responses.of_period(db.session(), first, last, visible(Submission, _reader()))
    return _file(found, None, f"answers-{first}-to-{last}", first=str(first), last=str(last))


@blueprint.post("/office/forms/answers/<uuid:assessment_id>")
@requires(Permission.EXPORT_ANSWERS)
@only_reads
def of_assessment(assessment_id: Any) -> Any:
    """Every revision of one assessment. Raises page.not_found for what is not there or not theirs to see."""
    found = list(responses.of_assessment(db.session(), str(assessment_id), visible(Submission, _reader())))
    if not found:
        raise Problem("page.not_found")
    return _file(found, str(assessment_id), f"answers-{assessment_id}")


def _reader() -> User:
    return db.session.get_one(User, get_actor().user_id)


def _day(name: str) -> date | None:
    try:
        return date(*(int(request.form.get(f"{name}_{part}", "")) for part in ("year", "month", "day")))
    except (ValueError, OverflowError):
        return None


def _page(wrong: dict[str, str]) -> str:
    fields = [
        {"name": name, "id": name, "label": label, "hint": "", "error": wrong.get(name, ""), "optional": False,
         **{part: request.form.get(f"{name}_{part}", "") for part in ("day", "month", "year")}}
        for name, label in ENDS.items()
    ]  # fmt: skip
    errors = [{"href": f"#{name}", "text": f"{ENDS[name]}: {text}"} for name, text in wrong.items()]
    return render_template("office/forms/answers.html", fields=fields, errors=errors, most=MOST_DAYS)


def _file(found: Iterable[dict[str, Any]], subject: str | None, name: str, **facts: str) -> Response:
    """One response to a line. The deed is on the disk before the first byte leaves."""
    lines = [json.dumps(each, ensure_ascii=False) + "\n" for each in found]
    actor = get_actor()
    with apart() as session:
        audit.deed("responses.exported", subject, session=session, actor_id=actor.user_id, count=len(lines), **facts)
    headers = {"Content-Disposition": f'attachment; filename="{name}.ndjson"'}
    return Response("".join(lines), mimetype="application/fhir+ndjson", headers=headers)
