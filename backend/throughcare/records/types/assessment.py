"""The life of an assessment: one pure table. service_worker/src/lifecycle.js mirrors it; tests/vectors/lifecycle.json
chains the two."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from .move import refusal

EDITABLE = ("draft", "returned")
HANDED_IN = ("submitted", "approved")


@dataclass(frozen=True)
class Verdict:
    """Whether a verb may happen; the state it leads to and the revision number then; or the Problem code why not."""

    allowed: bool
    to: str | None = None
    number: int = 0
    why: str | None = None


def number_of(assessment: Mapping[str, Any]) -> int:
    return (assessment.get("submission") or {}).get("number") or 0


def editors_of(assessment: Mapping[str, Any]) -> set[str]:
    """Who may edit: the author, and the colleague who took it over."""
    return {assessment.get("author_id"), (assessment.get("taken_over") or {}).get("by")} - {None}  # type: ignore[return-value]


def verb_of(before: str, after: str) -> str | None:
    """The verb that a change of state stands for, seen from the state the sender saw."""
    return {
        ("draft", "submitted"): "submit",
        ("returned", "submitted"): "resubmit",
        ("draft", "abandoned"): "abandon",
        ("abandoned", "draft"): "take_up",
        ("submitted", "returned"): "return",
        ("submitted", "approved"): "approve",
    }.get((before, after))


def may(
    verb: str,
    assessment: Mapping[str, Any],
    actor: Mapping[str, str],
    details: Mapping[str, Any],
    editors: Collection[str] = (),
) -> Verdict:
    """Judge a verb on an assessment body.

    `actor` is {id, role}; `details` what the verb brings: {reason} to abandon, {number} of the revision read to return
    or approve, {number} that follows to submit or resubmit, {by} who proposed to accept an amendment, {from_person,
    from_episode, to_person, reason} to move it to the right person. `editors` are earlier takers-over.
    """
    state, number = assessment.get("state") or "draft", number_of(assessment)
    mine = actor["id"] in editors_of(assessment) | set(editors)
    stay = Verdict(True, state, number)

    if verb == "take_over":
        return stay if state in EDITABLE else _no("assessment.wrong_state")
    if verb == "edit":
        return _first(mine or _no("assessment.not_author"), state in EDITABLE or _no("assessment.wrong_state"), stay)
    if verb == "move":
        why = refusal(assessment, details)
        return _first(
            mine or actor["role"] == "supervisor" or _no("assessment.not_author"), _no(why) if why else True, stay
        )
    if verb in ("submit", "resubmit"):
        return _first(
            mine or _no("assessment.not_author"),
            state == ("draft" if verb == "submit" else "returned") or _no("assessment.wrong_state"),
            details.get("number") == number + 1 or _no("submission.wrong_number"),
            Verdict(True, "submitted", number + 1),
        )
    if verb == "abandon":
        return _first(
            mine or _no("assessment.not_author"),
            state == "draft" or _no("assessment.wrong_state"),
            bool(details.get("reason")) or _no("assessment.no_reason"),
            Verdict(True, "abandoned", number),
        )
    if verb == "take_up":
        return _first(
            mine or _no("assessment.not_author"),
            state == "abandoned" or _no("assessment.wrong_state"),
            Verdict(True, "draft", number),
        )
    if verb in ("return", "approve"):
        return _first(
            actor["role"] == "supervisor" or _no("record.not_permitted"),
            not mine or _no("assessment.own_work"),
            # The newer revision comes first: "it has moved on" would not say that there is one to read.
            details.get("number") == number or _no("submission.stale"),
            state == "submitted" or _no("assessment.wrong_state"),
            Verdict(True, "returned" if verb == "return" else "approved", number),
        )
    if verb == "accept_amendment":
        return _first(
            actor["role"] == "supervisor" or _no("record.not_permitted"),
            actor["id"] != details.get("by") or _no("amendment.own_work"),
            state in HANDED_IN or _no("amendment.wrong_state"),
            Verdict(True, state, number + 1),
        )
    return _no("assessment.wrong_state")


def _no(why: str) -> Verdict:
    return Verdict(False, why=why)


def _first(*steps: bool | Verdict) -> Verdict:
    """The first refusal, or the last step, which allows."""
    for step in steps:
        if isinstance(step, Verdict):
            return step
    raise AssertionError("the last step is a verdict")
