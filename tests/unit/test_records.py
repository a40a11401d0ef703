"""Revisions, ids, the life of an assessment and the settings: pure rules."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st

from throughcare.config import ConfigProblem, load_config
from throughcare.records.revision import canonical, is_uuid, named_id, reads_as, revision
from throughcare.records.types.assessment import may

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "lifecycle.json").read_text("utf-8"))["cases"]


@pytest.mark.parametrize("case", VECTORS, ids=[case["name"] for case in VECTORS])
def test_the_life_of_an_assessment_is_as_the_vectors_say(case):
    verdict = may(case["verb"], case["assessment"], case["actor"], case["details"])
    found = (
        {"allowed": True, "to": verdict.to, "number": verdict.number}
        if verdict.allowed
        else {"allowed": False, "why": verdict.why}
    )
    assert found == case["expect"]


def test_a_revision_depends_on_content_and_not_on_the_order_of_keys():
    assert revision(3, {"a": 1, "b": "x"}) == revision(3, {"b": "x", "a": 1.0})
    assert revision(3, {"a": 1}) != revision(3, {"a": True})
    assert revision(3, {"a": 1}).startswith("3-")


@pytest.mark.parametrize("value", [float("nan"), "\ud800", {"a": "x\0y"}, 2**60])
def test_what_a_database_or_a_browser_cannot_hold_is_not_canonical(value):
    with pytest.raises(ValueError, match=r"canonical|NUL"):
        canonical(value)


def test_two_makers_of_an_alert_make_the_same_id():
    record = "0198f2a0-0000-7000-8000-000000000001"
    assert named_id(record, "harm") == named_id(record, "harm") != named_id(record, "other")
    assert is_uuid(named_id(record, "harm"))


def test_a_reading_code_can_be_read_aloud():
    code = reads_as({"a": 1})
    assert len(code) == 9
    assert code[4] == "-"
    assert code == code.upper()


def test_settings_are_refused_with_every_problem_listed(tmp_path):
    with pytest.raises(ConfigProblem) as refusal:
        load_config(
            {"DATA_DIR": str(tmp_path), "DATABASE_URL": "mysql://x", "DEMO": True, "PUBLIC_HOST": "service.example"}
        )
    assert len(refusal.value.problems) == 2
    with pytest.raises(ConfigProblem) as refusal:
        load_config({"DATA_DIR": str(tmp_path), "SYNC_DAYS": "soon", "SECRET_KEY": "short"})
    assert len(refusal.value.problems) == 2
    with pytest.raises(ConfigProblem) as refusal:
        load_config(
            {"DATA_DIR": str(tmp_path), "IDLE_MINUTES": 1, "ENROLMENT_MINUTES": "2000", "PROXIES": "-1"}
            | {"DEMO": True, "PUBLIC_HOST": "service.example"}
        )
    named = [problem.split(":")[0] for problem in refusal.value.problems]
    assert named == [f"THROUGHCARE_{name}" for name in ("ENROLMENT_MINUTES", "IDLE_MINUTES", "PROXIES", "DEMO")]


def test_a_laptop_needs_no_settings_and_keeps_its_secret(tmp_path):
    first = load_config({"DATA_DIR": str(tmp_path)})
    assert load_config({"DATA_DIR": str(tmp_path)})["SECRET_KEY"] == first["SECRET_KEY"]
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
    assert first["PUBLIC_ORIGIN"] == "http://localhost:8000"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
@settings(max_examples=500)
@example({"\U0001f600": 1, "\ufb33": 2})
@example([1.0, -0.0, 1e21, 1e-7, 0.1, 100000.0])
@example(9007199254740991)
@example({"a": "1.5", "b": ":1.5", "c": '\u2028\x7f\u0007/\\"'})
def test_the_quick_way_to_canonical_json_makes_the_bytes_of_the_slow_one(value):
    try:
        wanted = rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError):
        with pytest.raises(ValueError, match="canonical"):
            canonical(value)
        return
    if b"\\u0000" not in wanted:
        assert canonical(value) == wanted
