"""Forms in the office: bringing one in, reading everything that was found, accepting, publishing, retiring, downloading."""

from __future__ import annotations

import copy
import html
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from factories import FORM, FORM_URL, example_form
from office import Office, field_of, text_of
from throughcare.forms import engine
from throughcare.models import AuditEvent, Form, Record

CONTROL = "http://hl7.org/fhir/StructureDefinition/questionnaire-itemControl"
GRID = {"url": CONTROL, "valueCodeableConcept": {"coding": [{"code": "grid"}]}}
PREVIEW = "/office/forms/preview"
DEFINITIONS = Path(engine.__file__).parent / "definitions"


def plain(version: str = "1", **more: Any) -> dict[str, Any]:
    asked = [{"linkId": "a", "type": "string", "text": "A"}]
    return {
        "resourceType": "Questionnaire", "url": "https://x.example/q", "version": version, "status": "active", "title": "Plain",
        "item": [{"linkId": "g", "type": "group", "text": "Group", "item": asked}], **more,
    }  # fmt: skip


def with_warnings() -> dict[str, Any]:
    """Two groups that were written as tables: two warnings of one kind."""
    form = plain()
    form["item"][0]["extension"] = [GRID]
    form["item"].append({"linkId": "h", "type": "group", "text": "Other", "extension": [GRID], "item": [{"linkId": "b", "type": "string", "text": "B"}]})  # fmt: skip
    return form


@pytest.fixture
def office(service) -> Office:
    return Office(service, service.administrator)


def sent(office: Office, path: str, text: str = "", file: bytes | None = None, **fields: Any) -> Any:
    data: dict[str, Any] = {"text": text, **fields}
    if file is not None:
        data["file"] = (io.BytesIO(file), "form.json")
    return office.client.post(path, headers=office.headers, data=data)


def checked(office: Office, form: Any) -> Any:
    answer = sent(office, "/office/forms/import", json.dumps(form))
    assert answer.status_code == 200, text_of(answer)
    return answer


def published(office: Office, form: Any, **fields: Any) -> Any:
    seen = field_of(checked(office, form), "checked")
    return sent(office, "/office/forms/publish", json.dumps(form), checked=seen, **fields)


def boxes(answer: Any) -> list[str]:
    return re.findall(r'name="accept" id="[^"]+" value="([^"]+)"', answer.get_data(as_text=True))


def names(service) -> list[str]:
    return sorted(row.form for row in service.all(Form))


def test_a_form_is_brought_in_as_a_file_or_as_text_and_published(service, office):
    by_file = sent(office, "/office/forms/import", file=b"\xef\xbb\xbf" + json.dumps(plain()).encode())
    assert "Found: no error, no warning" in text_of(by_file)
    assert "https://x.example/q|1" in text_of(by_file)
    assert names(service) == [FORM], "checking stores nothing"
    answer = published(office, plain())
    assert answer.status_code == 303
    assert "Version 1 is published" in office.read(answer.location)
    assert names(service) == [FORM, "https://x.example/q|1"]
    event = next(each for each in service.all(AuditEvent) if each.action == "form.published" and each.user_id)
    assert event.user_id == service.administrator


def test_every_finding_is_shown_with_its_place_its_fix_and_its_rule(office):
    form = with_warnings()
    form["item"].append({"linkId": "r", "type": "reference", "text": "Who?"})
    form["item"].append({"linkId": "g", "type": "string", "text": "Twice"})
    page = text_of(checked(office, form))
    assert "2 errors, 2 warnings" in page
    for said in ("Errors (2)", "Warnings (2)", "Question r", "item[2]", "Question g", "Question h", "Rule: 3.3", "duplicate-link-id"):  # fmt: skip
        assert said in page, said
    assert not boxes(checked(office, form)), "what cannot be published is not accepted"
    assert "Publish this version" not in page


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ('{"resourceType": ', "not JSON"),
        ("[" * 100_000, "1 MB, or is nested too deep"),
        ('"' + "x" * 1_100_000 + '"', "1 MB"),
        ("null", "1 error"),
        ('{"a": "\\u0000"}', "cannot be kept"),
        ('{"resourceType": "Patient"}', "1 error"),
        ('{"a": NaN}', "1 error"),
    ],
)
def test_what_cannot_be_a_form_is_said_in_words_and_stays_in_the_box(service, office, given, said):
    answer = sent(office, "/office/forms/import", given)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert said in text_of(answer)
    kept = re.search(r'(?s)<textarea[^>]* id="text"[^>]*>\n?(.*?)</textarea>', page)
    assert kept
    assert kept[1].replace("&#34;", '"').strip() == given.strip()
    refused = sent(office, "/office/forms/publish", given, checked="")
    assert refused.status_code in (409, 422)
    assert names(service) == [FORM]


