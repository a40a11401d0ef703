"""What a device may rely on when it pushes: docs/sync-protocol.md, on both databases."""

from __future__ import annotations

import copy

from factories import FORM
from throughcare.models import AuditEvent, Conflict, Op, Record, new_id


def harm(seen, chosen):
    return ["/answers/harm-now", seen, chosen]


def test_a_person_an_episode_and_an_assessment_arrive_in_one_push(service):
    case = service.tablet(service.worker).case()
    kinds = {record.id: record.type for record in service.all(Record)}
    assert kinds == {case["person"]: "person", case["episode"]: "custody_episode", case["assessment"]: "assessment"}


def test_an_op_sent_again_is_answered_byte_for_byte_and_has_one_effect(service):
    tablet = service.tablet(service.worker)
    case = tablet.case()
    envelope = tablet.envelope(tablet.edit("assessment", case["assessment"], case["rev"], harm(None, "yes")))
    first = tablet.post("/sync/v1/push", envelope).get_data(as_text=True)
    second = tablet.post("/sync/v1/push", envelope).get_data(as_text=True)
    assert first.partition('"results"')[2] == second.partition('"results"')[2] != ""
    assert service.one(Record, case["assessment"]).n == 2


def test_the_same_op_id_with_other_content_is_refused_and_the_first_one_stands(service):
    tablet = service.tablet(service.worker)
    case = tablet.case()
    op = tablet.edit("assessment", case["assessment"], case["rev"], harm(None, "yes"))
    tablet.push(op)
    forged = copy.deepcopy(op)
    forged["set"][0][2] = "no"
    assert tablet.push_one(forged) == {"op": op["op"], "state": "rejected", "why": "op.mismatch"}
    assert [each.device_id for each in service.all(AuditEvent) if each.action == "op.mismatch"] == [tablet.id]
    assert service.one(Record, case["assessment"]).body["answers"] == {"harm-now": "yes"}


def test_another_user_cannot_read_an_outcome_by_sending_the_same_op(service):
    tablet, other = service.tablet(service.worker), service.tablet(service.stranger)
    op = tablet.create("person", {"given_name": "Zebedee"})
    tablet.push(op)
    assert other.push_one(op) == {"op": op["op"], "state": "rejected", "why": "op.mismatch"}


def test_a_bad_op_never_takes_its_neighbours_along(service, monkeypatch):
    tablet = service.tablet(service.worker)
    case = tablet.case()
    bad = tablet.edit("person", case["person"], "1-0000000000000000", ["/language", None, "breaks the server"])
    from throughcare.sync import conflicts

    real = conflicts.keep_true

    def break_after_writing(work, record):
        if "language" in record.body:
            raise ZeroDivisionError("a fault of ours, when half is written")
        real(work, record)

    monkeypatch.setattr(conflicts, "keep_true", break_after_writing)
    before = tablet.edit("person", case["person"], "1-0", ["/phone", None, "none"])
    after = tablet.edit("custody_episode", case["episode"], "1-0", ["/cell", "M4", "M5"])
    results = tablet.push(before, bad, after)
    assert [result["state"] for result in results] == ["merged", "rejected", "merged"]
    assert results[1]["why"] == "op.failed"
    assert "breaks the server" in service.one(Op, bad["op"]).payload, (
        "the verbatim op stays although applying it failed"
    )
    person = service.one(Record, case["person"])
    assert person.body["phone"] == "none"
    assert "language" not in person.body, "what it had half written is undone"


def test_different_answers_of_two_tablets_merge_without_asking(service):
    one, two = service.tablet(service.worker), service.tablet(service.worker)
    case = one.case()
    one.push(one.edit("assessment", case["assessment"], case["rev"], harm(None, "yes")))
    result = two.push_one(two.edit("assessment", case["assessment"], case["rev"], ["/answers/notes", None, "Calm"]))
    assert result["state"] == "merged"
    assert result["record"]["body"]["answers"] == {"harm-now": "yes", "notes": "Calm"}
    assert service.all(Conflict) == []


def test_two_values_for_one_answer_make_one_conflict_and_the_rest_is_applied(service):
    one, two = service.tablet(service.worker), service.tablet(service.worker)
    case = one.case()
    one.push(one.edit("assessment", case["assessment"], case["rev"], harm(None, "yes")))
    op = two.edit("assessment", case["assessment"], case["rev"], harm(None, "no"), ["/answers/notes", None, "Calm"])
    result = two.push_one(op)
    assert result["state"] == "conflict"
    [conflict] = service.all(Conflict)
    assert result["conflicts"] == [conflict.id]
    assert (conflict.theirs["value"], conflict.mine["value"], conflict.safety) == ("yes", "no", True)
    assert (conflict.theirs["device"], conflict.mine["device"]) == (one.id, two.id)
    assert service.one(Record, case["assessment"]).body["answers"] == {"harm-now": "yes", "notes": "Calm"}
    assert one.pull_all()[case["assessment"]]["open_conflicts"] == [
        {"id": conflict.id, "path": "/answers/harm-now", "link_id": "harm-now", "values": ["yes", "no"]}
    ]


