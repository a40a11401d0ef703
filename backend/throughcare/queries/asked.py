"""Who was asked a question: what a figure such as "asked about naloxone" counts (first-form.md, section 8, line 9).

An answer and a refusal both say that the question was asked. "Not asked" and an empty question never do, and neither is
ever read as a "no".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..models import Submission

NOT_ASKED = "not-asked"
REFUSALS = ("asked-declined", "asked-unknown")


@dataclass
class Asked:
    """How many standing submissions had this question open, by what became of it. `unsettled` had two values."""

    answered: int = 0
    refused: int = 0
    not_asked: int = 0
    empty: int = 0
    unsettled: int = 0

    @property
    def asked(self) -> int:
        return self.answered + self.refused

    @property
    def open(self) -> int:
        return self.asked + self.not_asked + self.empty + self.unsettled


def what_became_of(answer: Any) -> str:
    """`answered`, `refused` (declined, or could not answer), `not_asked` or `empty`."""
    codes = [code for code, chosen in answer.items() if chosen] if isinstance(answer, dict) else [answer]
    if not codes or codes == [None] or codes == [""]:
        return "empty"
    if codes == [NOT_ASKED]:
        return "not_asked"
    return "refused" if all(code in REFUSALS for code in codes) else "answered"


def asked(session: Session, form_url: str, link_id: str) -> Asked:
    """Over the newest revision of every assessment on any version of this form. A question that was closed counts nowhere."""
    found = Asked()
    handed_in = select(Submission).where(Submission.form.startswith(form_url + "|")).order_by(Submission.number)
    newest = {each.assessment_id: each for each in session.scalars(handed_in)}
    for submission in newest.values():
        row = _row(submission, link_id)
        if row is None:
            continue
        name = "unsettled" if row["state"] == "two-values" else what_became_of(submission.answers.get(link_id))
        setattr(found, name, getattr(found, name) + 1)
    return found


def _row(submission: Submission, link_id: str) -> dict[str, Any] | None:
    return next((row for page in submission.rows for row in page["rows"] if row["link_id"] == link_id), None)
