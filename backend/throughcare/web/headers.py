"""What stands around every answer: the policy that the device's pages carry too, and who may ask from where."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, redirect, request

from ..config import FRONTEND
from ..problems import Problem

POLICY: dict[str, str] = json.loads((FRONTEND / "policy.json").read_text("utf-8"))["headers"]
SAFE = ("GET", "HEAD", "OPTIONS")
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip")
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def _check_host() -> Any:
    """Demo mode lets anyone sign in, so it answers this machine alone (docs/security-model.md)."""
    host = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    public = urlsplit(current_app.config["PUBLIC_ORIGIN"])
    if request.path == "/health":
        return None
    if public.hostname == "localhost" and host in LOOPBACK[1:] and request.method in SAFE:
        # Passkeys belong to a name: an address would make a second service of the same one.
        port = f":{request.host.rsplit(':', 1)[1]}" if ":" in request.host.removeprefix("[::1]") else ""
        return redirect(f"http://localhost{port}{request.full_path.rstrip('?')}", 307)
    if current_app.config["DEMO"]:
        near = request.remote_addr in (None, "127.0.0.1", "::1")
        if host not in LOOPBACK or not near or any(name in request.headers for name in FORWARDED):
            raise Problem("request.not_from_here")
    return None


def _check_origin() -> None:
    """A change that a cookie authorises comes from our own pages. Sec-Fetch-Site says so; an older browser's Origin
    must be ours. A device token cannot be sent by a foreign page, so sync needs no check."""
    if request.method in SAFE or request.path.startswith("/sync/"):
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site == "same-origin" or (site is None and origin == current_app.config["PUBLIC_ORIGIN"]):
        return
    raise Problem("request.foreign_page")


def _dress(response: Response) -> Response:
    for name, value in POLICY.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    if urlsplit(current_app.config["PUBLIC_ORIGIN"]).scheme == "https":
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


def init_app(app: Flask) -> None:
    app.before_request(_check_host)
    app.before_request(_check_origin)
    app.after_request(_dress)
