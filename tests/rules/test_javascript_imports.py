"""Who may import whom in the worker and in the pages: the picture in docs/architecture.md, Folders, read from the source."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORKER = "service_worker/src/"
# part -> what it may import: parts of ours (its own is always allowed), then packages and what the build bakes in.
ALLOWED: dict[str, set[str]] = {
    "sw.js": {"app", "awake", "device", "present", "sync", "throughcare:release"},
    "app": {"context", "router", "routes", "render", "device", "store", "present", "turns"},
    "router": set(),
    "context": {"store", "render", "problem"},
    "routes": {"formlogic", "lifecycle", "store", "render", "problem", "present", "uuid"},
    "preview": {"formlogic", "present", "routes"},
    "present": set(),
    "device": {"formlogic", "store", "problem", "present"},
    "formlogic": {"fhirpath"},
    "store": {"idb"},
    "sync": {"store"},
    "awake": set(),
    "lifecycle": set(),
    "turns": set(),
    "problem": {"throughcare:release"},
    "render": {"nunjucks", "throughcare:release", "throughcare:templates"},
    "pages": {"store", "htmx.org"},
}
INSTEAD = {
    "formlogic": "The form engine is pure and runs on the server too: pass in what it needs as a value.",
    "present": "A presenter turns values into finished text: let the route read, and hand it over.",
    "store": "The store knows neither network nor screens: move the rule into store/, or let sync or a route call it.",
    "sync": "Sync knows the store only: what a screen needs of it, the store holds or sw.js tells.",
    "routes": "A route asks ctx for the store, the clock and the session, and never the router, sync or the worker itself.",
    "router": "The router is pure and knows no route: routes are entered into it by app.js.",
    "pages": "A page asks the worker over HTTP; only the doorway, the vault and the empty database are shared with it, to enrol and to unlock.",
}
IMPORT = re.compile(
    r"""^\s*(?:import|export)\b[^"'`;]*?\bfrom\s*["']([^"']+)["']|^\s*import\s*["']([^"']+)["']""", re.M
)


def sources() -> list[Path]:
    return sorted([*(ROOT / "service_worker").rglob("*.js"), *(ROOT / "frontend" / "js").rglob("*.js")])


def code_of(path: Path) -> str:
    """Without comments: the types of JSDoc may name any file, because they are gone when the program runs."""
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)
    return re.sub(r"(?m)^\s*//.*$", "", text)


def part_of(name: str) -> str:
    """The part that a file belongs to: a folder below src/ or a file beside them; every page is one part."""
    if name.startswith("frontend/js/"):
        return "pages"
    if not name.startswith(WORKER):
        return posixpath.basename(name)
    return name[len(WORKER) :].split("/")[0].removesuffix(".js")


def imported(importer: str, target: str) -> str:
    """The part or the package behind an import."""
    if target.startswith("."):
        return part_of(posixpath.normpath(posixpath.join(posixpath.dirname(importer), target)))
    return target if target.startswith("throughcare:") else target.split("/")[0]


def wrong_imports(importer: str, code: str) -> list[str]:
    part = part_of(importer)
    found = [imported(importer, static or bare) for static, bare in IMPORT.findall(code)]
    allowed = ALLOWED.get(part, set()) | {part}
    return [
        f"{importer} ({part}) imports {target}. {INSTEAD.get(part, 'See docs/architecture.md, Folders.')}"
        for target in found
        if target not in allowed
    ]


def test_every_part_of_the_device_program_has_its_rule() -> None:
    parts = {part_of(path.relative_to(ROOT).as_posix()) for path in sources()}
    assert parts == set(ALLOWED), f"Say in ALLOWED what these may import: {parts ^ set(ALLOWED)}"


def test_imports_go_one_way() -> None:
    wrong = [line for path in sources() for line in wrong_imports(path.relative_to(ROOT).as_posix(), code_of(path))]
    assert not wrong, "\n".join(wrong)


def test_nothing_is_imported_later() -> None:
    late = [path.relative_to(ROOT).as_posix() for path in sources() if re.search(r"\bimport\s*\(", code_of(path))]
    assert not late, f"{late} import while running, which a service worker may not: import at the top of the file."


def test_a_page_shares_only_what_enrolling_and_unlocking_need() -> None:
    for path in (ROOT / "frontend" / "js").rglob("*.js"):
        shared = {target for pair in IMPORT.findall(code_of(path)) for target in pair if "service_worker" in target}
        names = {posixpath.basename(target) for target in shared}
        assert names <= {"db.js", "doorway.js", "vault.js"}, f"{path.name} imports {names}. {INSTEAD['pages']}"


@pytest.mark.parametrize(
    ("importer", "line"),
    [
        ("service_worker/src/formlogic/scores.js", 'import { Store } from "../store/store.js";'),
        ("service_worker/src/store/store.js", 'import { applyPage } from "../sync/core.js";'),
        ("service_worker/src/sync/effects.js", 'import {\n  render,\n} from "../render.js";'),
        ("service_worker/src/routes/work.js", 'export { match } from "../router.js";'),
        ("service_worker/src/present/time.js", 'import "uuid";'),
        ("frontend/js/app.js", 'import { run } from "../../service_worker/src/sync/schedule.js";'),
    ],
)
def test_a_wrong_import_is_found(importer: str, line: str) -> None:
    assert wrong_imports(importer, f"// A file.\n{line}\n")
