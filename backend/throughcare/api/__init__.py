"""JSON for devices. Each module holds one blueprint named `blueprint`."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from flask import Flask

MODULES = ("sync", "enrolment", "sign_in")


def init_app(app: Flask) -> None:
    for name in MODULES:
        if find_spec(f"{__name__}.{name}"):
            app.register_blueprint(import_module(f"{__name__}.{name}").blueprint)
