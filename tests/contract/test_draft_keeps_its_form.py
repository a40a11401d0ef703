"""A draft is finished on the form version that it was begun on, whatever is published while the tablet is away."""

from __future__ import annotations

from factories import FORM, FORM_URL, example_form
from office import Office
from throughcare.cli.rebuild import rebuild
from throughcare.db import transaction
from throughcare.forms.publish import publish
from throughcare.models import Submission

NEXT = f"{FORM_URL}|2.0.0"
OLD_WORDS, NEW_WORDS = "Thoughts of self-harm today", "Are you thinking of hurting yourself?"


def publish_the_next(service) -> None:
    """Version 2 asks the same question in other words, and no longer has the notes."""
    definition = example_form("2.0.0")
    page = definition["item"][0]
    page["item"][0]["text"] = NEW_WORDS
    page["item"] = [item for item in page["item"] if item["linkId"] != "notes"]
    with service.app.test_request_context("/"), transaction():
        publish(definition)


def a_draft_on_both(service):
    """(tablet, case on version 1, case on version 2), both handed in. Version 2 came between draft and submission of the first."""
    tablet = service.tablet(service.worker)
    old = tablet.case(answers={"harm-now": "no"})
    publish_the_next(service)
    # The tablet has not pulled: it still writes to the question that version 2 dropped.
    (result,) = tablet.push(tablet.edit("assessment", old["assessment"], old["rev"], ["/answers/notes", None, "Calm"]))
    assert result["state"] == "applied"
    new = tablet.case(answers={"harm-now": "no"}, form=NEXT)
    assert [tablet.submit(case)["state"] for case in (old, new)] == ["applied", "applied"]
    return tablet, old, new


def frozen(service) -> dict[str, tuple]:
    """What was frozen of each assessment: its form, whether the engine could read it, and its questions with their answers."""
    return {
        row.assessment_id: (row.form, row.verified, [(r["question"], r["answer"]) for page in row.rows for r in page["rows"]])
        for row in service.all(Submission)
    }  # fmt: skip


def test_each_is_frozen_in_the_words_of_its_own_version(service):
    _, old, new = a_draft_on_both(service)
    rows = frozen(service)

    form, verified, asked = rows[old["assessment"]]
    assert (form, verified) == (FORM, True)
    assert (OLD_WORDS, "No") in asked
    assert ("Notes", "Calm") in asked

    form, verified, asked = rows[new["assessment"]]
    assert (form, verified) == (NEXT, True)
    assert (NEW_WORDS, "No") in asked
    assert "Notes" not in [question for question, _ in asked]


def test_a_tablet_is_given_both_versions_to_draw_them_with(service):
    tablet, old, new = a_draft_on_both(service)
    given = {
        form["form"]: form["definition"]["item"][0]["item"][0]["text"] for form in tablet.pull()["reference"]["forms"]
    }
    assert given == {FORM: OLD_WORDS, NEXT: NEW_WORDS}
    held = tablet.pull_all()
    assert [held[case["assessment"]]["body"]["form"] for case in (old, new)] == [FORM, NEXT]


def test_the_office_shows_each_in_its_own_words_and_a_replay_changes_nothing(service):
    _, old, new = a_draft_on_both(service)
    office = Office(service, service.supervisor)

    def pages():
        return [office.read(f"/office/reviews/{case['assessment']}/1") for case in (old, new)]

    before, kept = pages(), frozen(service)
    assert [(OLD_WORDS in page, NEW_WORDS in page) for page in before] == [(True, False), (False, True)]
    assert rebuild(service.app)[1] == 0
    assert frozen(service) == kept
    assert [(OLD_WORDS in page, NEW_WORDS in page) for page in pages()] == [(True, False), (False, True)]
