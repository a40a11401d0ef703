"""A proxy that loses answers: it hands a request on, waits until the server has answered, and then does as it is told."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# (path, status, body) -> the body to pass on; another answer as (status, content type, body); or None to cut the
# connection.
Answer = tuple[int, str, bytes]
Meddler = Callable[[str, int, bytes], bytes | Answer | None]
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
    """Listens on its own port; `meddle` is asked about every answer until it is taken away."""

    def __init__(self, port: int = 0) -> None:
        self.target = 0
        self.meddle: Meddler | None = None
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_args: object) -> None:
                pass

            def _pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
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
                self.send_response(status)
                for name, value in answered:
                    if name.lower() not in HOP_BY_HOP:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(passed)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(passed)

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
