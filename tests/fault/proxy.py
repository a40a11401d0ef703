"""A proxy that loses answers: it hands a request on, waits until the server has answered, and then does as it is told.
Or it stops the request before any server sees it, as middleboxes do."""

from __future__ import annotations

import contextlib
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# (path, status, body) -> the body to pass on; another answer as (status, content type, body); or None to cut the
# connection.
Answer = tuple[int, str, bytes]


@dataclass
class Stopped:
    """What a middlebox says by itself."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass
class Part:
    """Only the first bytes of an answer that announces all of them; `stalls` seconds of silence, then the connection is
    gone. With `pace`, so many bytes each tenth of a second."""

    body: bytes
    upto: int
    stalls: float = 0
    pace: int = 0


Gate = Callable[[str, bytes], Stopped | None]
Meddler = Callable[[str, int, bytes], bytes | Answer | Part | None]
HOP_BY_HOP = {
    "connection",
    "keep-alive",
    "transfer-encoding",
    "content-length",
    "content-encoding",
    "host",
    "accept-encoding",
}


class Proxy:
    """Listens on its own port; `gate` is asked about every request and `meddle` about every answer until they are taken
    away."""

    def __init__(self, port: int = 0) -> None:
        self.target = 0
        self.meddle: Meddler | None = None
        self.gate: Gate | None = None
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_args: object) -> None:
                pass

            def _pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
                stopped = proxy.gate(self.path, body or b"") if proxy.gate else None
                if stopped:
                    self._say(stopped.status, list(stopped.headers.items()), stopped.body)
                    return
                headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
                headers["Host"] = self.headers["Host"]
                if self.headers.get("Content-Encoding"):
                    headers["Content-Encoding"] = self.headers["Content-Encoding"]
                request = urllib.request.Request(
                    f"http://127.0.0.1:{proxy.target}{self.path}", body, headers, method=self.command
                )
                try:
                    with _opener.open(request, timeout=30) as answer:
                        status, answered, data = answer.status, list(answer.headers.items()), answer.read()
                except urllib.error.HTTPError as error:
                    status, answered, data = error.code, list(error.headers.items()), error.read()
                except OSError:
                    self.close_connection = True
                    return
                passed = proxy.meddle(self.path, status, data) if proxy.meddle else data
                if passed is None:
                    self.close_connection = True
                    return
                if isinstance(passed, tuple):
                    status, kind, passed = passed
                    answered = [("Content-Type", kind)]
                self._say(status, answered, passed)

            def _say(self, status: int, headers: list[tuple[str, str]], body: bytes | Part) -> None:
                part = body if isinstance(body, Part) else Part(body, len(body))
                self.send_response(status)
                for name, value in headers:
                    if name.lower() not in HOP_BY_HOP:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(part.body)))
                self.end_headers()
                if self.command == "HEAD":
                    return
                step = part.pace or max(1, part.upto)
                with contextlib.suppress(ConnectionError):  # who asked may be gone by now
                    self._write(part, step)

            def _write(self, part: Part, step: int) -> None:
                for at in range(0, part.upto, step):
                    self.wfile.write(part.body[at : min(at + step, part.upto)])
                    self.wfile.flush()
                    time.sleep(0.1 if part.pace else 0)
                if part.upto < len(part.body):
                    time.sleep(part.stalls)
                    self.close_connection = True

            do_GET = do_POST = do_HEAD = do_PUT = do_DELETE = _pass_on  # noqa: N815

        self.listener = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.listener.daemon_threads = True
        self.port = self.listener.server_address[1]
        threading.Thread(target=self.listener.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.listener.shutdown()
        self.listener.server_close()


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))
