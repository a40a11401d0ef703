"""The form engine on the server: the very bundle that the tablet runs, inside quickjs.

One context per thread (a shared one crashes), strings in and strings out, with limits on time, memory and size. A context that was stopped
by a limit is thrown away, and so is one that has made a thousand calls. The engine can reach no file, clock or network.
"""

from __future__ import annotations

import hashlib
import json
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

import quickjs

from ..config import DIST

BUNDLE = DIST / "formlogic.js"
# The same engine with the tablet's presenters beside it: it draws a form that is tried out, and no result comes from it.
PREVIEW = DIST / "preview.js"
MEMORY_BYTES = 96 * 1024 * 1024
STACK_BYTES = 1024 * 1024
SECONDS = 2.0
# Reading the bundle and compiling a form's expressions happen once per context and may take longer on a busy machine.
SETUP_SECONDS = 20.0
INPUT_CHARS = 1024 * 1024
CALLS_PER_CONTEXT = 1000

_local = threading.local()


class EngineError(Exception):
    """The engine could not answer. `kind`: stopped (time or memory), too-large, unusable-form, failed. Its text holds no answer."""

    def __init__(self, kind: str, findings: list[dict[str, Any]] | None = None) -> None:
        super().__init__(f"the form engine: {kind}")
        self.kind = kind
        self.findings = findings or []


class _Context:
    """One quickjs context with the bundle in it, and the forms that it has been given."""

    def __init__(self, source: str) -> None:
        self.calls = 0
        self.forms: set[str] = set()
        self._js = quickjs.Context()
        self._js.set_memory_limit(MEMORY_BYTES)
        self._js.set_max_stack_size(STACK_BYTES)
        self._js.set_time_limit(SETUP_SECONDS)
        self._js.eval(source)
        self._js.eval("globalThis.__call = (name, text) => globalThis.formlogic.call(name, text)")
        self._function = self._js.get("__call")

    def call(self, name: str, text: str, seconds: float) -> str:
        self.calls += 1
        self._js.set_time_limit(seconds)
        return str(self._function(name, text))


@lru_cache(maxsize=4)
def _bundle(path: Path, _modified: int) -> tuple[str, str]:
    data = path.read_bytes()
    return data.decode("utf-8"), hashlib.sha256(data).hexdigest()


