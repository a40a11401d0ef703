"""The JSON Schemas of sync and what the service does: they accept and refuse alike."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError

import schemas
from throughcare.api import sync_wire
from throughcare.problems import Problem
from throughcare.records.types import TYPES
from throughcare.sync.wire import MAX_OPS, Rejected, op_id_of, parse

ID = "019a0000-0006-71ee-81ea-ea785fefe911"
SHAPES = {"push": sync_wire.PushSchema(), "pull": sync_wire.PullSchema(), "compare": sync_wire.CompareSchema(), "cleared": sync_wire.ClearedSchema()}  # fmt: skip
OP = {
    "op": ID,
    "record": ID,
    "type": "person",
    "base": None,
    "set": [["/phone", None, "none", "2026-11-22T18:00:00Z"], ["/language", None, "en"]],
    "body": {"given_name": "Zebedee"},
    "resolves": [ID],
    "reason": "text",
    "at": "2026-11-22T18:00:00Z",
}
GOOD: dict[str, dict[str, Any]] = {
    "push": {"proto": 1, "epoch": None, "device": ID, "schema": 1, "now": "2026-11-22T18:00:00Z", "waiting": 3, "oldest": "2026-11-22T18:00:00Z", "last_op": ID, "ops": [OP, {**OP, "base": {"rev": "1-a"}}, {**OP, "base": {"op": ID}}, {**OP, "recovered": "1-a"}]},
    "pull": {"proto": 1, "epoch": ID, "schema": 1, "cursor": None, "reference": None, "max_records": 500, "max_bytes": 2_000_000, "last_op": None, "waiting": 3, "oldest": None, "out_of_step": "2026-11-22T18:00:00Z"},
    "compare": {"proto": 1, "epoch": None, "schema": 1, "scope": ID, "after": "", "until": None, "have": [[ID, "1-a"], [ID, "2-b"]]},
    "cleared": {"proto": 1, "epoch": None, "schema": 1, "device": ID},
}  # fmt: skip
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 600), st.sampled_from([1.0, 0.5, 3_000_000, "", "1", "/a", "/a//b", "/__proto__/a", "a/b", ID.upper(), ID, "assessment"]),
    st.lists(st.one_of(st.none(), st.text(max_size=3), st.integers(0, 3)), max_size=5),
    st.sampled_from([{}, {"rev": "1-a"}, {"op": ID}, {"rev": None}, {"rev": "1-a", "op": ID}, {"a": 1}, [["/a", 1, 2]], [["/a", 1]], [["/a", 1, 2, 3]], [["/a", 1, 2, None, 4]], [{}]]),
)  # fmt: skip

ODD_COPY = ODD.map(lambda value: json.loads(json.dumps(value)))


def accepts(kind: str, sent: Any) -> bool:
    """Whether the service takes the request, and every op of it, as being of the right shape."""
    try:
        found = sync_wire.checked(SHAPES[kind], sent)
        for op in found.get("ops", []):
            if op_id_of(op) is None:
                return False
            parse(op)
    except (Problem, Rejected):
        return False
    return True


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a request, the inside of a body excepted: nothing there is shaped."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(each for key, child in inner if path[-1:] != ("body",) for each in places(child, (*path, key)))]


@st.composite
def requests(draw: Any) -> tuple[str, Any]:
    """A good request with up to two things wrong, or right in another way, at any place."""
    kind = draw(st.sampled_from(sorted(GOOD)))
    sent = json.loads(json.dumps(GOOD[kind]))
    for _ in range(draw(st.integers(0, 2))):
        found = [each for each in places(sent) if each] or [("proto",)]
        *path, last = draw(
            st.sampled_from([each for each in found if len(each) == 1] or found) | st.sampled_from(found)
        )
        at = sent
        for step in path:
            at = at[step]
        deed = draw(st.sampled_from(["replace", "remove", "add"]))
        if deed == "replace":
            at[last] = draw(ODD_COPY)
        elif deed == "remove":
            del at[last]
        elif isinstance(at, dict):
            at[draw(st.sampled_from(["surprise", "recovered", "after", "max_bytes"]))] = draw(ODD_COPY)
        else:
            at.append(draw(ODD_COPY))
    return kind, sent


@settings(max_examples=800, deadline=None)
@given(requests())
def test_schema_and_service_accept_and_refuse_the_same_requests(case):
    kind, sent = case
    assert accepts(kind, sent) == schemas.validator(f"{kind}-request").is_valid(sent), json.dumps(sent)


@pytest.mark.parametrize("kind", GOOD)
def test_the_good_request_is_good_and_what_is_no_object_is_not(kind):
    for sent, good in ((GOOD[kind], True), ([], False), (None, False), ("proto", False)):
        assert (accepts(kind, sent), schemas.validator(f"{kind}-request").is_valid(sent)) == (good, good)


def test_a_request_holds_no_more_than_it_may():
    ops = {**GOOD["push"], "ops": [OP] * MAX_OPS}
    have = {**GOOD["compare"], "have": [[ID, "1-a"]] * sync_wire.MAX_HAVE}
    for kind, sent, key in (("push", ops, "ops"), ("compare", have, "have")):
        more = {**sent, key: [*sent[key], sent[key][0]]}
        valid = schemas.validator(f"{kind}-request").is_valid
        assert [accepts(kind, sent), valid(sent), accepts(kind, more), valid(more)] == [True, True, False, False]


def test_each_published_schema_is_one_and_knows_every_type():
    for file in schemas.files():
        schema = json.loads(file.read_text())
        Draft202012Validator.check_schema(schema)
        for name in ("op", "record"):
            if file.stem == name:
                assert schema["properties"]["type"]["enum"] == sorted(TYPES)


def test_an_answer_with_a_key_that_nobody_wrote_down_is_found_out():
    good = {
        "epoch": "e",
        "server_now": "2026-11-22T18:00:00Z",
        "durable_seq": 0,
        "results": [{"op": ID, "state": "rejected", "why": "op.malformed"}],
    }
    schemas.check_answer("/sync/v1/push", 200, good)
    for bad in (
        {**good, "surprise": 1},
        {**good, "results": [{**good["results"][0], "surprise": 1}]},
        {**good, "server_now": "now"},
    ):
        with pytest.raises(ValidationError):
            schemas.check_answer("/sync/v1/push", 200, bad)
