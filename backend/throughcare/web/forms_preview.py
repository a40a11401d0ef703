"""Office: a form on a phone's glass, with its real conditions, scores and alerts, before anybody is asked it.

The tablet's own engine and presenters draw it (forms/engine.py, PREVIEW). Its answers stand in the page and travel with each
request: nothing is stored, logged or audited of them, and no alert reaches anybody.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, current_app, make_response, request
from jinja2 import Environment, Undefined

from .. import clock
from ..db import only_reads
from ..forms import engine
from ..models import new_id
from ..permissions import Permission, requires
from ..problems import Problem
from .forms import get_form
from .forms_import import MOST_BYTES, chosen_file

blueprint = Blueprint("forms_preview", __name__)
ANSWER = "/office/forms/preview/answer"
STATE = "preview_"


@blueprint.get("/office/forms/<uuid:form_id>/preview")
@requires(Permission.MANAGE_FORMS)
def published(form_id: Any) -> Any:
    return _page({"id": str(form_id)}, get_form(form_id).definition)


@blueprint.post("/office/forms/preview")
@requires(Permission.MANAGE_FORMS)
@only_reads
def page() -> Any:
    """From the findings (`text` is the form as it stands in the box), or on to another page or language."""
    request.max_content_length = request.max_form_memory_size = MOST_BYTES
    state = _state()
    if not state:
        file = chosen_file()
        state = {"form": file.decode("utf-8-sig", "replace") if file else request.form.get("text", "")}
    return _page(state, _definition(state))


@blueprint.post(ANSWER)
@requires(Permission.MANAGE_FORMS)
@only_reads
def answer() -> Any:
    request.max_content_length = request.max_form_memory_size = MOST_BYTES
    state = _state()
    definition = _definition(state)
    sent = [[name, value] for name, value in request.form.items(multi=True) if not name.startswith(STATE)]
    drawn = _drawn(engine.preview_answer, definition, state, sent=sent, new_id=new_id())
    if drawn.get("unknown"):
        raise Problem("page.not_found")
    if drawn.get("redrawn"):
        response = make_response(_render("office/forms/redrawn.html", phone=drawn))
        response.headers.update({"HX-Retarget": "#phone", "HX-Reswap": "outerHTML", "HX-Push-Url": "false"})
        return response
    return _render("office/forms/answered.html", phone=drawn)


def _render(name: str, **context: Any) -> str:
    """As the tablet renders its components: what a value does not have is nothing there, and a mistake on every other page here."""
    found: dict[str, Environment] = current_app.extensions.setdefault("throughcare.preview", {})
    if "lenient" not in found:
        found["lenient"] = current_app.jinja_env.overlay(undefined=Undefined)
    return found["lenient"].get_template(name).render(**context)


def _state() -> dict[str, str]:
    """What the page holds of itself: {id or form, answers, page, language}, without the prefix that keeps it apart from answers."""
    return {name.removeprefix(STATE): value for name, value in request.form.items() if name.startswith(STATE)}


def _definition(state: dict[str, str]) -> dict[str, Any]:
    """Raises page.not_found, and form.not_usable for what cannot be drawn."""
    if "id" in state:
        return get_form(state["id"]).definition
    definition = _read(state.get("form", ""), "form.not_usable")
    if not isinstance(definition, dict):
        raise Problem("form.not_usable")
    return definition


def _read(text: str, code: str) -> Any:
    if len(text) > engine.INPUT_CHARS:
        raise Problem("form.too_large")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Problem(code) from None


def _drawn(draw: Any, definition: dict[str, Any], state: dict[str, str], **more: Any) -> dict[str, Any]:
    answers = _read(state["answers"], "request.malformed") if "answers" in state else None
    about = {
        "answers": answers,
        "page": state.get("page", ""),
        "now": clock.now(),
        "language": state.get("language", ""),
        "post_url": ANSWER,
    }
    try:
        found: dict[str, Any] = draw(definition, {**about, **more})
    except engine.EngineError as error:
        if error.kind == "too-large":
            raise Problem("form.too_large") from None
        raise Problem("form.not_usable" if error.kind == "unusable-form" else "form.not_checked") from None
    return {**found, "answers_text": json.dumps(found["answers"], ensure_ascii=False)} if "answers" in found else found


def _page(state: dict[str, str], definition: dict[str, Any]) -> str:
    # The page is left, and what an answer has closed goes, as on the tablet.
    left = "to" in request.form or "go" in request.form
    if request.form.get("go") == "again":
        state.pop("answers", None)
    if "to" in request.form:
        state["page"] = request.form["to"]
    drawn = _drawn(engine.preview, definition, state, left=left)
    languages = [{"code": code, "chosen": code == state.get("language")} for code in drawn["languages"]]
    return _render(
        "office/forms/preview.html",
        phone=drawn,
        title=str(definition.get("title") or definition.get("name") or "A form without a title")[:300],
        version=str(definition.get("version") or "")[:40],
        published_id=state.get("id", ""),
        # Without its indents: it goes back and forth with every answer.
        form_text="" if "id" in state else json.dumps(definition, ensure_ascii=False, separators=(",", ":")),
        own_language=str(definition.get("language") or "")[:20],
        languages=languages if drawn["languages"] else [],
        language=state.get("language", ""),
    )