def test_two_numbers_in_place_of_another_one_are_a_conflict_that_can_be_read(service):
    """SQLite keeps a bare number of a JSON column as a number, where PostgreSQL keeps its text."""
    one, two = service.tablet(service.worker), service.tablet(service.worker)
    case = one.case(answers={"days": 3})
    one.push(one.edit("assessment", case["assessment"], case["rev"], ["/answers/days", 3, 4]))
    clash = two.edit("assessment", case["assessment"], case["rev"], ["/answers/days", 3, 5])
    assert two.push_one(clash)["state"] == "conflict"
    [conflict] = service.all(Conflict)
    assert (conflict.base, conflict.theirs["value"], conflict.mine["value"]) == (3, 4, 5)
    assert one.pull_all()[conflict.id]["body"]["base"] == 3


def test_whoever_goes_on_changing_their_own_side_makes_no_second_conflict(service):
    one, two = service.tablet(service.worker), service.tablet(service.worker)
    case = one.case()
    one.push(one.edit("assessment", case["assessment"], case["rev"], ["/answers/notes", None, "first"]))
    clash = two.edit("assessment", case["assessment"], case["rev"], ["/answers/notes", None, "second"])
    again = two.edit("assessment", case["assessment"], {"op": clash["op"]}, ["/answers/notes", "second", "third"])
    two.push(clash, again)
    [conflict] = service.all(Conflict)
    assert (conflict.theirs["value"], conflict.mine["value"], conflict.state) == ("first", "third", "open")


def test_an_exclusive_option_makes_the_whole_question_one_decision(service):
    one, two = service.tablet(service.worker), service.tablet(service.worker)
    case = one.case()
    one.push(one.edit("assessment", case["assessment"], case["rev"], ["/answers/drugs/heroin", None, True]))
    result = two.push_one(two.edit("assessment", case["assessment"], case["rev"], ["/answers/drugs/none", None, True]))
    assert result["state"] == "conflict"
    [conflict] = service.all(Conflict)
    assert (conflict.path, conflict.theirs["value"], conflict.mine["value"]) == (
        "/answers/drugs",
        {"heroin": True},
        {"none": True},
    )


def test_two_tablets_tick_different_boxes_without_a_conflict(service):
    one, two = service.tablet(service.worker), service.tablet(service.worker)
    case = one.case()
    one.push(one.edit("assessment", case["assessment"], case["rev"], ["/answers/drugs/heroin", None, True]))
    result = two.push_one(two.edit("assessment", case["assessment"], case["rev"], ["/answers/drugs/crack", None, True]))
    assert (result["state"], result["record"]["body"]["answers"]) == (
        "merged",
        {"drugs": {"heroin": True, "crack": True}},
    )


def test_a_chain_of_edits_diffs_against_its_authors_own_earlier_edit(service):
    tablet = service.tablet(service.worker)
    case = tablet.case()
    first = tablet.edit("assessment", case["assessment"], case["rev"], ["/answers/notes", None, "one"])
    second = tablet.edit("assessment", case["assessment"], {"op": first["op"]}, ["/answers/notes", "one", "two"])
    assert [result["state"] for result in tablet.push(first, second)] == ["applied", "applied"]


def test_a_chain_of_hundreds_of_edits_is_followed_to_its_beginning(service):
    """A tablet that was days without signal and broken off in each sending: what it predicts is known for its last edit too."""
    tablet = service.tablet(service.worker)
    case = tablet.case()
    base, words, chain = case["rev"], None, []
    for number in range(205):
        chain.append(tablet.edit("assessment", case["assessment"], base, ["/answers/notes", words, str(number)]))
        base, words = {"op": chain[-1]["op"]}, str(number)
    results = [result for first in (0, 90, 180) for result in tablet.push(*chain[first : first + 90])]
    assert {(result["state"], "record" in result) for result in results} == {("applied", False)}
    assert service.one(Record, case["assessment"]).body["answers"] == {"notes": "204"}


