"""Rules of the device's code that no linter knows. Each failure says what to do instead."""

import re
from pathlib import Path

from installed import ROOM, installed_size

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted([*(ROOT / "service_worker").rglob("*.js"), *(ROOT / "frontend" / "js").rglob("*.js")])


def _code(path: Path) -> str:
    """The source without its line comments: a rule may be spoken of."""
    return re.sub(r"(?m)^\s*(//|\*|/\*).*$", "", path.read_text(encoding="utf-8"))


def _offenders(pattern: str, allowed: set[str]) -> list[str]:
    names = [path.relative_to(ROOT).as_posix() for path in SOURCES if re.search(pattern, _code(path))]
    return [name for name in names if name not in allowed]


def test_there_are_sources_to_look_at() -> None:
    assert len(SOURCES) > 30


def test_all_cryptography_is_in_the_vault() -> None:
    # register.js only asks whether the browser has it at all.
    found = _offenders(r"\bsubtle\s*(\.|\[)|\bsubtle\b(?=\s*[,}])", {"service_worker/src/store/vault.js"})
    assert not found, f"crypto.subtle is used in {found}: add what you need to service_worker/src/store/vault.js"


def test_nothing_is_kept_in_a_storage_that_is_not_sealed() -> None:
    found = _offenders(r"\b(localStorage|sessionStorage)\b", set())
    assert not found, f"{found} writes to web storage in clear: use store.meta, which is sealed"


def test_only_sync_and_the_program_files_use_the_network_in_the_worker() -> None:
    worker = [name for name in _offenders(r"\bfetch\(", {"service_worker/sw.js"}) if name.startswith("service_worker/")]
    assert not worker, (
        f"{worker} calls fetch: only service_worker/src/sync asks the network, through what sw.js hands it"
    )


def test_the_pure_modules_import_nothing_of_the_world() -> None:
    pure = ["store/ops.js", "store/outcomes.js", "store/ring.js", "store/lists.js", "sync/core.js", "lifecycle.js"]
    for name in pure:
        imports = re.findall(r'from "([^"]+)"', (ROOT / "service_worker" / "src" / name).read_text(encoding="utf-8"))
        assert set(imports) <= {"./ops.js", "./ring.js"}, f"{name} imports {imports}: pass in what it needs as a value"
        assert not re.search(
            r"\b(Date\.now|Math\.random|indexedDB|fetch)\b", _code(ROOT / "service_worker" / "src" / name)
        )


def test_the_installed_program_keeps_to_its_room() -> None:
    size = installed_size()
    assert size <= ROOM, f"a tablet would install {size} bytes, and {ROOM} are its room: see what entered frontend/dist"
