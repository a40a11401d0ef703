"""Structured logs, one JSON line per request and per failure. They hold ids, codes and counts: never a name, a date of
birth, an answer, a query string or the text of an exception (which may quote a value)."""

from __future__ import annotations

import logging
import sys
import time
import traceback
from typing import Any

import structlog
from flask import Flask, Response, g, has_request_context, request

log = structlog.get_logger("throughcare")


def configure() -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_names: structlog.WriteLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def note(**facts: Any) -> None:
    """Add ids, codes or counts to the line that this request will log."""
    if has_request_context():
        g.setdefault("log_facts", {}).update(facts)


def failure(error: BaseException, **facts: Any) -> None:
    """Log where something broke: file, line and function of each frame, and the kind of error; not its text."""
    frames = [
        f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    log.error("failure", error=type(error).__name__, at=frames[-12:], **facts)


def init_app(app: Flask) -> None:
    configure()

    @app.before_request
    def start() -> None:
        g.log_started = time.perf_counter()

    @app.after_request
    def line(response: Response) -> Response:
        started = g.get("log_started")
        actor = g.get("actor")
        log.info(
            "request",
            method=request.method,
            # The rule, not the address: an address holds ids at best, and what someone typed at worst.
            rule=request.url_rule.rule if request.url_rule else None,
            status=response.status_code,
            ms=round((time.perf_counter() - started) * 1000, 1) if started else None,
            user=actor.user_id if actor else None,
            device=actor.device_id if actor else None,
            **g.get("log_facts", {}),
        )
        return response