def test_an_op_whose_predecessor_is_missing_is_held_and_applied_when_it_arrives(service):
    tablet = service.tablet(service.worker)
    case = tablet.case()
    first = tablet.edit("assessment", case["assessment"], case["rev"], ["/answers/notes", None, "one"])
    second = tablet.edit("assessment", case["assessment"], {"op": first["op"]}, ["/answers/notes", "one", "two"])
    third = tablet.edit("assessment", case["assessment"], {"op": second["op"]}, ["/answers/notes", "two", "three"])
    assert [(r["state"], r.get("why")) for r in tablet.push(third, second)] == [("held", "op.waits_predecessor")] * 2
    assert (
        "answers" not in service.one(Record, case["assessment"]).body
        or not service.one(Record, case["assessment"]).body["answers"]
    )
    tablet.push(first)
    assert service.one(Record, case["assessment"]).body["answers"] == {"notes": "three"}
    assert [result["state"] for result in tablet.push(third, second)] == ["applied", "applied"]


def test_an_assessment_that_comes_before_its_person_waits_for_the_person(service):
    tablet = service.tablet(service.worker)
    person = tablet.create("person", {"given_name": "Zebedee"})
    episode = tablet.create("custody_episode", {"person_id": person["record"], "suite_id": service.suite})
    assert tablet.push_one(episode)["why"] == "record.parent_missing"
    tablet.push(person)
    assert service.one(Record, episode["record"]).type == "custody_episode"


def test_what_waited_for_the_same_record_is_applied_once(service):
    """Each one that is released is a change of the record that the others waited for: none of them is taken up again."""
    maker, other = service.tablet(service.worker), service.tablet(service.colleague)
    person = maker.create("person", {"given_name": "Zebedee"})
    stay = maker.create("custody_episode", {"person_id": person["record"], "suite_id": service.suite})
    name = other.edit("person", person["record"], "1-of-another-history", ["/family_name", None, "Exemplar"])
    phone = other.edit("person", person["record"], "1-of-another-history", ["/phone", None, "one"])
    again = other.edit("person", person["record"], {"op": phone["op"]}, ["/phone", "one", "two"])
    assert {each["state"] for each in other.push(name, phone, again)} == {"held"}
    maker.push(person, stay)
    assert service.all(Conflict) == []
    assert service.one(Record, person["record"]).body["phone"] == "two"
    assert "conflict" not in {each["state"] for each in other.push(name, phone, again)}


def test_what_somebody_else_did_for_a_person_waits_for_the_persons_first_stay(service):
    """After a restore each tablet brings its own back: the person's maker may come last, and the person before the stay."""
    maker, other = service.tablet(service.worker), service.tablet(service.colleague)
    person = maker.create("person", {"given_name": "Zebedee"})
    stay = maker.create("custody_episode", {"person_id": person["record"], "suite_id": service.suite})
    edit = other.edit("person", person["record"], "1-of-another-history", ["/phone", None, "none"])
    again = other.create("custody_episode", {"person_id": person["record"], "suite_id": service.suite})
    assert [each["why"] for each in other.push(edit, again)] == ["record.missing", "record.parent_missing"]
    maker.push(person)
    assert [each["state"] for each in other.push(edit, again)] == ["held", "held"]
    maker.push(stay)
    assert [each["state"] for each in other.push(edit, again)] == ["merged", "applied"]
    assert service.one(Record, person["record"]).body["phone"] == "none"


def test_another_suites_record_is_refused_and_nothing_of_it_is_shown(service):
    mine, foreign = service.tablet(service.worker), service.tablet(service.stranger)
    case = mine.case()
    edit = foreign.edit("assessment", case["assessment"], case["rev"], harm(None, "no"))
    fresh = foreign.create("custody_episode", {"person_id": case["person"], "suite_id": service.other_suite})
    planted = foreign.create("custody_episode", {"person_id": case["person"], "suite_id": service.suite})
    results = foreign.push(edit, fresh, planted)
    assert {(result["state"], result["why"]) for result in results} == {("rejected", "record.out_of_scope")}
    assert not any("record" in result for result in results)
    assert foreign.pull_all() == {}


