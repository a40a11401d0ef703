"""Office: bringing a form in: every finding of it, what differs from the version before, accepting warnings, publishing.

Nothing is stored before it is published: what was given travels with the page, so that no refusal loses it.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request

from ..db import db, only_reads
from ..forms import check as checking
from ..forms.difference import differences
from ..forms.publish import find_form, publish, to_publish
from ..models import Form
from ..permissions import Permission, get_actor, requires
from ..problems import CATALOGUE, Problem
from ..queries import forms as queries
from ..records.revision import sha256
from . import forms_presenter as present

blueprint = Blueprint("forms_import", __name__)
# A form of 1 MB, which is as large as one may be, in a file and once more as text, in letters of several bytes.
MOST_BYTES = 8_000_000


@blueprint.get("/office/forms/import")
@requires(Permission.MANAGE_FORMS)
def new() -> Any:
    return _page("", [])


@blueprint.post("/office/forms/import")
@requires(Permission.MANAGE_FORMS)
@only_reads
def check() -> Any:
    text, error = given()
    if error:
        return _page(text, [{"href": "#text", "text": error}]), 422
    return _checked(text, *checking.check_text(text))


@blueprint.post("/office/forms/publish")
@requires(Permission.MANAGE_FORMS)
def make() -> Any:
    text, error = given()
    if error:
        return _page(text, [{"href": "#text", "text": error}]), 422
    # Checking takes seconds where a form is made to take them; nobody waits for the write lock meanwhile.
    db.session.rollback()
    definition, found = checking.check_text(text)
    if _fingerprint(definition) != request.form.get("checked", ""):
        words = "The form was changed after it was checked. Read what was found now, then publish it."
        return _checked(text, definition, found, words), 409
    refused = _stands(definition)
    if refused:
        return _checked(text, definition, found, _words(refused)), int(CATALOGUE[refused]["status"])
    try:
        form = publish(definition, get_actor().user_id, set(request.form.getlist("accept")))
    except Problem as problem:
        return _checked(text, definition, found, _words(problem.code)), problem.status
    return redirect(f"/office/forms/{form.id}?done=published", 303)


def given() -> tuple[str, str]:
    """(the form as text, what is wrong with it): a file that was chosen, or else what stands in the box."""
    request.max_content_length = request.max_form_memory_size = MOST_BYTES
    typed = request.form.get("text", "")
    file = chosen_file()
    if not file:
        return typed, "" if typed.strip() else "Choose a file, or paste the form"
    try:
        return file.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        return typed, "The file is not text in UTF-8. Save it as UTF-8 and choose it again"


def chosen_file() -> bytes:
    """Nothing where none was chosen."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return b""
    with file.stream as stream:
        return bytes(stream.read())


def _fingerprint(definition: Any) -> str:
    """What was checked; "" for what cannot be kept."""
    try:
        return sha256(definition)
    except (ValueError, RecursionError):
        return ""


def _stands(definition: Any) -> str:
    """The code of the refusal where this address and version are published already, or ""."""
    form = _standing(definition)
    if form is None:
        return ""
    return "form.published" if form.sha256 == _fingerprint(definition) else "form.version_taken"


def _standing(definition: Any) -> Form | None:
    url, version = (definition.get(name) if isinstance(definition, dict) else None for name in ("url", "version"))
    return find_form(url, version) if isinstance(url, str) and isinstance(version, str) else None


def _words(code: str) -> str:
    words = CATALOGUE[code]
    return f"{words['happened']} {words['safe']} {words['do']}"


def _page(text: str, errors: list[dict[str, str]]) -> str:
    return render_template("office/forms/import.html", text=text, errors=errors)


def _checked(text: str, definition: Any, found: list[dict[str, Any]], refusal: str = "") -> str:
    found = to_publish(found, definition)
    stops = any(each["severity"] == "error" for each in found)
    stands = _stands(definition)
    before = None if stops else next(iter(queries.versions(definition["url"])), None)
    title = definition.get("title") or definition.get("name") if isinstance(definition, dict) else None
    return render_template(
        "office/forms/findings.html",
        text=text,
        title=str(title or "A form without a title")[:300],
        named=f"{definition['url']}|{definition['version']}" if not stops else "",
        checked=_fingerprint(definition),
        counts=present.counts(found),
        groups=present.groups(found, set(request.form.getlist("accept"))),
        # What cannot be read at all cannot be drawn; a form that only lacks its name can.
        drawn=not any(each["severity"] == "error" and each["code"] not in ("missing-url", "missing-version") for each in found),
        stops=stops,
        stands=_words(stands) if stands else "",
        before=present.differences(differences(before.definition, definition), before) if before else None,
        refusal=refusal,
    )  # fmt: skip
