"""A tablet in a worker's hands: a real Chromium with a profile of its own, spoken to in the words on its screen."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import time
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, Playwright, expect

HOME = Path(__file__).resolve().parents[2]
AXE = HOME / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
PASSPHRASE = "demo demo demo"
# The toolbar around the page, a page of the browser's own in this version: nobody sees it here, and starting it takes as long
# as all the rest. Before it what Playwright turns off, because the last of these switches is the one that counts.
NO_TOOLBAR = (
    "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,LensOverlay,"
    "MediaRouter,PaintHolding,ThirdPartyStoragePartitioning,AvoidCorsURLLoaderRestartOnRedirect,TcpPortRandomizationWin,"
    "OptimizationHints,NetworkTimeServiceQuerying,AimEnabled,PreconnectToSearch,"
    "PreloadTopChromeWebUI,InitialWebUI,InitialWebUIWithoutExtensions,WebUIReloadButton,WebUIToolbar,WebUILocationBar,"
    "WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,"
    "SpareRendererForSitePerProcess"  # a process in store for another site: we go to none
)
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--disable-dev-shm-usage", f"--disable-features={NO_TOOLBAR}",
]  # fmt: skip
# The policy's own report, turned into a console line that carries no content of the page.
REPORTER = "addEventListener('securitypolicyviolation', e => console.error('CSP-VIOLATION ' + e.effectiveDirective + ' ' + e.sourceFile + ':' + e.lineNumber));"

# Its letters are there and its last change of size is drawn: axe measures. What it passed stays in the page.
VIOLATIONS = """async options => {
  await document.fonts.ready;
  await new Promise((done) => requestAnimationFrame(() => done()));
  const { violations } = await axe.run(document, options);
  return violations.flatMap(rule => rule.nodes.map(node => [rule.id, node.target]));
}"""


class Browser:
    """One Chromium profile. It can be closed, or killed as a power cut would, and opened again."""

    def __init__(
        self,
        playwright: Playwright,
        profile: Path,
        origin: str,
        width: int = 820,
        height: int = 1180,
        scheme: str = "light",
        touch: bool = False,
    ) -> None:
        self.playwright, self.profile, self.origin = playwright, profile, origin
        self.size, self.scheme, self.touch = {"width": width, "height": height}, scheme, touch
        self.violations: list[str] = []
        self.errors: list[str] = []
        self.context: BrowserContext
        self.page: Page
        self.open()

    def open(self) -> None:
        self.has_axe = False
        self.context = self.playwright.chromium.launch_persistent_context(
            str(self.profile), executable_path=os.environ.get("THROUGHCARE_CHROMIUM", "/usr/bin/chromium"), headless=True, args=QUIET,
            viewport=self.size, color_scheme=self.scheme, has_touch=self.touch, locale="en-GB", timezone_id="Europe/London",
        )  # fmt: skip
        self.context.set_default_timeout(15_000)
        self.context.add_init_script(REPORTER)
        self.context.on("console", self._heard)
        self.page = self.context.pages[0] if self.context.pages else self.context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _heard(self, message: Any) -> None:
        if message.text.startswith("CSP-VIOLATION") or "Content Security Policy" in message.text:
            self.violations.append(message.text)

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self.context.close()

    def kill(self) -> None:
        """kill -9 of every process of this profile."""
        marker = f"--user-data-dir={self.profile}".encode()
        pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit() and marker in _cmdline(path)]
        assert pids, "no browser process was found to kill"
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.close()
        for _ in range(50):
            if not any(marker in _cmdline(path) for path in Path("/proc").iterdir() if path.name.isdigit()):
                break
            time.sleep(0.1)
        for name in ("SingletonLock", "SingletonCookie", "SingletonSocket"):
            (self.profile / name).unlink(missing_ok=True)

    def go(self, path: str) -> None:
        self.page.goto(self.origin + path)

    def axe(self) -> list[str]:
        """What axe finds on the page as it stands: rule and element, never its text."""
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE.read_text())
        options = {
            "resultTypes": ["violations"],
            "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
        }
        return [f"{rule}: {target}" for rule, target in self.page.evaluate(VIOLATIONS, options)]

    def bring_axe(self) -> None:
        """Every document has axe from its beginning: sending it to each as it is looked at takes far longer."""
        if not self.has_axe:
            self.context.add_init_script(path=AXE)
            self.has_axe = True


def _cmdline(path: Path) -> bytes:
    try:
        return (path / "cmdline").read_bytes()
    except OSError:
        return b""


class Tablet(Browser):
    """A browser that a field worker has enrolled."""

    def authenticator(self) -> None:
        """A virtual passkey authenticator with PRF, for this tab only."""
        session = self.context.new_cdp_session(self.page)
        session.send("WebAuthn.enable", {"enableUI": False})
        session.send("WebAuthn.addVirtualAuthenticator", {"options": {
            "protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": True, "automaticPresenceSimulation": True, "hasPrf": True,
        }})  # fmt: skip
        self.cdp = session

    def invite(self, user_id: str) -> None:
        """Open a fresh one-time link for this worker."""
        code = _post(self.origin + "/api/v1/enrolments/demo", {"user_id": user_id})["code"]
        self.go(f"/enrol/#{code}")

    def enrol(self, user_id: str, passkey: bool = False, name: str = "Tablet") -> None:
        """By a one-time link, as a worker does it; ends on the suite."""
        if passkey:
            self.authenticator()
        self.invite(user_id)
        form = self.page.locator("[data-enrol-form]")
        form.locator("[name=device_name]").fill(name)
        for field in ("passphrase", "passphrase_again"):
            if form.locator(f"[name={field}]").count():
                form.locator(f"[name={field}]").fill(PASSPHRASE)
        if form.locator("[name=passkey]").count():
            form.locator("[name=passkey]").set_checked(passkey, force=True)
        form.locator("[type=submit]").click()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text("here", timeout=30_000)

    # --- what is on the glass ---

    @property
    def heading(self) -> Locator:
        return self.page.get_by_role("heading", level=1)

    def says(self, words: str, timeout: float = 30_000) -> None:
        """The line of sync words says so, now or soon."""
        expect(self.page.locator("#sync-strip")).to_contain_text(words, timeout=timeout)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name)

    def link(self, name: str) -> Locator:
        return self.page.get_by_role("link", name=name)

    # --- what a worker does ---

    def add_person(self, given: str, family: str, born: tuple[str, str, str], number: str) -> None:
        """Ends on the person's stay in this suite."""
        self.go("/people/new")
        page = self.page
        page.get_by_label("First name").fill(given)
        page.get_by_label("Last name").fill(family)
        for part, value in zip(("day", "month", "year"), born, strict=True):
            page.locator(f"[name=dob_{part}]").fill(value)
        page.get_by_label("Custody number").fill(number)
        page.get_by_role("radio", name="Cell sweep").check()
        self.button("Save on this device").click()
        expect(self.heading).to_have_text("Is this the right person?")

    def start_assessment(self, title: str = "First contact", basis: str = "Voluntary") -> None:
        """From a person's stay; ends on the first page of questions."""
        episode = self.page.url.rstrip("/").split("/")[-1].split("?")[0]
        self.go(f"/assessments/new?episode={episode}")
        self.page.get_by_role("checkbox", name="Yes: ").check()
        self.page.locator("#questionnaire").get_by_role("radio", name=title).first.check()
        self.page.locator("#basis").get_by_role("radio", name=basis).check()
        self.button("Start").click()
        expect(self.page).to_have_url(re.compile("/pages/"))

    def question(self, link_id: str) -> Locator:
        """Where this question stands on the page."""
        return self.page.locator("section.tc-question").filter(
            has=self.page.locator(f"input[name=link_id][value='{link_id}']")
        )

    def answer(self, link_id: str, *codes: str) -> None:
        """Tap the options and wait until the device has said that each is kept."""
        for code in codes:
            # The device draws the question anew once the answer is stored: what stood before must have gone.
            self.question(link_id).evaluate("element => element.setAttribute('data-before', '')")
            self.question(link_id).locator(f"input[name=value][value='{code}']").click()
            expect(self.page.locator("section.tc-question[data-before]")).to_have_count(0)
            expect(self.page.locator("#saved")).to_contain_text("Saved")
            self.shows(link_id, code)

    def shows(self, link_id: str, code: str) -> None:
        """This answer stands on the page, now or soon."""
        expect(self.question(link_id).locator(f"input[name=value][value='{code}']")).to_be_checked()

    def agree_to_talk(self) -> None:
        """A first contact from its first page: the gate is passed and the person is willing; ends on the second page."""
        self.answer("gate-cleared", "cleared")
        self.answer("gate-age", "adult")
        self.answer("gate-presentation", "able")
        self.answer("gate-support", "none")
        self.next_page()
        self.answer("take-part", "agrees")

    def next_page(self) -> None:
        before = self.page.url
        self.button("Save and").click()
        expect(self.page).not_to_have_url(before)

    def sync(self) -> None:
        """Now, and to its end: going on before the device has answered would break the exchange off."""
        self.go("/device")
        with self.page.expect_response(lambda answer: answer.url.endswith("/device/sync"), timeout=30_000):
            self.button("Sync now").click()

    def conceal(self) -> None:
        self.page.locator("[data-conceal] button").first.click()
        expect(self.page.locator("[data-unlock-form]")).to_be_visible()

    def unlock(self, passphrase: str = PASSPHRASE) -> None:
        self.page.locator("[data-unlock-form] [name=passphrase]").fill(passphrase)
        self.page.locator("[data-unlock-form] [type=submit]").click()
        expect(self.page.locator("[data-unlock-form]")).to_have_count(0)

    def unlock_with_passkey(self) -> None:
        self.page.locator("[data-unlock-passkey]").click()
        expect(self.page.locator("[data-unlock-form]")).to_have_count(0)


class Office(Browser):
    """A browser in the office."""

    def sign_in(self, user_id: str) -> None:
        """As demo mode has it: the start page's own form."""
        self.go("/office/")
        answer = self.page.request.post(
            self.origin + "/office/demo", form={"user_id": user_id}, headers={"Origin": self.origin}, max_redirects=0
        )
        assert answer.status in (302, 303), f"signing in answered {answer.status}"
        self.go("/office/reviews")


def _post(url: str, body: dict[str, Any]) -> dict[str, Any]:
    origin = "/".join(url.split("/")[:3])
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json", "Origin": origin}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)
