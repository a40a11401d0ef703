"""Office: the review queue, one submission, and the two verbs of a review."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request
from sqlalchemy import select

from .. import audit, clock
from ..db import db
from ..models import Submission, Suite, User
from ..permissions import Permission, get_actor, may, requires
from ..problems import CATALOGUE, Problem
from ..queries import moves
from ..queries import reviews as queries
from ..queries.scope import suites_of
from ..queries.tablets import unsent as unsent_on_tablets
from ..services import reviews as service
from . import moves_presenter, record_presenter, reviews_presenter
from .tablets_presenter import silent_words

blueprint = Blueprint("reviews", __name__)
MARK = "mark-"
LONGEST = 2000


def reader() -> User:
    """Who is signed in."""
    return db.session.get_one(User, get_actor().user_id)


@blueprint.get("/office/")
@requires(Permission.OFFICE)
def home() -> Any:
    """The first page of a role: what waits for it."""
    role = get_actor().role
    for permission, path in ((Permission.REVIEW, "/office/reviews"), (Permission.SEE_PEOPLE, "/office/people")):
        if may(role, permission):
            return redirect(path, 303)
    return redirect("/office/devices", 303)


@blueprint.get("/office/reviews")
@requires(Permission.REVIEW)
def index() -> Any:
    user = reader()
    suites = list(db.session.scalars(select(Suite).where(Suite.id.in_(suites_of(user))).order_by(Suite.name)))
    chosen = request.args.get("show", "all")
    suite_id = request.args.get("suite", "")
    shown = request.args.get("shown", reviews_presenter.SHOWN, type=int)
    page = reviews_presenter.queue(
        queries.queue(user),
        suites,
        chosen if chosen in queries.FILTERS else "all",
        suite_id if suite_id in {suite.id for suite in suites} else "",
        max(1, shown),
        clock.now(),
    )
    tablets, changes = unsent_on_tablets(user)
    unsent = ""
    if tablets:
        holds = "1 tablet holds" if tablets == 1 else f"{tablets} tablets hold"
        unsent = f"{holds} work not sent yet: {changes} {'change' if changes == 1 else 'changes'}"
    return render_template("office/reviews/index.html", queue=page, unsent=unsent, silent=silent_words(user))


def _load(assessment_id: str, number: int) -> tuple[User, Submission, list[Submission]]:
    """(the reader, this revision, every revision). Raises page.not_found for what is not there or not theirs to see."""
    user = reader()
    every = queries.revisions(user, assessment_id)
    row = next((one for one in every if one.number == number), None)
    if row is None:
        raise Problem("page.not_found")
    return user, row, every


def _record(row: Submission, every: list[Submission]) -> dict[str, Any]:
    return record_presenter.record(row, [one for one in every if one.number < row.number])


def _page(user: User, row: Submission, every: list[Submission], status: int = 200, **more: Any) -> Any:
    around = reviews_presenter.surroundings(user, row, every, may(user.role, Permission.REVIEW))
    marks, comment = _typed()
    moved = moves.after(user, row)
    context: dict[str, Any] = {
        "record": _record(row, every),
        "around": around,
        "decision": reviews_presenter.decision(around["author"], row.number, len(marks), moved is not None),
        "marks": marks,
        "comment": comment,
        "errors": [],
        "problem": None,
        "done": None,
        "moved": moves_presenter.notice(moved, waits=row.state == "submitted"),
    }
    return render_template("office/reviews/show.html", **{**context, **more}), status


def _typed() -> tuple[dict[str, str], str]:
    """({link_id: words}, comment) as typed: what is blank was not marked."""
    typed = {name[len(MARK) :]: words.strip() for name, words in request.form.items() if name.startswith(MARK)}
    return {link_id: words for link_id, words in typed.items() if words}, request.form.get("comment", "").strip()


@blueprint.get("/office/reviews/<uuid:assessment_id>/<int:number>")
@requires(Permission.SEE_PEOPLE)
def show(assessment_id: Any, number: int) -> Any:
    user, row, every = _load(str(assessment_id), number)
    return _page(user, row, every, done=reviews_presenter.done(request.args.get("done", ""), row))


@blueprint.get("/office/reviews/<uuid:assessment_id>/<int:number>/record")
@requires(Permission.SEE_PEOPLE)
def record(assessment_id: Any, number: int) -> Any:
    """The frozen record alone: the same bytes for ever once it is approved."""
    _user, row, every = _load(str(assessment_id), number)
    return render_template("office/reviews/record.html", record=_record(row, every))


@blueprint.get("/office/reviews/<uuid:assessment_id>/<int:number>/print")
@requires(Permission.SEE_PEOPLE)
def on_paper(assessment_id: Any, number: int) -> Any:
    user, row, every = _load(str(assessment_id), number)
    moved = moves_presenter.notice(moves.after(user, row), waits=False)
    return render_template("print/submission.html", record=_record(row, every), moved=moved)


@blueprint.post("/office/reviews/<uuid:assessment_id>/<int:number>/marks")
@requires(Permission.REVIEW)
def count_marks(assessment_id: Any, number: int) -> Any:
    """While someone types: the words of the decision with the number of marks so far. Nothing is stored."""
    user, row, _every = _load(str(assessment_id), number)
    marks, _comment = _typed()
    author = row.submitted_by_name or "the author"
    decision = reviews_presenter.decision(author, row.number, len(marks), moves.after(user, row) is not None)
    return render_template("office/reviews/decision.html", decision=decision, address=reviews_presenter.address(row))


@blueprint.post("/office/reviews/<uuid:assessment_id>/<int:number>/return")
@requires(Permission.REVIEW)
def send_back(assessment_id: Any, number: int) -> Any:
    user, row, every = _load(str(assessment_id), number)
    marks, comment = _typed()
    errors = _errors(row, marks, comment)
    if errors:
        return _page(user, row, every, 422, errors=errors)
    return _answer(row, service.return_with_marks(user, row, marks, comment), "returned")


@blueprint.post("/office/reviews/<uuid:assessment_id>/<int:number>/approve")
@requires(Permission.REVIEW)
def approve(assessment_id: Any, number: int) -> Any:
    user, row, every = _load(str(assessment_id), number)
    marks, comment = _typed()
    if marks or comment:
        text = "You wrote to the author. Return it with your words, or clear them to approve."
        first = f"#mark-{next(iter(marks))}" if marks else "#comment"
        return _page(user, row, every, 422, errors=[{"href": first, "text": text}])
    return _answer(row, service.approve(user, row), "approved")


def _errors(row: Submission, marks: dict[str, str], comment: str) -> list[dict[str, str]]:
    known = {line["link_id"] for page in row.rows for line in page["rows"]} | set(row.answers)
    if not marks and not comment:
        return [{"href": "#comment", "text": "Mark at least one question, or write what should change"}]
    if set(marks) - known:
        raise Problem("request.malformed")
    long = [f"#mark-{link_id}" for link_id, words in marks.items() if len(words) > LONGEST]
    long += ["#comment"] if len(comment) > LONGEST else []
    return [{"href": href, "text": f"Shorten this to {LONGEST} characters"} for href in long]


def _answer(row: Submission, refused: str | None, outcome: str) -> Any:
    """Done: to the page that says so. Refused: the same page with the reason; what was typed is still there."""
    if refused is None:
        audit.deed(f"review.{outcome}", row.assessment_id, number=row.number)
        return redirect(f"{reviews_presenter.address(row)}?done={outcome}", 303)
    user, again, every = _load(row.assessment_id, row.number)
    return _page(user, again, every, int(CATALOGUE[refused]["status"]), problem=reviews_presenter.words_of(refused))