def test_a_file_that_is_no_text_says_so_and_the_box_keeps_what_stood_in_it(office):
    answer = sent(office, "/office/forms/import", "my text", b"\xff\xfe\x00{")
    assert answer.status_code == 422
    assert "not text in UTF-8" in text_of(answer)
    assert "my text" in text_of(answer)
    assert sent(office, "/office/forms/import", "  ").status_code == 422


def test_a_hostile_form_is_contained_and_its_words_are_only_words(service, office):
    script = "<script>alert(1)</script>"
    form = plain(title=script)
    form["item"][0]["item"][0] |= {"text": script, "linkId": script}
    form["item"].append({"linkId": "n", "type": "decimal", "readOnly": True, "text": "N", "extension": [{"url": "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression", "valueExpression": {"language": "text/fhirpath", "expression": "(1 | 2).repeat($this + 1).count()"}}]})  # fmt: skip
    answer = checked(office, form)
    assert script not in answer.get_data(as_text=True)
    assert script not in sent(office, PREVIEW, json.dumps(form)).get_data(as_text=True)
    assert office.get("/office/forms").status_code == 200


def test_each_warning_is_accepted_by_name_and_the_audit_keeps_which(service, office):
    form = with_warnings()
    offered = boxes(checked(office, form))
    whole, first, second = offered
    assert whole == "unsupported-item-control"
    refused = published(office, form, accept=[first])
    assert refused.status_code == 422
    assert "It was not published" in text_of(refused)
    assert f'value="{first}" checked' in refused.get_data(as_text=True), "what was ticked stays ticked"
    assert names(service) == [FORM]
    assert published(office, form, accept=[first, second]).status_code == 303
    event = next(each for each in service.all(AuditEvent) if each.action == "form.published" and each.user_id)
    assert [(code, name) for code, _where, name in event.facts["findings"]] == [(whole, first), (whole, second)]


def test_an_acceptance_does_not_cover_what_was_changed_after_it_was_read(service, office):
    form = with_warnings()
    answer = checked(office, form)
    later = copy.deepcopy(form)
    later["item"][0]["item"][0]["text"] = "Other words"
    refused = sent(office, "/office/forms/publish", json.dumps(later), checked=field_of(answer, "checked"), accept=boxes(answer))  # fmt: skip
    assert refused.status_code == 409
    assert "changed after it was checked" in text_of(refused)
    assert names(service) == [FORM]


def test_a_version_is_published_once_and_what_differs_from_it_is_shown(service, office):
    assert published(office, plain()).status_code == 303
    again = published(office, plain())
    assert (again.status_code, "This very form" in text_of(again)) == (409, True)
    other = published(office, plain(title="Changed"))
    assert (other.status_code, "with other content" in text_of(other)) == (409, True)
    page = text_of(checked(office, plain("2", title="Changed")))
    assert "2 differences from version 1" in page
    assert "Changed: title Plain Changed" in page
    assert published(office, plain("2", title="Changed")).status_code == 303
    assert names(service) == [FORM, "https://x.example/q|1", "https://x.example/q|2"]
    definition = office.get(f"/office/forms/{next(row.id for row in service.all(Form) if row.version == '1')}/json")
    assert json.loads(definition.data) == plain()


