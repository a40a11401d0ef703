"""A session that, once it holds the write lock, remembers what it read and what is not there: nobody else can change
either before it ends. A batch of a hundred ops then asks the database for each thing once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import event, inspect
from sqlalchemy.orm import Session

from . import fresh


@dataclass
class Memory:
    """`made` are rows of this transaction that the database may not have yet; `absent` keys that it does not have;
    `kept` keeps what was read from being dropped (a session holds its rows weakly); `quiet` are the ids of records that
    have no open conflict."""

    made: dict[tuple[Any, Any], Any] = field(default_factory=dict)
    absent: set[tuple[Any, Any]] = field(default_factory=set)
    kept: list[Any] = field(default_factory=list)
    quiet: set[str] = field(default_factory=set)


class RememberingSession(FlaskSession):
    """Remembers nothing until `remember(session)` is called. Sets new rows aside (fresh.py) until it is flushed."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        fresh.drop(self)

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        super().flush(objects)
        fresh.write(self)

    def get(self, entity: Any, ident: Any, **options: Any) -> Any:
        if (made := fresh.take(self, entity, ident)) is not None:
            return made
        memory: Memory | None = self.info.get("memory")
        if memory is None or options:
            return super().get(entity, ident, **options)
        key = (entity, ident)
        if key in memory.made:
            return memory.made[key]
        if key in memory.absent:
            return None
        found = super().get(entity, ident)
        if found is None:
            memory.absent.add(key)
        return found


def remember(session: Session) -> None:
    """From here to the end of the transaction. Only the holder of the write lock may call it."""
    if isinstance(session, RememberingSession):
        session.info["memory"] = Memory()


def absent(session: Session, model: Any, idents: Iterable[Any]) -> None:
    """These were looked for and are not there."""
    memory = session.info.get("memory")
    if memory is not None:
        memory.absent.update((model, ident) for ident in idents)


def quiet(session: Session) -> set[str]:
    """The records of which it is known that they have no open conflict; who makes one takes the record out."""
    memory: Memory | None = session.info.get("memory")
    return memory.quiet if memory is not None else set()


def _key(instance: Any) -> tuple[Any, Any]:
    ident = inspect(instance).mapper.primary_key_from_instance(instance)
    return type(instance), ident[0] if len(ident) == 1 else tuple(ident)


@event.listens_for(RememberingSession, "loaded_as_persistent")
def _loaded(session: Session, instance: Any) -> None:
    if (memory := session.info.get("memory")) is not None:
        memory.kept.append(instance)


@event.listens_for(RememberingSession, "transient_to_pending")
def _made(session: Session, instance: Any) -> None:
    if (memory := session.info.get("memory")) is not None:
        memory.made[_key(instance)] = instance


@event.listens_for(RememberingSession, "pending_to_transient")
@event.listens_for(RememberingSession, "persistent_to_transient")
def _undone(session: Session, instance: Any) -> None:
    """A savepoint was rolled back, and with it the making of this row."""
    if (memory := session.info.get("memory")) is not None:
        memory.made.pop(_key(instance), None)


@event.listens_for(RememberingSession, "before_commit")
def _committing(session: Session) -> None:
    # A session whose objects are all written is not flushed again.
    fresh.write(session)


@event.listens_for(RememberingSession, "after_soft_rollback")
def _rolled_back(session: Session, _transaction: Any) -> None:
    # Whatever was made before a savepoint was written when that began.
    fresh.drop(session)


@event.listens_for(RememberingSession, "after_transaction_end")
def _ended(session: Session, transaction: Any) -> None:
    if transaction.parent is None:
        session.info.pop("memory", None)
