"""`run.py bench engines`: the core of the story in Firefox ESR and in WebKitGTK, by passphrase. Prints what each did, step by step.

Enrol, add a person, start an assessment, answer; the server process is stopped; answer, type-free reload, lock, unlock by
passphrase; the server starts again, and what was recorded is sent without anybody asking. Taps are synthetic: a script in the page.
Packages: firefox-esr, webkit2gtk-driver, xvfb (Debian).
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from bench.drivers import Firefox, WebKit
from browser.conftest import who
from browser.server import Server
from browser.tablet import PASSPHRASE, _post

FILL = """
  const form = document.querySelector(args[0]);
  for (const [name, value] of Object.entries(args[1])) {
    const field = form.elements.namedItem(name);
    if (field instanceof RadioNodeList || field.type === "radio" || field.type === "checkbox")
      [...form.querySelectorAll(`[name="${name}"]`)].find((each) => each.value === value || value === true).click();
    else { field.value = value; field.dispatchEvent(new Event("input", { bubbles: true })); }
  }
  form.requestSubmit(form.querySelector("[type=submit]"));
"""
ANSWER = """
  const form = [...document.querySelectorAll("#questions form")].find((each) => each.link_id.value === args[0]);
  form.querySelector(`input[name=value][value="${args[1]}"]`).click();
"""
CHECKED = """
  const form = [...document.querySelectorAll("#questions form")].find((each) => each.link_id.value === args[0]);
  return form?.querySelector(`input[name=value][value="${args[1]}"]`)?.checked ?? false;
"""
SAYS = "return (document.querySelector(args[0])?.textContent ?? '').replace(/\\s+/g, ' ').trim();"


class Story:
    def __init__(self, browser: Any, server: Server) -> None:
        self.browser, self.server = browser, server

    def told(self, words: str) -> None:
        print(f"  {words}", flush=True)

    def until(self, what: str, seen: Callable[[], bool], seconds: int = 60) -> None:
        until = time.monotonic() + seconds
        while not seen():
            assert time.monotonic() < until, f"{what} did not come; the page says: {self.says('body')[:300]}"
            time.sleep(0.2)

    def says(self, selector: str) -> str:
        try:
            return str(self.browser.run(SAYS, selector))
        except AssertionError:
            return ""  # the page was on its way out

    def path(self) -> str:
        try:
            return str(self.browser.run("return location.pathname;"))
        except AssertionError:
            return ""

    def answer(self, link_id: str, code: str) -> None:
        self.browser.run(ANSWER, link_id, code)
        self.until(f"{link_id} saved", lambda: self.says("#saved").startswith("Saved"))
        assert self.browser.run(CHECKED, link_id, code), f"{link_id} does not stand"

    def unlock(self) -> None:
        self.until("the lock", lambda: "Passphrase" in self.says("body"))
        time.sleep(1)  # its script comes after its words
        self.browser.run(FILL, "[data-unlock-form]", {"passphrase": PASSPHRASE})

    def tell(self) -> None:
        browser, origin = self.browser, self.server.origin
        code = _post(origin + "/api/v1/enrolments/demo", {"user_id": who("Nia Farrow")})["code"]
        browser.go(f"{origin}/enrol/#{code}")
        self.until("the form of the ways in", lambda: "Nia Farrow" in self.says("[data-enrol-who]"))
        ways = {"device_name": "Tablet", "passphrase": PASSPHRASE, "passphrase_again": PASSPHRASE}
        browser.run(FILL, "[data-enrol-form]", ways)
        self.until("the suite", lambda: self.says("h1").endswith("here"), 120)
        self.told(f"enrolled by passphrase; the suite says: {self.says('h1')}")

        browser.go(origin + "/people/new")
        person = {
            "given_name": "Sorrel",
            "family_name": "Whinfield",
            "dob_day": "5",
            "dob_month": "6",
            "dob_year": "1988",
        }
        browser.run(
            FILL, "main form:has([name=given_name])", {**person, "custody_number": "HL/9940", "route": "cell-sweep"}
        )
        self.until("the stay", lambda: self.path().startswith("/episodes/"))
        episode = self.path().split("/")[2]
        browser.go(f"{origin}/assessments/new?episode={episode}")
        start = browser.run(
            """return [...document.querySelectorAll("#questionnaire label")].find((each) => each.textContent.includes("First contact"))
            .control.value;"""
        )
        browser.run(
            FILL, "main form:has([name=basis])", {"identity": True, "questionnaire": start, "basis": "voluntary"}
        )
        self.until("the first page", lambda: "/pages/" in self.path())
        page = self.path()
        self.answer("gate-cleared", "cleared")
        self.told("person, stay and assessment made; a first answer saved")

        self.server.stop()
        self.answer("gate-age", "adult")
        browser.run("document.body.id = 'before'; location.reload();")
        self.until("the page again", lambda: self.says("h1") == "Before you start" and not self.says("#before"))
        for link_id, value in (("gate-cleared", "cleared"), ("gate-age", "adult")):
            assert browser.run(CHECKED, link_id, value), f"{link_id} was lost over a reload"
        self.told("server process stopped: answered, reloaded, both answers stand")
        browser.run("document.querySelector('[data-conceal] button').click();")
        self.unlock()
        self.until("the page after the lock", lambda: self.says("h1") != "" and "Passphrase" not in self.says("body"))
        browser.go(origin + page)
        self.until("the page after the lock", lambda: self.says("h1") == "Before you start")
        assert browser.run(CHECKED, "gate-age", "adult"), "an answer was lost over the lock"
        self.answer("gate-support", "none")
        self.told("concealed, locked, unlocked by passphrase without a server; answered again")
        browser.go(origin + "/")
        self.until("what waits", lambda: "Waiting to send" in self.says("#sync-strip"))
        self.told(f"the strip says: {self.says('#sync-strip')[:60]}")

        self.server.start()
        self.until("the sending", lambda: "Waiting to send" not in self.says("#sync-strip"), 150)
        self.told(f"server started again; the strip says, unasked: {self.says('#sync-strip')[:60]}")
        assert "The same" in self.server.cli("rebuild", "--check")


def main() -> int:
    failed = 0
    for engine in (Firefox, WebKit):
        if not shutil.which(engine.program):
            print(f"{engine.name}: not tried, {engine.program} is not installed")
            failed += 1
            continue
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            (Path(folder) / "profile").mkdir()
            server = Server(Path(folder)).start()
            browser = engine(Path(folder) / "profile")
            print(f"{engine.name} {browser.version}", flush=True)
            try:
                Story(browser, server).tell()
                print("  went through")
            except AssertionError as error:
                failed += 1
                print(f"  STOPPED: {error}")
            finally:
                browser.close()
                server.stop()
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