def test_a_version_is_retired_with_its_reason_after_reading_what_follows(service, office):
    service.tablet(service.worker).case()
    [form] = service.all(Form)
    path = f"/office/forms/{form.id}/retire"
    page = office.read(path)
    assert "no other version of it is in force" in page
    assert "1 assessment that was begun with it is open" in page
    refused = office.post(path, reason=" ")
    assert (refused.status_code, 'href="#reason"' in refused.get_data(as_text=True)) == (422, True)
    done = office.post(path, reason="A question was wrong")
    assert done.status_code == 303
    page = office.read(done.location)
    assert "is retired" in page
    assert "A question was wrong" in page
    assert "Retire this version" not in office.read(f"/office/forms/{form.id}")
    assert office.post(path, reason="Again").status_code == 409
    event = next(each for each in service.all(AuditEvent) if each.action == "form.retired")
    assert (event.subject, event.user_id) == (form.id, service.administrator)


def test_retiring_says_which_version_takes_its_place(service, office):
    for version in ("1.9.0", "1.10.0", "1.2.0"):
        assert published(office, plain(version)).status_code == 303
    assert published(office, plain("3.0.0", effectivePeriod={"start": "2999-01-01"})).status_code == 303
    newest = next(row for row in service.all(Form) if row.version == "1.10.0")
    assert "offers version 1.9.0" in office.read(f"/office/forms/{newest.id}/retire")


def own(name: str) -> dict[str, Any]:
    """One of the service's own forms."""
    found: dict[str, Any] = json.loads((DEFINITIONS / f"{name}.json").read_text("utf-8"))
    return found


def previewed(office: Office, form: dict[str, Any], **fields: str) -> Any:
    return sent(office, PREVIEW, json.dumps(form), **fields)


def answered(office: Office, form: dict[str, Any], answers: Any, link_id: str, value: str, **more: str) -> Any:
    state = {"preview_form": json.dumps(form), "preview_answers": json.dumps(answers), "preview_page": ""}
    return sent(office, f"{PREVIEW}/answer", link_id=link_id, value=value, **{**state, **more})


def held(answer: Any) -> Any:
    """The answers that the page holds now."""
    found = re.search(r'id="preview-answers" name="preview_answers" value="([^"]*)"', answer.get_data(as_text=True))
    assert found, text_of(answer)
    return json.loads(html.unescape(found[1]))


def test_an_answer_on_the_preview_raises_the_alert_of_the_form_and_nothing_is_kept(service, office):
    form = own("first-contact")
    before = len(service.all(Record)), len(service.all(AuditEvent))
    page = previewed(office, form)
    assert "This is a preview" in text_of(page)
    assert held(page) == {}
    calm = answered(office, form, {}, "gate-presentation", "none")
    grave = answered(office, form, {}, "gate-presentation", "unwell")
    assert "tc-alert__text" in grave.get_data(as_text=True)
    assert "tc-alert__text" not in calm.get_data(as_text=True)
    assert held(grave) == {"gate-presentation": {"unwell": True}}
    assert (len(service.all(Record)), len(service.all(AuditEvent))) == before


def test_the_preview_works_out_the_scores_of_the_form_and_draws_what_the_tablet_draws(service, office):
    form = own("phq-9")
    answers = {f"phq-{number}": "several-days" for number in range(1, 9)}
    page = previewed(office, form, preview_form=json.dumps(form), preview_answers=json.dumps(answers))
    assert "Not complete" in text_of(page)
    done = answered(office, form, answers, "phq-9", "several-days")
    assert "9 of 27" in text_of(done)
    assert held(done)["phq-9"] == "several-days"
    assert 'class="tc-choice__tile"' in page.get_data(as_text=True)


def test_the_preview_shows_a_form_in_another_of_its_languages(office):
    form = plain(language="en")
    form["item"][0]["item"][0]["_text"] = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/translation", "extension": [{"url": "lang", "valueCode": "cy"}, {"url": "content", "valueString": "Cwestiwn"}]}]}  # fmt: skip
    assert 'value="cy"' in previewed(office, form).get_data(as_text=True)
    welsh = previewed(office, form, preview_form=json.dumps(form), preview_language="cy")
    assert "Cwestiwn" in text_of(welsh)


