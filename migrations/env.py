"""Alembic's environment, run through Flask-Migrate: the tables are those of throughcare.models."""

from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy import text

import throughcare.models  # noqa: F401  fills the metadata
from throughcare.db import Base, db

LOCK = 7_420_011  # any number, the same for every process that migrates


def run() -> None:
    with db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            # Whoever comes second waits for the first, however long that takes.
            connection.execute(text("SET lock_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
            connection.commit()
        if connection.dialect.name == "sqlite":
            # A table that is rebuilt in a batch is dropped for a moment: its children must not be deleted with it.
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            context.configure(
                connection=connection,
                target_metadata=Base.metadata,
                **current_app.extensions["migrate"].configure_args,
            )
            with context.begin_transaction():
                context.run_migrations()
            connection.commit()
        finally:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
                connection.commit()
                connection.invalidate()  # the next one has its patience again
            if connection.dialect.name == "sqlite":
                connection.rollback()
                connection.invalidate()  # the next one turns foreign keys on again


run()
