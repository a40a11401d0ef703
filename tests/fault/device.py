"""The shipped store, queue and sync of a tablet in a Node process of its own, for as many lost answers as one likes."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

from browser.server import HOME

SHIPPED = HOME / "service_worker" / "src"
# Ways to get delivery wrong, as changes to the shipped source: what the fault tests must be able to see.
BROKEN = {
    "trusts any 200": (
        "sync/step.js",
        "const results = answer.results.filter((each) => asked.has(each.op));",
        'const results = state.ops.map(({ op }) => answer.results?.find((each) => each.op === op) ?? { op, state: "applied", rev: "1-a" });',
    ),
    "reads a portal's page as an answer": (
        "sync/exchange.js",
        "if (response.ok && answer && looksRight(answer)) return answer;",
        'if (response.ok && answer && looksRight(answer)) return answer; if (response.ok && body.ops) return { epoch: "e", results: body.ops.map(({ op }) => ({ op, state: "applied", rev: "1-a" })) };',
    ),
    "takes a refusal for an answer": (
        "sync/exchange.js",
        "throw new Refused(response.status, answer.code, seconds(response));",
        '{ if (body.ops) return { epoch: "e", results: body.ops.map(({ op }) => ({ op, state: "applied", rev: "1-a" })) }; throw new Refused(response.status, answer.code, seconds(response)); }',
    ),
    "takes half an answer for an answer": (
        "sync/exchange.js",
        'throw new Unreachable("Nothing came back.", { cause: error });',
        'if (response && body.ops) return { epoch: "e", results: body.ops.map(({ op }) => ({ op, state: "applied", rev: "1-a" })) }; throw new Unreachable("Nothing came back.", { cause: error });',
    ),
    "gives up what is too large": (
        "sync/step.js",
        'effect: { do: "set_aside", op, why: "op.not_passed" }',
        'effect: { do: "store_results", results: [{ op, state: "rejected", why: "sync.too_large" }], heard: false, told: null }',
    ),
    "does not wait when asked to": ("sync/schedule.js", "if (await asksToWait(store))", "if (false)"),
    "has no patience with a slow link": ("sync/exchange.js", "    patience.wait();\n", ""),
    "makes a new op of what it sends again": (
        "sync/exchange.js",
        "const text = JSON.stringify(body);",
        "const text = JSON.stringify(body.ops ? { ...body, ops: body.ops.map((each) => ({ ...each, op: crypto.randomUUID() })) } : body);",
    ),
}


def broken(folder: Path, name: str) -> Path:
    """A copy of the shipped source that gets delivery wrong in this way."""
    where, right, wrong = BROKEN[name]
    shutil.copytree(SHIPPED, folder / "src", dirs_exist_ok=True)
    path = folder / "src" / where
    source = path.read_text()
    assert source.count(right) == 1, f"{where} changed: write this broken variant anew"
    path.write_text(source.replace(right, wrong))
    return folder / "src"


class Device:
    """An enrolled tablet of `user_id` that reaches the service at `origin`."""

    def __init__(self, origin: str, user_id: str, source: Path = SHIPPED) -> None:
        self.process = subprocess.Popen(
            ["node", str(HOME / "tests" / "fault" / "device.mjs"), str(source), str(HOME / "frontend"), origin],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._line() == {"ready": True}
        code = _post(origin, "demo", {"user_id": user_id})["code"]
        _post(origin, "start", {"code": code})
        made = _post(origin, "finish", {"code": code, "device_name": "Tablet", "credential": None})
        self.id, self.token = made["device"]["id"], made["token"]
        self.session(self.token)

    def session(self, token: str) -> None:
        self.do("enrolled", device={"id": self.id}, token=token)

    def do(self, command: str, **given: Any) -> Any:
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"command": command, **given}) + "\n")
        self.process.stdin.flush()
        answer = self._line()
        if "failed" in answer:  # no AssertionError: a crash is not what a test of a broken device waits for
            raise RuntimeError(answer["failed"])
        return answer["answer"]

    def _line(self) -> dict[str, Any]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the device's process ended")
        return json.loads(line)

    @property
    def waiting(self) -> list[str]:
        """The ops that still wait, oldest first."""
        return [each["op"] for each in self.do("state")["outbox"] if each["state"] in ("waiting", "sending")]

    def close(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


def _post(origin: str, step: str, body: dict[str, Any]) -> dict[str, Any]:
    headers = {"Content-Type": "application/json", "Origin": origin}
    request = urllib.request.Request(f"{origin}/api/v1/enrolments/{step}", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)
