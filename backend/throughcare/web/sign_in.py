"""Signing in to the office, and out."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, make_response, redirect, render_template, request

from ..identity import sign_out
from ..permissions import public
from ..problems import Problem, set_problem_page
from .demo import people

blueprint = Blueprint("sign_in", __name__)


@blueprint.get("/office/sign-in")
@public("Signing in comes before knowing who it is.")
def show() -> Any:
    return render_template("office/sign_in/show.html", demo=people())


@blueprint.post("/office/sign-out")
@public("Signing out needs no permission, and an ended session may do it too.")
def leave() -> Any:
    sign_out()
    return redirect("/office/sign-in", 303)


def problem_page(problem: Problem) -> Any:
    """A refusal in plain words. Who is not signed in is sent to sign in."""
    if problem.code == "auth.sign_in_needed" and request.method == "GET":
        return redirect("/office/sign-in", 303)
    page = render_template("office/problem.html", words=problem.words, code=problem.code)
    answer = make_response(page, problem.status)
    answer.headers.update(problem.headers)
    return answer


def init_app(app: Flask) -> None:
    set_problem_page(app, problem_page)
