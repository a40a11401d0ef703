"""Office screens: views beside their presenters. Each module holds one blueprint named `blueprint`."""

from __future__ import annotations

from flask import Flask
from jinja2 import FileSystemLoader, StrictUndefined

from ..config import FRONTEND
from . import (
    amendments,
    conflicts,
    demo,
    devices,
    enrol,
    forms,
    forms_answers,
    forms_import,
    forms_preview,
    headers,
    held,
    people,
    removed,
    reviews,
    sign_in,
    start,
    users,
)
from .shell import shell

SCREENS = (
    demo,
    enrol,
    sign_in,
    devices,
    reviews,
    amendments,
    conflicts,
    held,
    people,
    removed,
    forms_answers,
    forms_import,
    forms_preview,
    forms,
    users,
    start,
)


def init_app(app: Flask) -> None:
    app.jinja_loader = FileSystemLoader(FRONTEND)
    app.jinja_env.undefined = StrictUndefined
    # Flask escapes by a file's ending and does not know .njk, in which the components stand that both engines render.
    app.jinja_env.autoescape = True
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["shell"] = shell
    headers.init_app(app)
    sign_in.init_app(app)
    for screen in SCREENS:
        app.register_blueprint(screen.blueprint)
