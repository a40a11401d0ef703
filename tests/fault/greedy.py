"""A server that answers a first fetch whole, however large it is, and nobody else meanwhile. For the positive control
only."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterable
from typing import Any

from flask import Flask

import throughcare

_one_at_a_time = threading.Lock()


def create_app() -> Flask:
    app = throughcare.create_app()
    inner = app.wsgi_app

    def ask(environ: dict[str, Any], start: Any, body: bytes) -> list[bytes]:
        changed = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body)), "HTTP_ACCEPT_ENCODING": "identity"}
        return list(inner({**environ, **changed}, start))

    def greedy(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        sent = json.loads(body or b"{}")
        if not environ["PATH_INFO"].endswith("pull") or sent.get("cursor"):
            with _one_at_a_time:
                return ask(environ, start, body)
        records: list[Any] = []
        with _one_at_a_time:
            while True:
                page = json.loads(b"".join(ask(environ, lambda *_: None, json.dumps(sent).encode())))
                records += page["records"]
                sent |= {"cursor": page["cursor"], "epoch": page["epoch"]}
                if not page["more"]:
                    break
        whole = json.dumps({**page, "records": records}).encode()
        start("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(whole)))])
        return [whole]

    app.wsgi_app = greedy  # type: ignore[method-assign]
    return app
