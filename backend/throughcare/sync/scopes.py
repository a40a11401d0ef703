"""Which scopes a pull serves, from where: the signed cursor against today's grants."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer


@dataclass(frozen=True)
class Plan:
    """`since` maps each granted suite to the number up to which the device has it (0: not at all); `drop` are suites
    it must let go."""

    since: dict[str, int]
    drop: list[str]


def _signer(user_id: str) -> URLSafeSerializer:
    """Whose a cursor is goes into what signs it, not into the cursor: every idle sync carries it to and fro."""
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=f"sync-cursor {user_id}")


def write_cursor(epoch: str, user_id: str, since: dict[str, int]) -> str:
    return _signer(user_id).dumps({"e": epoch, "s": since})


def furthest(cursor: str | None, epoch: str | None, user_id: str) -> int:
    """The highest number in a cursor of ours, of this epoch and user; 0 for anything else."""
    try:
        found = _signer(user_id).loads(cursor or "")
    except BadSignature:
        return 0
    return max([0, *found["s"].values()]) if isinstance(found, dict) and found.get("e") == epoch else 0


def read_plan(cursor: str | None, epoch: str, user_id: str, granted: list[str]) -> Plan:
    """A cursor that is not ours, of another history or of another user counts as none: the device then gets everything
    again."""
    held: dict[str, int] = {}
    if cursor:
        try:
            found = _signer(user_id).loads(cursor)
        except BadSignature:
            found = {}
        if isinstance(found, dict) and found.get("e") == epoch:
            held = found["s"]
    return Plan({scope: held.get(scope, 0) for scope in granted}, sorted(set(held) - set(granted)))