def test_on_the_preview_a_row_is_added_and_taken_away(office):
    form = plain()
    form["item"][0]["item"].append({"linkId": "row", "type": "group", "repeats": True, "text": "Row", "item": [{"linkId": "in", "type": "string", "text": "In it"}]})  # fmt: skip
    added = answered(office, form, {}, "", "", address="row", how="add")
    assert added.headers["HX-Retarget"] == "#phone"
    [instance] = [key for key in held(added)["row"] if key != "_order"] or list(held(added)["row"]["_order"])
    gone = answered(office, form, held(added), "", "", address="row", how="remove", instance=instance)
    assert "In it" not in text_of(gone)


def test_the_preview_of_what_it_cannot_draw_is_a_refusal_in_words(office):
    for text, status in (("no JSON", 422), ("[]", 422), (json.dumps({"resourceType": "Questionnaire"}), 422), ('"' + "x" * 1_100_000 + '"', 413)):  # fmt: skip
        answer = sent(office, PREVIEW, text)
        assert answer.status_code == status, text[:40]
    assert answered(office, example_form(), {}, "not-there", "x").status_code == 404
    broken = answered(office, example_form(), {}, "harm-now", "no", preview_answers="{")
    assert broken.status_code in (400, 422)


def test_what_was_handed_in_is_downloaded_by_who_may_see_it_and_the_audit_says_so(service):
    tablet = service.tablet(service.worker)
    case = tablet.case(answers={"harm-now": "no"}, given_name="Ebenezer", family_name="Quartermaine")
    assert tablet.submit(case)["state"] == "applied"
    day = {f"{end}_{part}": value for end in ("from", "to") for part, value in zip(("year", "month", "day"), service.all(AuditEvent)[0].at[:10].split("-"), strict=True)}  # fmt: skip
    supervisor = Office(service, service.supervisor)
    answer = supervisor.post("/office/forms/answers", **day)
    lines = [json.loads(line) for line in answer.get_data(as_text=True).splitlines()]
    assert answer.mimetype == "application/fhir+ndjson"
    assert {line["resourceType"] for line in lines} == {"QuestionnaireResponse"}
    assert all(line["questionnaire"] == f"{FORM_URL}|1.0.0" for line in lines)
    assert "Quartermaine" not in answer.get_data(as_text=True)
    one = supervisor.post(f"/office/forms/answers/{case['assessment']}")
    assert [json.loads(one.data)["id"]] == [lines[0]["id"]]
    events = [(each.subject, each.user_id, each.facts["count"]) for each in service.all(AuditEvent) if each.action == "responses.exported"]  # fmt: skip
    assert events == [(None, service.supervisor, len(lines)), (case["assessment"], service.supervisor, 1)]


def test_a_download_holds_only_suites_that_its_reader_may_see(service):
    tablet = service.tablet(service.worker)
    case = tablet.case(answers={"harm-now": "no"})
    tablet.submit(case)
    service.revoke(service.supervisor, service.suite)
    assert Office(service, service.supervisor).post(f"/office/forms/answers/{case['assessment']}").status_code == 404


@pytest.mark.parametrize(("field", "value"), [("from_day", "31"), ("to_year", "x"), ("to_year", "2031"), ("from_year", "2031")])  # fmt: skip
def test_a_period_that_there_is_not_or_that_is_too_long_is_told_at_its_field(service, field, value):
    typed = {"from_day": "1", "from_month": "2", "from_year": "2026", "to_day": "3", "to_month": "2", "to_year": "2026", field: value}  # fmt: skip
    answer = Office(service, service.supervisor).post("/office/forms/answers", **typed)
    assert answer.status_code == 422
    assert f'value="{value}"' in answer.get_data(as_text=True)
    assert 'id="errors"' in answer.get_data(as_text=True)
