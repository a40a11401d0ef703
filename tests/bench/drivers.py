"""Two browsers that Playwright does not drive as Debian ships them: Firefox over Marionette, WebKitGTK over WebDriver. Each can open
an address and run a script in the page, which is all that the story needs."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

SCRIPT_SECONDS = 60
MINI_BROWSER = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser"


class Firefox:
    """Marionette: `length:[0, id, command, parameters]` over TCP, answered by `length:[1, id, error, result]`."""

    name = "Firefox ESR"
    program = "firefox-esr"

    def __init__(self, folder: Path) -> None:
        port = _free_port()
        (folder / "user.js").write_text(f'user_pref("marionette.port", {port});\n')
        words = [self.program, "--headless", "--no-remote", "--marionette", "--profile", str(folder)]
        self.process = _started(words, folder)
        self.socket = _until(lambda: socket.create_connection(("127.0.0.1", port), timeout=SCRIPT_SECONDS + 30))
        self.next_id = 0
        self._read()
        told = self._call("WebDriver:NewSession", {"capabilities": {"alwaysMatch": {}}})
        self.version = told["capabilities"]["browserVersion"]
        self._call("WebDriver:SetTimeouts", {"script": SCRIPT_SECONDS * 1000, "pageLoad": 60_000})

    def go(self, address: str) -> None:
        self._call("WebDriver:Navigate", {"url": address})

    def run(self, script: str, *arguments: Any) -> Any:
        """The value that the body of an async function returns in the page."""
        told = self._call("WebDriver:ExecuteAsyncScript", {"script": _async(script), "args": list(arguments)})
        return _value(told["value"])

    def close(self) -> None:
        self.socket.close()
        _stopped(self.process)

    def _call(self, command: str, parameters: dict[str, Any]) -> Any:
        self.next_id += 1
        message = json.dumps([0, self.next_id, command, parameters]).encode()
        self.socket.sendall(b"%d:%s" % (len(message), message))
        _, _, error, result = self._read()
        if error:
            raise AssertionError(f"{command}: {error['message']}")
        return result

    def _read(self) -> Any:
        length = b""
        while not length.endswith(b":"):
            length += self.socket.recv(1)
        body = b""
        while len(body) < int(length[:-1]):
            body += self.socket.recv(int(length[:-1]) - len(body))
        return json.loads(body)


class WebKit:
    """W3C WebDriver over HTTP, by WebKitWebDriver, which starts MiniBrowser on a virtual screen."""

    name = "WebKitGTK"
    program = "WebKitWebDriver"

    def __init__(self, folder: Path) -> None:
        port, screen = _free_port(), 90 + os.getpid() % 9
        self.screen = _started(["Xvfb", f":{screen}", "-screen", "0", "1280x1000x24"], folder)
        home = {
            "DISPLAY": f":{screen}",
            "HOME": str(folder),
            "XDG_DATA_HOME": str(folder),
            "XDG_CACHE_HOME": str(folder),
        }
        # As root, where tests mostly run, the browser's own sandbox cannot start.
        home["WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS"] = "1"
        self.process = _started([self.program, f"--port={port}"], folder, home)
        self.address = f"http://127.0.0.1:{port}/session"
        wanted = {"webkitgtk:browserOptions": {"binary": MINI_BROWSER, "args": ["--automation"]}}
        told = _until(lambda: self._post("", {"capabilities": {"alwaysMatch": wanted}}))
        self.address += "/" + told["sessionId"]
        self.version = told["capabilities"]["browserVersion"]
        self._post("/timeouts", {"script": SCRIPT_SECONDS * 1000, "pageLoad": 60_000})

    def go(self, address: str) -> None:
        self._post("/url", {"url": address})

    def run(self, script: str, *arguments: Any) -> Any:
        """The value that the body of an async function returns in the page."""
        return _value(self._post("/execute/async", {"script": _async(script), "args": list(arguments)}))

    def close(self) -> None:
        _stopped(self.process)
        _stopped(self.screen)

    def _post(self, path: str, data: dict[str, Any]) -> Any:
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.address + path, json.dumps(data).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=SCRIPT_SECONDS + 30) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(json.load(error)["value"]["message"]) from error


def _async(script: str) -> str:
    return (
        "const done = arguments[arguments.length - 1]; const given = [...arguments].slice(0, -1);"
        f"(async (...args) => {{ {script} }})(...given).then((value) => done([true, value ?? null]), (error) => done([false, String(error)]));"
    )


def _value(answer: Any) -> Any:
    # A page that goes away answers nothing.
    went_well, value = answer or (False, "the page went away")
    assert went_well, value
    return value


def _started(words: list[str], folder: Path, more: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
    with (folder / "browser.log").open("ab") as log:
        return subprocess.Popen(words, env={**os.environ, **(more or {})}, stdout=log, stderr=log)


def _stopped(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)


def _until(ask: Callable[[], Any], seconds: int = 60) -> Any:
    until = time.monotonic() + seconds
    while True:
        try:
            return ask()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.3)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
