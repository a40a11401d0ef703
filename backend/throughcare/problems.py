"""Every refusal is a Problem: a stable code with words that say what happened, what is safe and what to do now.

The words live in problems.json, which the device's build reads too. No word here may hold a name, a date of birth or
an answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

CATALOGUE: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "problems.json").read_text("utf-8"))
TYPE = "https://throughcare.example/problems/"
FOR_MACHINES = ("/api/", "/sync/", "/health")
# What Werkzeug raises by itself, in our words.
BY_STATUS = {
    400: "request.malformed",
    404: "page.not_found",
    405: "request.wrong_method",
    413: "request.too_large",
    415: "request.wrong_type",
}

Renderer = Callable[["Problem"], Any]


class Problem(Exception):
    """A refusal. `code` stands in the catalogue.

    `fields` names what to mend ({"field": "what is wrong with it"}); `headers` go out with the answer; other details
    (ids, counts, codes; never a name or an answer) travel to machines as they are.
    """

    def __init__(
        self, code: str, *, fields: dict[str, str] | None = None, headers: dict[str, str] | None = None, **details: Any
    ) -> None:
        if code not in CATALOGUE:
            raise LookupError(f"The problem {code!r} has no words: add it to backend/throughcare/problems.json.")
        super().__init__(code)
        self.code, self.fields, self.headers, self.details = code, fields or {}, headers or {}, details

    @property
    def words(self) -> dict[str, Any]:
        return CATALOGUE[self.code]

    @property
    def status(self) -> int:
        return int(self.words["status"])

    def as_dict(self) -> dict[str, Any]:
        """The RFC 9457 body."""
        words = self.words
        body = {
            "type": TYPE + self.code,
            "code": self.code,
            "status": self.status,
            "title": words["title"],
            "detail": f"{words['happened']} {words['safe']} {words['do']}",
            "happened": words["happened"],
            "safe": words["safe"],
            "do": words["do"],
        }
        if self.fields:
            body["fields"] = self.fields
        return {**self.details, **body}


def problem_json(problem: Problem) -> Response:
    return Response(
        json.dumps(problem.as_dict()),
        status=problem.status,
        mimetype="application/problem+json",
        headers={"Cache-Control": "no-store", **problem.headers},
    )


def plain_page(problem: Problem) -> Response:
    """What a person gets before `web` has registered its own page."""
    words = problem.words
    text = "\n\n".join((words["title"], words["happened"], words["safe"], words["do"]))
    return Response(text, status=problem.status, mimetype="text/plain", headers=problem.headers)


def set_problem_page(app: Flask, renderer: Renderer) -> None:
    """Let `web` draw problems for people: `renderer(problem)` returns a response with the problem's status."""
    app.extensions["throughcare.problem_page"] = renderer


def answer(problem: Problem) -> Any:
    """The answer to this request: JSON for machines, a page for people."""
    if request.path.startswith(FOR_MACHINES):
        return problem_json(problem)
    renderer: Renderer = current_app.extensions.get("throughcare.problem_page", plain_page)
    return renderer(problem)


def init_app(app: Flask) -> None:
    from . import audit, logs

    @app.errorhandler(Problem)
    def on_problem(problem: Problem) -> Any:
        logs.note(problem=problem.code)
        if audit.is_refusal(problem) and (seconds := audit.refused(problem.code)):
            return answer(Problem("request.too_many", headers={"Retry-After": str(seconds)}))
        return answer(problem)

    @app.errorhandler(HTTPException)
    def on_http(error: HTTPException) -> Any:
        if error.code is not None and error.code < 400:
            return error  # a redirect, such as the one to a trailing slash
        return on_problem(
            Problem(
                BY_STATUS.get(error.code or 500, "server.failed" if (error.code or 500) >= 500 else "request.malformed")
            )
        )

    @app.errorhandler(OperationalError)
    def on_busy(error: OperationalError) -> Any:
        # A locked or lost database: nothing was committed, and a device tries again by itself.
        logs.failure(error)
        return answer(Problem("server.busy", headers={"Retry-After": "5"}))

    @app.errorhandler(Exception)
    def on_anything(error: Exception) -> Any:
        logs.failure(error)
        return answer(Problem("server.failed"))
