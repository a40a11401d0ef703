"""People within a user's suites: finding them, and everything that belongs to one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select

from ..db import db
from ..models import Alert, Assessment, Conflict, CustodyEpisode, Form, Move, Person, Submission, User
from . import moves
from .scope import find_visible, visible

MOST = 50  # more matches than a person reads: they type another letter
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def find(user: User, person_id: str) -> Person | None:
    found: Person | None = find_visible(Person, person_id, user)
    return found


def search(user: User, text: str) -> list[Person]:
    """People whose names hold every word, or whose date of birth or custody number is in the text. At most MOST + 1."""
    query = visible(Person, user)
    born, rest = _date_in(text)
    if born:
        query = query.where(Person.date_of_birth == born)
    for word in rest.split():
        like = "%" + re.sub(r"([\\%_])", r"\\\1", word.lower()) + "%"
        names = [
            func.lower(func.coalesce(column, "")).like(like, escape="\\")
            for column in (Person.given_name, Person.family_name, Person.also_known_as)
        ]
        numbered = visible(CustodyEpisode, user).where(
            func.lower(CustodyEpisode.custody_number).like(like, escape="\\")
        )
        query = query.where(or_(*names, Person.id.in_(numbered.with_only_columns(CustodyEpisode.person_id))))
    if not born and not rest.split():
        return []
    return list(db.session.scalars(query.order_by(Person.family_name, Person.given_name, Person.id).limit(MOST + 1)))


def _date_in(text: str) -> tuple[str | None, str]:
    """(the date of birth in the text as YYYY-MM-DD, what is left). Reads 1984-06-21, 21/6/1984, 21.06.1984 and 21 Jun 1984."""
    patterns = (
        (r"\b([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})\b", (1, 2, 3)),
        (r"\b([0-9]{1,2})[/.]([0-9]{1,2})[/.]([0-9]{4})\b", (3, 2, 1)),
        (r"\b([0-9]{1,2})\s+([a-z]{3})[a-z]*\s+([0-9]{4})\b", (3, 2, 1)),
    )
    for pattern, (year, month, day) in patterns:
        found = re.search(pattern, text, re.IGNORECASE)
        if not found:
            continue
        named = found[month].lower()
        number = MONTHS.index(named) + 1 if named in MONTHS else int(named) if named.isdigit() else 0
        try:
            born = date(int(found[year]), number, int(found[day]))
        except ValueError:
            continue
        return born.isoformat(), text[: found.start()] + " " + text[found.end() :]
    return None, text


@dataclass
class File:
    """Everything of one person that this user may see."""

    person: Person
    episodes: list[CustodyEpisode]
    assessments: list[Assessment]
    submissions: dict[str, list[Submission]]
    alerts: list[Alert]
    conflicts: list[Conflict]
    moves: list[Move]
    form_titles: dict[str, str]


def file_of(user: User, person: Person) -> File:
    session = db.session()
    submissions: dict[str, list[Submission]] = {}
    # By the assessment, not by the person frozen in it: work that was moved here brings its revisions along.
    theirs = select(Assessment.id).where(Assessment.person_id == person.id)
    for row in session.scalars(
        visible(Submission, user).where(Submission.assessment_id.in_(theirs)).order_by(Submission.number)
    ):
        submissions.setdefault(row.assessment_id, []).append(row)
    return File(
        person,
        list(
            session.scalars(
                visible(CustodyEpisode, user)
                .where(CustodyEpisode.person_id == person.id)
                .order_by(CustodyEpisode.arrived_at.desc(), CustodyEpisode.id)
            )
        ),
        list(
            session.scalars(
                visible(Assessment, user)
                .where(Assessment.person_id == person.id)
                .order_by(Assessment.started_at.desc(), Assessment.id)
            )
        ),
        submissions,
        list(
            session.scalars(
                visible(Alert, user).where(Alert.person_id == person.id).order_by(Alert.raised_at.desc(), Alert.id)
            )
        ),
        list(
            session.scalars(
                visible(Conflict, user)
                .where(Conflict.person_id == person.id, Conflict.state == "open")
                .order_by(Conflict.id)
            )
        ),
        moves.of_person(user, person.id),
        form_titles(),
    )


def episodes_of(user: User, people: list[Person]) -> dict[str, CustodyEpisode]:
    """{person id: their newest episode in this user's suites}."""
    query = (
        visible(CustodyEpisode, user)
        .where(CustodyEpisode.person_id.in_([row.id for row in people]))
        .order_by(CustodyEpisode.arrived_at, CustodyEpisode.id)
    )
    return {row.person_id: row for row in db.session.scalars(query)}


def form_titles() -> dict[str, str]:
    """{url|version: title} of every published form."""
    return {
        f"{row.url}|{row.version}": row.title for row in db.session.execute(select(Form.url, Form.version, Form.title))
    }