def _read_bundle(path: Path | None = None) -> tuple[str, str]:
    """(source, SHA-256). Read again when a build has replaced the file."""
    path = path or BUNDLE
    try:
        return _bundle(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise EngineError("failed") from error


def engine_version() -> dict[str, str]:
    """Which engine this is: the first letters of the bundle's SHA-256 as version, and all of it. Kept with every submission."""
    digest = _read_bundle()[1]
    return {"version": digest[:12], "sha256": digest}


def evaluate(
    definition: dict[str, Any], answers: dict[str, Any], context: dict[str, Any] | None = None
) -> dict[str, Any]:
    """What follows from the answers; docs/architecture.md has the shape. `context`: {now, conflicts, person}. Raises EngineError."""
    return dict(_on_form("evaluate", definition, {"answers": answers, "context": context or {}}))


def rows(
    definition: dict[str, Any],
    answers: dict[str, Any],
    evaluation: dict[str, Any] | None = None,
    context: dict[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """The answers in the form's words, page by page. Raises EngineError."""
    return list(_on_form("rows", definition, {"answers": answers, "evaluation": evaluation, "context": context or {}}))


def pages(
    definition: dict[str, Any], answers: dict[str, Any], context: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    """The pages with what is answered on each. Raises EngineError."""
    return list(_on_form("pages", definition, {"answers": answers, "context": context or {}}))


def stop_answers(
    definition: dict[str, Any], answers: dict[str, Any], context: dict[str, Any] | None = None
) -> dict[str, Any]:
    """What "Stop here" adds to the answers. Raises EngineError."""
    return dict(_on_form("stop", definition, {"answers": answers, "context": context or {}}))


def questionnaire_response(
    definition: dict[str, Any], record: dict[str, Any], context: dict[str, Any] | None = None
) -> dict[str, Any]:
    """An assessment {id, body} as a FHIR R4 QuestionnaireResponse. Raises EngineError."""
    return dict(_on_form("response", definition, {"record": record, "context": context or {}}))


def start(definition: dict[str, Any], context: dict[str, Any] | None = None) -> dict[str, Any]:
    """What stands in a new response before anybody answers: {answers, errors}. Raises EngineError."""
    return dict(_on_form("start", definition, {"context": context or {}}))


def read_response(definition: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
    """A FHIR R4 QuestionnaireResponse as answers: {answers, unread: [path]}. Raises EngineError."""
    return dict(_on_form("read", definition, {"response": response}))


def questions(
    definition: dict[str, Any], answers: dict[str, Any], context: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    """All that is drawn, page by page: for a preview. `context.language` chooses the language. Raises EngineError."""
    return list(_on_form("questions", definition, {"answers": answers, "context": context or {}}))


def preview(definition: dict[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
    """One page of a form that is tried out, as service_worker/src/preview/index.js has it. Raises EngineError."""
    return dict(_on_form("preview", definition, arguments, PREVIEW))


def preview_answer(definition: dict[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
    """One answer to it, and what follows; {unknown: true} for what that page does not ask. Raises EngineError."""
    return dict(_on_form("preview_answer", definition, arguments, PREVIEW))


def findings(definition: Any) -> list[dict[str, Any]]:
    """What the linter says of anything that claims to be a form: [{severity, code, linkId, path, feature, message, fix, row}]."""
    return list(_call("findings", {"definition": definition}, SETUP_SECONDS))


def key_of(definition: dict[str, Any]) -> str:
    """The name under which a context keeps a form. Of its plain JSON: canonical JSON would take longer than an evaluation."""
    return hashlib.sha256(json.dumps(definition).encode()).hexdigest()


def _on_form(name: str, definition: dict[str, Any], arguments: dict[str, Any], bundle: Path | None = None) -> Any:
    key = key_of(definition)
    for _attempt in range(2):
        if key not in _context(bundle).forms:
            _call("load", {"key": key, "definition": definition}, SETUP_SECONDS, bundle)
            _context(bundle).forms.add(key)
        try:
            return _call(name, {"key": key, **arguments}, SECONDS, bundle)
        except _NotLoaded:
            # The context keeps a limited number of forms, and may have been renewed in between.
            _context(bundle).forms.discard(key)
    raise EngineError("failed")


class _NotLoaded(Exception):
    pass


def _call(name: str, arguments: dict[str, Any], seconds: float, bundle: Path | None = None) -> Any:
    try:
        text = json.dumps(arguments, ensure_ascii=False)
    except RecursionError:
        # Nested deeper than any form is: not worth reading, here or in the engine.
        raise EngineError("too-large") from None
    if len(text) > INPUT_CHARS:
        raise EngineError("too-large")
    context = _context(bundle)
    try:
        answer = json.loads(context.call(name, text, seconds))
    except quickjs.JSException:
        # Whatever reaches us as an exception stopped the engine itself; what it was may hold an answer, so it is not passed on.
        _contexts().pop(bundle, None)
        raise EngineError("stopped") from None
    if "error" not in answer:
        return answer["value"]
    if answer["error"] == "not-loaded":
        raise _NotLoaded
    raise EngineError("unusable-form" if answer["findings"] else "failed", answer["findings"])


def _contexts() -> dict[Path | None, tuple[str, _Context]]:
    """This thread's contexts, by the bundle in them."""
    if not hasattr(_local, "contexts"):
        _local.contexts = {}
    contexts: dict[Path | None, tuple[str, _Context]] = _local.contexts
    return contexts


def _context(bundle: Path | None = None) -> _Context:
    source, digest = _read_bundle(bundle)
    current = _contexts().get(bundle)
    if current is None or current[0] != digest or current[1].calls >= CALLS_PER_CONTEXT:
        current = (digest, _Context(source))
        _contexts()[bundle] = current
    return current[1]
