"""Triggers by which the database itself refuses what does not come through the service: docs/sync-protocol.md, "Order".

Tablets follow a cursor, and `rebuild --check` follows the ops: a row that a script wrote would be missed by the one and
denied by the other. `sync_meta.open_from` is equal to `seq` but within a write of the service, where it stays at the
number before; -1 marks upkeep of the whole (a rebuild, a restore). PostgreSQL's triggers read both from settings of the
transaction, which sync/work.py keeps equal to the row.

A migration that makes one of these tables again (SQLite does so for most changes) calls `take_down` before and `put_up`
after it; a change of these rules needs one that calls `put_up`.
"""

from __future__ import annotations

import re

from sqlalchemy import Connection, inspect, text

# Each with the column that holds its number in the order of commits.
NUMBERED = {"ops": "arrival", "records": "seq", "record_scopes": "seq", "record_versions": "seq"}
DERIVED = (
    "alerts",
    "amendments",
    "assessments",
    "conflicts",
    "contacts",
    "custody_episodes",
    "kept_ops",
    "moves",
    "people",
    "scope_digests",
    "submissions",
)
# Their row goes when the record is taken away as entered in error.
REMOVABLE = ("contacts", "custody_episodes", "people")
# What is never changed once it is written.
AS_IT_CAME = {
    "ops": "id, arrival, record_id, type, user_id, role, suites, device_id, payload, sha256, received_at",
    "record_versions": "record_id, rev, seq, op_id, body",
}
REFUSAL = (
    "Nothing was written: only the service writes this table, in the order in which tablets read it. Send the change to"
    " POST /sync/v1/push (run.py cli devices enrol --api gives a script its credentials); what is derived is made again"
    " by run.py cli rebuild."
)
OPEN = "open_from < seq"
WHOLE = "open_from < 0"


def _in_turn(table: str) -> str:
    """The row that is written has a number which this transaction took."""
    number = f"NEW.{NUMBERED[table]}"
    return f"{WHOLE} OR ({OPEN} AND {number} > open_from AND {number} <= seq)"


def _changed(table: str) -> str:
    """An op's outcome may change in any write of the service. Who may edit a record too: that shows in no feed."""
    if table == "ops":
        return OPEN
    if table == "records":
        return f"{_in_turn(table)} OR ({OPEN} AND NEW.seq = OLD.seq AND NEW.rev = OLD.rev)"
    return _in_turn(table)


def _rules(kind: str) -> list[tuple[str, str, str, str]]:
    """(name, event, table, what sync_meta must say)."""
    rules = []
    for table in NUMBERED:
        rules.append((f"{table}_insert", "INSERT", table, _in_turn(table)))
        rules.append((f"{table}_update", "UPDATE", table, _changed(table)))
    for table in DERIVED:
        rules.append((f"{table}_insert", "INSERT", table, OPEN))
        rules.append((f"{table}_update", "UPDATE", table, OPEN))
    for table, columns in AS_IT_CAME.items():
        rules.append((f"{table}_as_it_came", f"UPDATE OF {columns}", table, WHOLE))
    for table in (*NUMBERED, *DERIVED):
        rules.append((f"{table}_delete", "DELETE", table, OPEN if table in REMOVABLE else WHOLE))
        if kind == "postgresql":
            rules.append((f"{table}_truncate", "TRUNCATE", table, WHOLE))
    return rules


def names(kind: str) -> set[str]:
    """What the triggers of a database of this kind (sqlite, postgresql) are called."""
    return {f"guard_{name}" for name, *_ in _rules(kind)}


def put_up(connection: Connection) -> None:
    """Make every guard. Those that are there are made again."""
    take_down(connection)
    make = _on_postgres if connection.dialect.name == "postgresql" else _on_sqlite
    if make is _on_postgres:
        connection.exec_driver_sql(
            "CREATE FUNCTION guard_refuse() RETURNS trigger LANGUAGE plpgsql AS $guard$ BEGIN"
            f" RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $guard$"
        )
    for rule in _rules(connection.dialect.name):
        make(connection, *rule)


def take_down(connection: Connection) -> None:
    tables = set(inspect(connection).get_table_names())
    for table in (*NUMBERED, *DERIVED):
        if table not in tables:
            continue
        for kind in ("insert", "update", "as_it_came", "delete", "truncate"):
            name = f"guard_{table}_{kind}"
            if connection.dialect.name == "sqlite":
                connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
            else:
                connection.execute(text(f"DROP TRIGGER IF EXISTS {name} ON {table}"))
    if connection.dialect.name == "postgresql":
        connection.execute(text("DROP FUNCTION IF EXISTS guard_refuse()"))


def _on_sqlite(connection: Connection, name: str, event: str, table: str, allowed: str) -> None:
    connection.execute(
        text(
            f"CREATE TRIGGER guard_{name} BEFORE {event} ON {table}"  # noqa: S608  constants of this file
            f" WHEN NOT EXISTS (SELECT 1 FROM sync_meta WHERE id = 1 AND ({allowed}))"
            f" BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )
    )


def _on_postgres(connection: Connection, name: str, event: str, table: str, allowed: str) -> None:
    each = "ROW" if "NEW." in allowed else "STATEMENT"
    for column in ("open_from", "seq"):
        # Not NEW.seq; empty where an earlier transaction of this connection set it.
        held = f"nullif(current_setting('throughcare.{column}', true), '')::bigint"
        allowed = re.sub(rf"(?<![.\w]){column}\b", held, allowed)
    connection.exec_driver_sql(
        f"CREATE TRIGGER guard_{name} BEFORE {event} ON {table} FOR EACH {each}"
        f" WHEN (coalesce({allowed}, false) IS FALSE) EXECUTE FUNCTION guard_refuse()"
    )
