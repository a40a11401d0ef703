"""Throughcare: the working tool of an arrest referral service."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from . import db, health, logs, problems
from .config import load_config

# Each has `init_app(app)`, called in this order.
PARTS = ("throughcare.identity", "throughcare.api", "throughcare.web")


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Wire the service together. Raises ConfigProblem with every setting that is wrong."""
    settings = load_config(config)
    app = db.TransactionalFlask(__name__, static_folder=None, template_folder=None)
    app.config.from_mapping(settings)
    app.config.update(
        MAX_CONTENT_LENGTH=2_000_000,
        MAX_FORM_MEMORY_SIZE=500_000,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings["PUBLIC_ORIGIN"].startswith("https://"),
    )
    if settings["PROXIES"]:
        # Each trusted proxy adds the address that it saw; whatever stands before those anybody can have written.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings["PROXIES"], x_proto=0, x_host=0)  # type: ignore[method-assign]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    logs.init_app(app)
    db.init_app(app)
    problems.init_app(app)
    health.init_app(app)
    for part in PARTS:
        import_module(part).init_app(app)
    return app
