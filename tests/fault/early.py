"""A server that answers a push before it commits: what it acknowledged can be lost. For the positive control only."""

from __future__ import annotations

import contextlib
import io
import threading
import time
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

import throughcare
from throughcare import db

LATER = 0.3  # seconds from the answer to the commit
_only_answers: ContextVar[bool] = ContextVar("only_answers", default=False)
_transaction = db.transaction


@contextlib.contextmanager
def _maybe() -> Iterator[Session]:
    """The service's transaction, rolled back at its end while only the answer is wanted."""
    if not _only_answers.get():
        with _transaction() as session:
            yield session
        return
    session = db.db.session()
    try:
        yield session
    finally:
        session.rollback()


def create_app() -> Flask:
    db.transaction = _maybe
    app = throughcare.create_app()
    whole = app.wsgi_app

    def early(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/sync/v1/push":
            return whole(environ, start)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))

        def again() -> dict[str, Any]:
            return {**environ, "wsgi.input": io.BytesIO(body)}

        token = _only_answers.set(True)
        try:
            answer = list(whole(again(), start))
        finally:
            _only_answers.reset(token)
        later = again()

        def commit() -> None:
            time.sleep(LATER)
            list(whole(later, lambda *_: None))

        threading.Thread(target=commit, daemon=True).start()
        return answer

    app.wsgi_app = early  # type: ignore[method-assign]
    return app
