"""Publishing a form, and retiring one. A published version is never changed: the next version is added beside it, and old
answers keep theirs."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import select

from .. import audit, clock
from ..db import db
from ..models import Form, new_id
from ..problems import Problem
from ..records.revision import sha256
from . import check as checking

# A form without one can be looked at, but no answer could say which form it belongs to.
NEEDED_TO_PUBLISH = ("missing-url", "missing-version")
LONGEST = {"url": 500, "version": 40}
LONGEST_REASON = 500


def publish(definition: Any, by: str | None = None, accepted: Collection[str] = ()) -> Form:
    """The form's row. `by` is the id of the user who publishes, None for the command line; `accepted` names the warnings that they
    have read and accept: each by `name_of` it, or all of one kind by their code. The audit keeps which, place by place.

    Publishing the same content again gives the row that stands. Raises Problem form.not_usable with the findings that stop it,
    form.not_accepted with the warnings that nobody has accepted, form.version_taken where url and version already name other content,
    form.too_large and form.not_checked where the engine gave no answer.
    """
    found = to_publish(check(definition), definition)
    errors = [each for each in found if each["severity"] == "error"]
    if errors:
        raise Problem("form.not_usable", findings=errors, count=len(errors))
    digest = sha256(definition)
    standing = find_form(definition["url"], definition["version"])
    if standing is not None:
        if standing.sha256 != digest:
            raise Problem("form.version_taken", form=standing.form)
        return standing
    warnings = [each for each in found if each["severity"] == "warning"]
    unread = [each for each in warnings if each["code"] not in accepted and name_of(each) not in accepted]
    if unread:
        raise Problem("form.not_accepted", findings=unread, count=len(unread))
    form = Form(
        id=new_id(),
        url=definition["url"],
        version=definition["version"],
        title=str(definition.get("title") or definition.get("name") or definition["url"])[:300],
        status=str(definition.get("status") or "draft")[:20],
        definition=definition,
        sha256=digest,
        published_at=clock.now(),
    )
    db.session.add(form)
    db.session.flush()
    # Assessments may have been waiting for it. Not at the top: the sync asks the forms, too.
    from ..sync import form_facts, receive

    receive.release(db.session(), form_facts.awaited(form.form))
    facts: dict[str, Any] = {"sha256": digest}
    if warnings:
        facts["accepted"] = sorted({each["code"] for each in warnings})
        facts["findings"] = [[each["code"], each["path"] or each["linkId"], name_of(each)] for each in warnings]
    audit.deed("form.published", form.id, actor_id=by, **facts)
    return form


def retire(form: Form, reason: str, by: str | None = None) -> Form:
    """The version is offered for nothing new from each tablet's next sync on. What was begun with it is finished with it, and it
    goes on showing what was recorded. `by` is None for the command line.

    Raises Problem form.no_reason, and form.retired where it is retired already.
    """
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise Problem("form.no_reason")
    if form.retired_at is not None:
        raise Problem("form.retired", form=form.form)
    form.status, form.retired_at, form.retired_by, form.retired_reason = "retired", clock.now(), by, reason
    audit.deed("form.retired", form.id, actor_id=by, sha256=form.sha256)
    return form


def name_of(finding: dict[str, Any]) -> str:
    """Names one finding in one place, by what it says: an acceptance holds for exactly that, not for the next of its kind."""
    return f"{finding['code']}-{sha256(finding)[:12]}"


def to_publish(found: list[dict[str, Any]], definition: Any) -> list[dict[str, Any]]:
    """The findings as they count when the form is to be published: without a name of its own it cannot be."""
    counted = [{**each, "severity": "error"} if each["code"] in NEEDED_TO_PUBLISH else each for each in found]
    for name, most in LONGEST.items():
        if isinstance(definition, dict) and isinstance(definition.get(name), str) and len(definition[name]) > most:
            counted.append(_too_long(name, most))
    return counted


def _too_long(name: str, most: int) -> dict[str, Any]:
    return {
        "severity": "error",
        "code": f"bad-{name}",
        "linkId": "",
        "path": name,
        "feature": name,
        "message": f"The {name} has more than {most} characters.",
        "fix": f"Give the form a shorter {name}.",
        "row": "3.1 url and version",
    }


def check(definition: Any) -> list[dict[str, Any]]:
    """The findings. Raises Problem form.too_large, and form.not_checked where the engine gave no answer in time."""
    found = checking.check(definition)
    for each in found:
        if each["code"] in ("too-large", "too-slow"):
            raise Problem("form.too_large" if each["code"] == "too-large" else "form.not_checked")
    return found


def find_form(url: str, version: str) -> Form | None:
    return db.session.scalar(select(Form).where(Form.url == url, Form.version == version))


def list_forms() -> list[Form]:
    return list(db.session.scalars(select(Form).order_by(Form.url, Form.published_at)))
