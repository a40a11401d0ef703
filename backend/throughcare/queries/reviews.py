"""What waits for a supervisor: submissions and proposed amendments."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from ..db import db
from ..models import Alert, Amendment, Conflict, Record, Submission, User
from ..permissions import Permission, may
from ..records.units import flat
from .scope import find_visible, visible
from .tablets import unsent

FILTERS = ("all", "urgent", "again", "stopped")


@dataclass
class Waiting:
    """One row of the queue: a submission, or an amendment with the submission it amends. `urgent` are open alerts, `open_conflicts` its conflicts;
    `moved` when the work has another person now than the page that was handed in."""

    submission: Submission
    amendment: Amendment | None = None
    amendment_by: str | None = None
    urgent: list[Alert] = field(default_factory=list)
    open_conflicts: list[Conflict] = field(default_factory=list)
    changed: int = 0
    moved: bool = False

    @property
    def received_at(self) -> str:
        return self.amendment.received_at if self.amendment else self.submission.received_at

    @property
    def first(self) -> bool:
        """Something about someone's safety is open: it stands before everything that only waits."""
        return bool(self.urgent) or any(conflict.safety for conflict in self.open_conflicts)

    def suits(self, name: str) -> bool:
        if name == "urgent":
            return bool(self.urgent)
        if name == "again":
            return self.submission.number > 1 and self.amendment is None
        if name == "stopped":
            return bool(self.submission.stopped) and self.amendment is None
        return True


@dataclass
class Queue:
    """`rows` in the order to be read, `own` how many are left out because the reader wrote them."""

    rows: list[Waiting]
    own: int


def queue(user: User) -> Queue:
    """Everything this user may review. Open urgent alerts and safety conflicts first, then safety-flagged, then by receipt."""
    session = db.session()
    submitted = list(session.scalars(visible(Submission, user).where(Submission.state == "submitted")))
    mine = _own(user, [row.assessment_id for row in submitted])
    own = [row for row in submitted if row.assessment_id in mine or user.id in (row.author_id, row.submitted_by)]
    rows = [Waiting(row) for row in submitted if row not in own]
    proposed, own_proposals = _amendments(user)
    rows.extend(proposed)
    ids = {row.submission.assessment_id for row in rows}
    alerts = _by(
        session.scalars(
            _among(visible(Alert, user), Alert.assessment_id, ids).where(
                Alert.state == "open", Alert.kind.in_(("stop", "urgent"))
            )
        ),
        "assessment_id",
    )
    conflicts = _by(
        session.scalars(_among(visible(Conflict, user), Conflict.record_id, ids).where(Conflict.state == "open")),
        "record_id",
    )
    before = _previous(user, {row.submission.assessment_id for row in rows if row.submission.number > 1})
    standing = session.scalars(select(Record).where(Record.id.in_(sorted(ids))))
    person_of = {record.id: record.person_id for record in standing}
    for row in rows:
        row.moved = person_of.get(row.submission.assessment_id) != row.submission.person_id
        row.urgent = alerts.get(row.submission.assessment_id, [])
        row.open_conflicts = conflicts.get(row.submission.assessment_id, [])
        earlier = before.get((row.submission.assessment_id, row.submission.number - 1))
        row.changed = len(changed_between(earlier, row.submission)) if earlier else 0
    rows.sort(key=lambda row: (not row.first, not row.submission.safety, row.received_at, row.submission.assessment_id))
    return Queue(rows, len(own) + own_proposals)


def _among(query: Any, column: Any, ids: set[str]) -> Any:
    return query.where(column.in_(sorted(ids)))


def _by(rows: Any, name: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(getattr(row, name), []).append(row)
    return found


def _own(user: User, assessment_ids: list[str]) -> set[str]:
    """Those this user ever wrote in: its author, or whoever took it over."""
    found = db.session.execute(select(Record.id, Record.editors).where(Record.id.in_(assessment_ids)))
    return {record_id for record_id, editors in found if user.id in editors}


def _amendments(user: User) -> tuple[list[Waiting], int]:
    session = db.session()
    proposed = list(session.scalars(visible(Amendment, user).where(Amendment.state == "proposed")))
    others = [row for row in proposed if row.by != user.id]
    names = names_of({row.by for row in others})
    newest = _previous(user, {row.assessment_id for row in others})
    rows = []
    for row in others:
        amended = newest.get((row.assessment_id, row.number))
        if amended is not None:
            rows.append(Waiting(amended, amendment=row, amendment_by=names.get(row.by)))
    return rows, len(proposed) - len(others)


def _previous(user: User, assessment_ids: set[str]) -> dict[tuple[str, int], Submission]:
    rows = db.session.scalars(_among(visible(Submission, user), Submission.assessment_id, assessment_ids))
    return {(row.assessment_id, row.number): row for row in rows}


def changed_between(earlier: Submission, later: Submission) -> set[str]:
    """The addresses whose answers differ between two frozen revisions."""
    before, after = flat(earlier.answers), flat(later.answers)
    return {address for address in before.keys() | after.keys() if before.get(address) != after.get(address)}


def names_of(user_ids: set[str]) -> dict[str, str]:
    """{user id: name} of colleagues."""
    return {
        row.id: row.name for row in db.session.execute(select(User.id, User.name).where(User.id.in_(sorted(user_ids))))
    }


def revisions(user: User, assessment_id: str) -> list[Submission]:
    """Every frozen revision of an assessment this user may see, oldest first; empty when there is none to see."""
    query = visible(Submission, user).where(Submission.assessment_id == assessment_id).order_by(Submission.number)
    return list(db.session.scalars(query))


def wrote(user: User, submission: Submission) -> bool:
    """Whether this user wrote any of it, so that someone else must review it."""
    return user.id in (submission.author_id, submission.submitted_by) or bool(_own(user, [submission.assessment_id]))


def alerts_of(user: User, assessment_id: str) -> list[Alert]:
    query = visible(Alert, user).where(Alert.assessment_id == assessment_id).order_by(Alert.raised_at, Alert.id)
    return list(db.session.scalars(query))


def amendments_of(user: User, assessment_id: str) -> list[Amendment]:
    query = (
        visible(Amendment, user)
        .where(Amendment.assessment_id == assessment_id)
        .order_by(Amendment.received_at, Amendment.id)
    )
    return list(db.session.scalars(query))


def find_amendment(user: User, amendment_id: str) -> Amendment | None:
    found: Amendment | None = find_visible(Amendment, amendment_id, user)
    return found


def navigation(user: User) -> dict[str, int]:
    """What the navigation counts: {reviews, conflicts, tablets}; only what this role may open. Of conflicts all that the
    page behind it asks of the reader: two values, and for a supervisor the changes that wait and those that were kept."""
    from .conflicts import count_open
    from .held import list_waiting
    from .kept import list_kept

    counts: dict[str, int] = {}
    if may(user.role, Permission.REVIEW):
        counts["reviews"] = len(queue(user).rows)
    if may(user.role, Permission.SETTLE):
        counts["conflicts"] = count_open(user) + len(list_waiting(user)) + len(list_kept(user))
    if may(user.role, Permission.SEE_DEVICES):
        counts["tablets"] = unsent(user)[0]
    return counts
