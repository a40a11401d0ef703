"""A figure "asked about …" counts answers and refusals; "not asked" and an empty question are neither, and are said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from throughcare import db
from throughcare.forms import publish
from throughcare.queries.asked import asked, what_became_of

DEFINITIONS = Path(publish.__file__).parent / "definitions"
FORM = json.loads((DEFINITIONS / "first-contact.json").read_text("utf-8"))
OPIOIDS = {
    "basis": "voluntary",
    "gate-cleared": "cleared",
    "gate-age": "adult",
    "gate-presentation": {"able": True},
    "gate-support": {"none": True},
    "take-part": "agrees",
    "opioid-use": "current",
}


def count(app, link_id="naloxone-kit"):
    with app.app_context(), db.transaction() as session:
        return asked(session, FORM["url"], link_id)


def test_asked_about_naloxone_counts_answers_and_refusals_and_nothing_else(app, service):
    with app.app_context(), db.transaction():
        publish.publish(FORM)
    worker, supervisor = service.tablet(service.worker), service.tablet(service.supervisor)
    form = f"{FORM['url']}|{FORM['version']}"
    cases = [
        worker.case(answers={**OPIOIDS, **said}, form=form)
        for said in (
            {"naloxone-kit": "has-kit"},
            {"naloxone-kit": "declined-kit"},
            {"naloxone-kit": "asked-declined"},
            {"naloxone-kit": "asked-unknown"},
            {"naloxone-kit": "not-asked"},
            {},
            {"opioid-use": "never"},
        )
    ]
    assert count(app).open == 0, "a draft counts nowhere"
    for case in cases:
        assert worker.submit(case)["state"] == "applied"

    found = count(app)
    assert (found.answered, found.refused, found.not_asked, found.empty) == (2, 2, 1, 1)
    assert (found.asked, found.open) == (4, 6), "where the question was closed, nobody could be asked"

    assert supervisor.review(cases[4], "returned", marks={"naloxone-kit": "Ask them"})["state"] == "merged"
    rev = worker.service_body(cases[4]["assessment"])["rev"]
    worker.push(
        worker.edit("assessment", cases[4]["assessment"], rev, ["/answers/naloxone-kit", "not-asked", "wants-kit"])
    )
    worker.submit(cases[4], 2)
    found = count(app)
    assert (found.asked, found.not_asked, found.open) == (5, 0, 6), "asked later: the newest revision counts, once"


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        ("yes", "answered"),
        ({"leg": True}, "answered"),
        (0, "answered"),
        ({"asked-declined": True}, "refused"),
        ({"not-asked": True}, "not_asked"),
        ({"leg": False}, "empty"),
        ({}, "empty"),
        (None, "empty"),
    ],
)
def test_what_became_of_a_question(answer, what):
    assert what_became_of(answer) == what
