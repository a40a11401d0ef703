"""Office screens: views beside their presenters. Each module holds one blueprint named `blueprint`."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from flask import Flask
from jinja2 import FileSystemLoader, StrictUndefined

from ..config import PROJECT
from .shell import shell

MODULES = ("headers", "start", "enrol", "sign_in", "devices", "reviews", "amendments", "conflicts", "people", "forms")


def init_app(app: Flask) -> None:
    app.jinja_loader = FileSystemLoader(PROJECT / "frontend")
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["shell"] = shell
    for name in MODULES:
        if find_spec(f"{__name__}.{name}"):
            module = import_module(f"{__name__}.{name}")
            if hasattr(module, "blueprint"):
                app.register_blueprint(module.blueprint)
