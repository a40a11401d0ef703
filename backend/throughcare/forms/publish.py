"""Publishing a form. A published version is never changed: the next version is added beside it, and old answers keep theirs."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from .. import audit, clock
from ..db import db
from ..models import Form, new_id
from ..problems import Problem
from ..records.revision import sha256
from . import engine


def publish(definition: Any, by: str | None = None) -> Form:
    """The form's row. `by` is the id of the user who publishes, None for the command line.

    Publishing the same content again gives the row that stands. Raises Problem form.not_usable with the findings that stop it,
    form.version_taken where url and version already name other content, form.too_large and form.not_checked where the engine gave no answer.
    """
    found = check(definition)
    errors = [each for each in found if each["severity"] == "error"]
    if errors:
        raise Problem("form.not_usable", findings=errors, count=len(errors))
    digest = sha256(definition)
    standing = find_form(definition["url"], definition["version"])
    if standing is not None:
        if standing.sha256 != digest:
            raise Problem("form.version_taken", form=standing.form)
        return standing
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
    audit.deed("form.published", form.id, actor_id=by, sha256=digest)
    return form


def check(definition: Any) -> list[dict[str, Any]]:
    """The linter's findings. Raises Problem form.too_large or form.not_checked."""
    try:
        return engine.findings(definition)
    except engine.EngineError as error:
        raise Problem("form.too_large" if error.kind == "too-large" else "form.not_checked") from None


def find_form(url: str, version: str) -> Form | None:
    return db.session.scalar(select(Form).where(Form.url == url, Form.version == version))


def list_forms() -> list[Form]:
    return list(db.session.scalars(select(Form).order_by(Form.url, Form.published_at)))
