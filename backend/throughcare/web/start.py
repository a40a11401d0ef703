"""What reaches Flask before a worker controls the page: the start page, the program's own files, and nothing else."""

from __future__ import annotations

from mimetypes import guess_type
from typing import Any

from flask import Blueprint, render_template, request, send_from_directory

from ..config import DIST
from ..permissions import public
from ..problems import Problem
from .demo import people

blueprint = Blueprint("start", __name__)


@blueprint.get("/sw.js")
@public("The program of the tablet, the same for everybody.")
def worker() -> Any:
    answer = _program_file("sw.js", "text/javascript")
    answer.headers["Service-Worker-Allowed"] = "/"
    return answer


@blueprint.get("/manifest.webmanifest")
@public("The name and icons of the program.")
def manifest() -> Any:
    return _program_file("manifest.webmanifest", "application/manifest+json")


@blueprint.get("/static/<path:name>")
@public("The program's files, the same for everybody.")
def static(name: str) -> Any:
    return _program_file(f"static/{name}", guess_type(name)[0] or "application/octet-stream")


def _program_file(name: str, mimetype: str) -> Any:
    """A built file, in its Brotli form where the build made one and the browser takes it."""
    packed = request.accept_encodings["br"] > 0 and (DIST / f"{name}.br").is_file()
    answer = send_from_directory(DIST, f"{name}.br" if packed else name, mimetype=mimetype)
    if packed:
        answer.headers["Content-Encoding"] = "br"
    answer.headers["Vary"] = "Accept-Encoding"
    # Names carry no hash: the worker checks every file against the hash of its release, so a browser asks again.
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@blueprint.route("/", defaults={"path": ""}, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
@blueprint.route("/<path:path>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
@public("The start page holds nothing; anything else here is refused unread.")
def start(path: str) -> Any:
    """A GET of any field path is answered with the start page: the worker takes over from there. What is posted here
    was meant for the device, and is refused unread."""
    if request.method != "GET":
        raise Problem("device.not_ready")
    if path.split("/", 1)[0] in ("office", "api", "sync", "enrol", "static", "health"):
        raise Problem("page.not_found")
    return render_template("office/start.html", demo=people())
