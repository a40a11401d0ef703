"""The page that makes a tablet known. The code stands in the fragment and never comes here by itself."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, render_template

from ..permissions import public
from ..services import enrolment
from .demo import people

blueprint = Blueprint("enrol", __name__)


@blueprint.get("/enrol/")
@public("The page asks for a one-time code and holds nothing else.")
def show() -> Any:
    return render_template(
        "office/enrol/show.html",
        demo=people(),
        is_demo=bool(current_app.config["DEMO"]),
        minutes=enrolment.minutes(),
    )