def test_bad_ops_get_their_codes_and_change_nothing(service):
    tablet = service.tablet(service.worker)
    case = tablet.case()
    edit = tablet.edit("person", case["person"], "1-0", ["/phone", None, "x"])
    bad = {
        "record.unknown_type": {**edit, "op": new_id(), "type": "spaceship"},
        "op.unknown_field": {**edit, "op": new_id(), "surprise": 1},
        "record.invalid": tablet.create("person", {"given_name": "Zebedee", "date_of_birth": "the third of May"}),
        "record.wrong_type": {**edit, "op": new_id(), "type": "assessment"},
        "op.malformed": {**edit, "op": new_id(), "set": [["no pointer", None, 1]]},
        "record.fixed_field": tablet.edit("assessment", case["assessment"], case["rev"], ["/form", FORM, "other|1"]),
        "conflict.made_by_server": tablet.create("conflict", {"state": "open"}),
        "op.too_large": {**edit, "op": new_id(), "set": [["/phone", None, "x" * 300_000]]},
        "record.missing": tablet.edit("person", new_id(), "1-0", ["/phone", None, "x"]),
    }
    results = tablet.push(*bad.values())
    assert [result["why"] for result in results] == list(bad)
    assert service.one(Record, case["person"]).n == 1
    assert service.one(Record, case["assessment"]).n == 1
    not_ops = tablet.push({"op": "no uuid"}, 7, None, [])
    assert {result["why"] for result in not_ops} == {"op.malformed"}


def test_a_text_with_a_nul_or_half_a_character_is_refused_by_code(service):
    tablet = service.tablet(service.worker)
    nul, half = (tablet.create("person", {"given_name": text}) for text in ("Zebe\0dee", "\ud800"))
    assert {result["why"] for result in tablet.push(nul, half)} == {"op.malformed"}


def nested(levels):
    value = []
    for _ in range(levels - 1):
        value = [value]
    return value


def test_what_is_nested_too_deep_is_refused_alone_and_at_the_same_depth_whoever_comes_first(service):
    tablet = service.tablet(service.worker)
    deepest = tablet.create("person", {"given_name": "Zebedee", "from_next_year": nested(62)})
    too_deep = [tablet.create("person", {"given_name": "Zebedee", "from_next_year": nested(n)}) for n in (63, 260, 700)]
    far = tablet.create("person", {"given_name": "Zebedee"})
    far["set"] = [["/from_next_year" + "/a" * 64, None, 1, far["at"]]]
    results = tablet.push(too_deep[0], deepest, *too_deep[1:], far)
    assert [result.get("why") for result in results] == ["op.malformed", None, *["op.malformed"] * 3]
    assert service.one(Record, deepest["record"]).body["from_next_year"] == nested(62)
    assert len(service.all(Record)) == 1


def test_unknown_fields_of_a_body_survive_an_edit_by_someone_who_does_not_know_them(service):
    tablet = service.tablet(service.worker)
    person = tablet.create("person", {"given_name": "Zebedee", "from_next_year": {"kept": [1, 2]}})
    rev = tablet.push_one(person)["rev"]
    tablet.push(tablet.edit("person", person["record"], rev, ["/phone", None, "none"]))
    assert service.one(Record, person["record"]).body == {
        "given_name": "Zebedee",
        "from_next_year": {"kept": [1, 2]},
        "phone": "none",
    }


def test_a_manager_has_no_way_into_sync_and_a_deed_is_audited(service):
    answer = service.tablet(service.manager).post("/sync/v1/push", {})
    assert (answer.status_code, answer.get_json()["code"]) == (403, "auth.not_permitted")
    service.tablet(service.worker).case()
    actions = [event.action for event in service.all(AuditEvent)]
    assert sorted(actions) == ["op.applied"] * 3 + ["refused"]


def test_the_device_says_how_much_it_still_holds(service):
    from throughcare.models import Device

    tablet = service.tablet(service.worker)
    tablet.push(tablet.create("person", {"given_name": "Zebedee"}), waiting=4)
    device = service.one(Device, tablet.id)
    assert device.waiting == 3
    assert device.last_sync_at


def test_two_values_for_a_persons_field_are_kept_too(service):
    one, two = service.tablet(service.worker), service.tablet(service.colleague)
    case = one.case()
    rev = service.one(Record, case["person"]).rev
    one.push(one.edit("person", case["person"], rev, ["/phone", None, "first"]))
    assert two.push_one(two.edit("person", case["person"], rev, ["/phone", None, "second"]))["state"] == "conflict"
    [conflict] = service.all(Conflict)
    assert (conflict.record_type, conflict.person_id, conflict.suite_id) == ("person", case["person"], service.suite)
    assert conflict.id in one.pull_all()


def test_creating_the_same_record_twice_asks_where_the_two_differ(service):
    one, two = service.tablet(service.worker), service.tablet(service.worker)
    case = one.case()
    again = two.create("person", {"given_name": "Zebedee", "family_name": "Another"}, record=case["person"])
    result = two.push_one(again)
    assert result["state"] == "conflict"
    [conflict] = service.all(Conflict)
    assert (conflict.path, conflict.theirs["value"], conflict.mine["value"]) == ("/family_name", "Exemplar", "Another")
