"""Recorded on the wrong person: when work may move. Pure; service_worker/src/lifecycle.js has the same rule under the
verb "move", and tests/vectors/lifecycle.json chains the two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MOVABLE = ("assessment", "custody_episode")


def refusal(body: Mapping[str, Any], move: Mapping[str, Any]) -> str | None:
    """Why this work cannot move as `move` says ({from_person, to_person, reason}): a Problem code, or nothing."""
    if not str(move.get("reason") or "").strip():
        return "move.no_reason"
    if move.get("from_person") != body.get("person_id") or move.get("from_episode") != body.get("episode_id"):
        return "move.elsewhere"
    if not move.get("to_person") or move["to_person"] == move["from_person"]:
        return "move.same_person"
    return None
