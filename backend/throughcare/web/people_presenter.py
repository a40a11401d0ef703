"""People as text a template loops over."""

from __future__ import annotations

from typing import Any

from ..models import Assessment, CustodyEpisode, Person
from ..queries.people import File
from . import moves_presenter, values, when
from .record_presenter import BASES
from .reviews_presenter import STATES, alert_line

FIELDS = (
    ("given_name", "Given name", "", False),
    ("family_name", "Family name", "", False),
    ("date_of_birth", "Date of birth", "Year, month and day, such as 1984-06-21", False),
    ("also_known_as", "Also known as", "", True),
    ("language", "Language", "", True),
    ("phone", "Phone", "", True),
)
LIFE = {"draft": ("quiet", "half", "Draft on a tablet"), "abandoned": ("quiet", "barred", "Abandoned"), **STATES}


def identity(person: Person, episode: CustodyEpisode | None, now: str) -> dict[str, Any]:
    cell = f"Cell {episode.cell}" if episode and episode.cell else ""
    return {
        "name": " ".join(part for part in (person.given_name, person.family_name) if part) or "Name not known",
        "born": when.born(person.date_of_birth, now),
        "number": (episode.custody_number if episode else None) or "No custody number",
        "place": cell,
    }


def match(person: Person, episode: CustodyEpisode | None, suites: dict[str, str], now: str) -> dict[str, Any]:
    """One line of the search's answer."""
    who = identity(person, episode, now)
    return {
        **who,
        "href": f"/office/people/{person.id}",
        "aka": f"also known as {person.also_known_as}" if person.also_known_as else "",
        "suite": suites.get(episode.suite_id, "") if episode else "",
        "arrived": when.moment(episode.arrived_at) if episode and episode.arrived_at else "",
    }


def file(found: File, suites: dict[str, str], names: dict[str, str], now: str, may_settle: bool) -> dict[str, Any]:
    newest = found.episodes[0] if found.episodes else None
    person = found.person
    return {
        "who": identity(person, newest, now),
        "href": f"/office/people/{person.id}",
        "facts": [
            {"name": label, "text": values.text(getattr(person, name)) if getattr(person, name) else "Not recorded"}
            for name, label, _hint, _optional in FIELDS
        ],
        "episodes": [_episode(episode, suites) for episode in found.episodes],
        "assessments": [_assessment(row, found, suites, names) for row in found.assessments],
        "alerts": [alert_line(alert) for alert in found.alerts],
        "moves": moves_presenter.history(found.moves, person.id),
        "conflicts": [
            {"text": _path(row.path, row.link_id), "href": f"/office/conflicts/{row.id}" if may_settle else ""}
            for row in found.conflicts
        ],
    }


def _path(path: str, link_id: str | None) -> str:
    return "An answer of an assessment" if link_id else values.FIELDS.get(path.split("/")[1], "A field")


def _episode(episode: CustodyEpisode, suites: dict[str, str]) -> dict[str, str]:
    route = str(episode.route or "").replace("-", " ").capitalize()
    left = f"Released {when.moment(episode.released_at)}" if episode.released_at else "Not released"
    quiet = [
        episode.custody_number or "No custody number",
        f"cell {episode.cell}" if episode.cell else "",
        route,
        episode.offence_category or "",
    ]
    return {
        "when": when.moment(episode.arrived_at) if episode.arrived_at else "Arrival not recorded",
        "title": f"{suites.get(episode.suite_id, '')}. {left}",
        "quiet": " · ".join(part for part in quiet if part),
    }


def _assessment(row: Assessment, found: File, suites: dict[str, str], names: dict[str, str]) -> dict[str, Any]:
    tone, shape, word = LIFE[row.state]
    quiet = [BASES.get(row.basis, row.basis), suites.get(row.suite_id, ""), names.get(row.author_id, "")]
    return {
        "title": found.form_titles.get(row.form, row.form.rpartition("/")[2]),
        "quiet": " · ".join(part for part in quiet if part),
        "started": when.moment(row.started_at),
        "tag": {"form": "tag", "tone": tone, "shape": shape, "words": word},
        "two_values": row.open_conflicts,
        "revisions": [
            {
                "text": f"Revision {one.number}, {STATES[one.state][2].lower()}",
                "href": f"/office/reviews/{row.id}/{one.number}",
                "at": when.moment(one.received_at),
            }
            for one in found.submissions.get(row.id, [])
        ],
    }


def edit_fields(person: Person, typed: dict[str, str] | None, errors: dict[str, str]) -> list[dict[str, Any]]:
    """The fields of the form; `seen_*` carries the value the reader saw, so that two editors' changes merge field by field."""
    return [
        {
            "name": name,
            "id": name,
            "label": label,
            "hint": hint,
            "optional": optional,
            "value": (typed or {}).get(name, getattr(person, name) or "")
            if typed is not None
            else getattr(person, name) or "",
            "seen": (typed or {}).get(f"seen_{name}", getattr(person, name) or ""),
            "error": errors.get(name, ""),
        }
        for name, label, hint, optional in FIELDS
    ]
