"""JSON for devices. Each module holds one blueprint named `blueprint`."""

from __future__ import annotations

from flask import Flask

from . import enrolment, sign_in, sync


def init_app(app: Flask) -> None:
    for part in (sync, enrolment, sign_in):
        app.register_blueprint(part.blueprint)
